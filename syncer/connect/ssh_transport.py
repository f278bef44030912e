"""paramiko's transport, with a login that any server takes and that ends.

The usual class asks for the login service at every attempt, and servers written in Go hang up then. Its
sibling asks once, but waits for the answer for ever when the server is gone, and misses a fast one.

Import this inside a function: it needs paramiko at its top, for the sake of subclasses.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from paramiko import Message, SSHException
from paramiko.auth_handler import AuthOnlyHandler
from paramiko.common import cMSG_SERVICE_REQUEST
from paramiko.transport import ServiceRequestingTransport

LOGIN_SECONDS = 30.0


class Transport(ServiceRequestingTransport):
    if TYPE_CHECKING:  # private, so the stubs leave them out
        active: bool
        _service_userauth_accepted: Any  # a bool that another thread sets
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

    def auth_none(self, username: str) -> list[str]:
        """The sibling's own lacks the last argument, and fails."""
        self.ensure_session()
        remaining: list[str] = self.auth_handler.send_auth_request(username, "none", lambda _message: None)
        return remaining


class _Login(AuthOnlyHandler):
    if TYPE_CHECKING:  # as above
        authenticated: bool
        username: str | None

    def wait_for_response(self, event: Any) -> list[str]:
        """The event is made after the request went out, so the answer may be here already."""
        if self.authenticated or self.username is None:
            event.set()
        remaining: list[str] = super().wait_for_response(event)
        return remaining
