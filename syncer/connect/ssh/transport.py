"""paramiko's transport, with a login that any server takes and that ends.

The usual class asks for the login service at every attempt, and servers written in Go hang up then. Its
sibling asks once, but waits for the answer for ever when the server is gone, and misses a fast one.

Import this inside a function: it needs paramiko at its top, for the sake of subclasses.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from paramiko import Channel, Message, SSHException
from paramiko.auth_handler import AuthOnlyHandler
from paramiko.common import cMSG_CHANNEL_REQUEST, cMSG_SERVICE_REQUEST
from paramiko.transport import ServiceRequestingTransport

from syncer.connect.watch import STOPPED_SECONDS, TICK, Stalled, wait_until
from syncer.protocols import Pace

WINDOW = 16 * 1024 * 1024
"""Bytes that the server may send ahead of us: at 100 ms that is 160 MB/s."""


class Sending:
    """A socket to whose other end we send; if that takes nothing for long, the connection is broken.

    paramiko would try again for ever. It reads with a timeout of its own, and whoever waits for an answer
    bounds that wait.
    """

    def __init__(self, wire: socket.socket, pace: Pace) -> None:
        self._wire = wire
        self._pace = pace
        self._waits_since: float | None = None

    def send(self, data: bytes) -> int:
        try:
            sent = self._wire.send(data)
        except TimeoutError:
            now = time.monotonic()
            self._waits_since = self._waits_since or now
            late = now - self._waits_since >= self._pace.patience.answer
            if late or self._pace.stopped_for() > STOPPED_SECONDS:
                raise ConnectionAbortedError from None
            raise
        self._waits_since = None
        return sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)


class Transport(ServiceRequestingTransport):
    """`pace` bounds each wait: for the handshake, for each attempt to log in, for the SFTP subsystem."""

    if TYPE_CHECKING:  # private, so the stubs leave them out
        active: bool
        _service_userauth_accepted: Any  # a bool that another thread sets
        auth_handler: Any
        clear_to_send_timeout: float
        handshake_timeout: float
        channel_timeout: float

        def _send_message(self, message: Message) -> None: ...
        def _send_user_message(self, message: Message) -> None: ...

    def __init__(self, wire: socket.socket, pace: Pace) -> None:
        sending: Any = Sending(wire, pace)
        super().__init__(sending, default_window_size=WINDOW)
        self.pace = pace
        patience = pace.patience
        # Later than `negotiate`, which says why.
        self.banner_timeout = self.handshake_timeout = 2 * patience.connect
        self.auth_timeout = self.channel_timeout = self.clear_to_send_timeout = patience.answer

    def negotiate(self) -> None:
        """Raises `SSHException`, and `Stalled`."""
        event = threading.Event()
        self.start_client(event)
        wait_until(event.wait, self.pace.patience.connect, self.pace, "the SSH handshake")
        if not self.active:
            raise self.get_exception() or SSHException("it hung up during the SSH handshake")

    def get_exception(self) -> Exception | None:
        """What its thread met: garbage from the server may have raised anything there."""
        error = super().get_exception()
        if error is None or isinstance(error, (SSHException, OSError, EOFError)):
            return error
        return SSHException(f"it can't be understood ({type(error).__name__})")

    def _session(self) -> Channel:
        answer = self.pace.patience.answer
        try:
            return self.open_session(timeout=answer)
        except SSHException as error:
            if "Timeout" in str(error):
                raise Stalled(f"opening a session took more than {answer:g} s") from error
            raise

    def subsystem(self, name: str) -> Channel:
        """A channel to it, whose waits end after `TICK`. `Channel.invoke_subsystem` waits for ever."""
        channel: Any = self._session()
        request = Message()
        request.add_byte(cMSG_CHANNEL_REQUEST)
        request.add_int(channel.remote_chanid)
        request.add_string("subsystem")
        request.add_boolean(True)  # noqa: FBT003 - wants a reply
        request.add_string(name)
        channel._event_pending()  # noqa: SLF001 - as paramiko itself does it
        self._send_user_message(request)
        wait_until(channel.event.wait, self.pace.patience.answer, self.pace, f"opening the subsystem {name}")
        if not channel.event_ready:
            raise self.get_exception() or SSHException("Channel closed.")
        channel.settimeout(TICK)
        opened: Channel = channel
        return opened

    def get_auth_handler(self) -> AuthOnlyHandler:
        return _Login(self)

    def ensure_session(self) -> None:
        if self._service_userauth_accepted:
            return
        request = Message()
        request.add_byte(cMSG_SERVICE_REQUEST)
        request.add_string("ssh-userauth")
        self._send_message(request)
        wait_until(self._took_the_request, self.pace.patience.answer, self.pace, "asking for the login")
        self.auth_handler = self.get_auth_handler()

    def _took_the_request(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not self._service_userauth_accepted and time.monotonic() < end:
            if not self.active:
                raise self.get_exception() or SSHException("the server hung up before the login")
            time.sleep(0.005)
        return bool(self._service_userauth_accepted)

    def auth_none(self, username: str) -> list[str]:
        """The sibling's own lacks the last argument, and fails."""
        self.ensure_session()
        remaining: list[str] = self.auth_handler.send_auth_request(username, "none", lambda _message: None)
        return remaining


class _Login(AuthOnlyHandler):
    if TYPE_CHECKING:  # as above
        authenticated: bool
        username: str | None
        transport: Transport

    def wait_for_response(self, event: Any) -> list[str]:
        """The event is made after the request went out, so the answer may be here already."""
        if self.authenticated or self.username is None:
            event.set()
        transport = self.transport

        def answered(seconds: float) -> bool:
            return event.wait(seconds) or not transport.is_active()

        wait_until(answered, transport.pace.patience.answer, transport.pace, "logging in")
        remaining: list[str] = super().wait_for_response(event)
        return remaining
