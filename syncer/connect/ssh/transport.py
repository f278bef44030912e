"""paramiko's transport, with a login that works at every server and has time limits.

`paramiko.Transport` requests the login service at every attempt, and servers written in Go hang up then.
`ServiceRequestingTransport` requests it once, but waits for ever if the server is gone, and misses an answer
that comes fast.

Import this inside a function: it imports paramiko at the top, for its subclasses.
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
"""Bytes that the server may send before we acknowledge any: 160 MB/s at 100 ms."""


class Sending:
    """A socket that aborts the connection if the other end takes no bytes for too long.

    paramiko would retry for ever. Reading needs no such limit here: paramiko reads with a timeout, and every
    wait for an answer has a limit.
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
    """`pace` limits each wait: for the handshake, for each login attempt, for the SFTP subsystem."""

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
        # Longer than the wait in `negotiate`, whose error says more.
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
        """The error in paramiko's thread. Garbage from the server may raise any exception there."""
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
        """A channel with the timeout `TICK`. `Channel.invoke_subsystem` would wait for ever."""
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
        """As in paramiko, whose own method lacks the last argument, and fails."""
        self.ensure_session()
        remaining: list[str] = self.auth_handler.send_auth_request(username, "none", lambda _message: None)
        return remaining


class _Login(AuthOnlyHandler):
    if TYPE_CHECKING:  # as above
        authenticated: bool
        username: str | None
        transport: Transport

    def wait_for_response(self, event: Any) -> list[str]:
        """Wait for the answer. It may be here already, as the event is created after the request went out."""
        if self.authenticated or self.username is None:
            event.set()
        transport = self.transport

        def answered(seconds: float) -> bool:
            return event.wait(seconds) or not transport.is_active()

        wait_until(answered, transport.pace.patience.answer, transport.pace, "logging in")
        remaining: list[str] = super().wait_for_response(event)
        return remaining
