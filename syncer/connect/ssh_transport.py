"""paramiko's transport, with a login that any server takes and that ends.

The usual class asks for the login service at every attempt, and servers written in Go hang up then. Its sibling
asks once, but waits for the answer for ever when the server is gone, and misses an answer that comes fast.

Import this inside a function: it needs paramiko at its top, for the sake of subclasses.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from paramiko import Message, SSHException
from paramiko.auth_handler import AuthOnlyHandler
from paramiko.common import cMSG_SERVICE_REQUEST, cMSG_USERAUTH_REQUEST
from paramiko.transport import ServiceRequestingTransport

LOGIN_SECONDS = 30.0


class Transport(ServiceRequestingTransport):
    if TYPE_CHECKING:  # private, so the stubs leave them out
        _service_userauth_accepted: bool
        auth_handler: Any

        def _send_message(self, message: Message) -> None: ...

    def get_auth_handler(self) -> AuthOnlyHandler:
        return _Login(self)

    def ensure_session(self) -> None:
        if self._service_userauth_accepted:
            return
        request = Message()
        request.add_byte(cMSG_SERVICE_REQUEST)
        request.add_string("ssh-userauth")
        self._send_message(request)
        deadline = time.monotonic() + LOGIN_SECONDS
        while not self._service_userauth_accepted:
            if not self.active:
                raise self.get_exception() or SSHException("the server hung up before the login")
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.005)
        self.auth_handler = self.get_auth_handler()


class _Login(AuthOnlyHandler):
    if TYPE_CHECKING:  # what the stubs have otherwise
        transport: Any
        auth_event: threading.Event | None

    def send_auth_request(
        self, username: str, method: str, finish_message: Callable[[Message], object] | None = None
    ) -> list[str]:
        self.username, self.auth_method = username, method
        request = Message()
        request.add_byte(cMSG_USERAUTH_REQUEST)
        for word in (username, "ssh-connection", method):
            request.add_string(word)
        if finish_message:
            finish_message(request)
        self.auth_event = answered = threading.Event()  # before the request goes out: the answer may be fast
        with self.transport.lock:
            self.transport._send_message(request)  # noqa: SLF001 - private, as the original does
        remaining: list[str] = self.wait_for_response(answered)
        return remaining
