"""A TCP connection to a host, within the limits of a run's patience."""

from __future__ import annotations

import errno
import ipaddress
import os
import queue
import select
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any

from syncer.connect.watch import TICK, go_on
from syncer.protocols import Pace

STAGGER = 0.3
"""Seconds until the next address is tried in parallel (RFC 8305): many networks lack IPv6."""

Address = tuple[Any, ...]
"""As `socket.getaddrinfo` gives it: family, type, protocol, canonical name, socket address."""


def resolve(host: str, port: int, pace: Pace) -> list[Address]:
    """The addresses of a host, as every program of this machine finds them.

    Raises what `socket.getaddrinfo` raises, and `Stalled`. A lookup runs in C and can't be interrupted, so a
    thread does it, and is abandoned if it takes too long.
    """
    if _is_address(host):
        return [*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)]
    found: queue.SimpleQueue[list[Address] | BaseException] = queue.SimpleQueue()

    def look() -> None:
        try:
            found.put([*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            found.put(error)

    threading.Thread(target=look, name=f"lookup of {host}", daemon=True).start()
    begun = time.monotonic()
    while True:
        try:
            answer = found.get(timeout=TICK)
        except queue.Empty:
            go_on(pace, begun, pace.patience.connect, f"looking up {host}")
            continue
        if isinstance(answer, BaseException):
            raise answer
        return answer


def dial(host: str, port: int, pace: Pace, options: Iterable[tuple[int, int, int]] = ()) -> socket.socket:
    """A connected socket with `TICK` as its timeout. Raises `OSError`; `Stalled` after `patience.connect`."""
    race = _Race(resolve(host, port, pace), tuple(options))
    begun = time.monotonic()
    try:
        while True:
            if winner := race.step():
                winner.settimeout(TICK)
                return winner
            go_on(pace, begun, pace.patience.connect, "connecting")
    finally:
        race.close()


class _Race:
    """Connects to several addresses of one host, and takes the first connection that succeeds."""

    def __init__(self, addresses: list[Address], options: tuple[tuple[int, int, int], ...]) -> None:
        self._left = addresses
        self._options = options
        self._running: dict[int, socket.socket] = {}
        self._next_at = 0.0
        self._error: OSError = OSError(errno.EADDRNOTAVAIL, "the host has no address")

    def step(self) -> socket.socket | None:
        """One step of waiting: the winner, or `None`. Raises the last error if no address is left."""
        if self._left and (not self._running or time.monotonic() >= self._next_at):
            self._begin(self._left.pop(0))
        if not self._running and not self._left:
            raise self._error
        poll = select.poll()
        for number in self._running:
            poll.register(number, select.POLLOUT)
        for number, _ in poll.poll(TICK * 1000 if self._running else 0):
            wire = self._running.pop(number)
            failed = wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if not failed:
                return wire
            self._failed(wire, OSError(failed, os.strerror(failed)))
        return None

    def _begin(self, address: Address) -> None:
        family, kind, protocol, _, where = address
        self._next_at = time.monotonic() + STAGGER
        wire = socket.socket(family, kind, protocol)
        try:
            wire.setblocking(False)  # noqa: FBT003 - the standard library's own
            for option in self._options:
                wire.setsockopt(*option)
            started = wire.connect_ex(where)
        except OSError as error:
            self._failed(wire, error)
            return
        if started in (0, errno.EINPROGRESS):
            self._running[wire.fileno()] = wire
        else:
            self._failed(wire, OSError(started, os.strerror(started)))

    def _failed(self, wire: socket.socket, error: OSError) -> None:
        wire.close()
        self._error = error
        self._next_at = 0.0

    def close(self) -> None:
        for wire in self._running.values():
            wire.close()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
