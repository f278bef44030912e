"""One connection of the local origin: uvicorn's HTTP with a limit for each wait. Import it inside a function.

uvicorn waits for ever for the rest of a request or of its body, and for a visitor who does not read.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from syncer.serving.doorway import Bounds, Doorway


class ServedConnection(H11Protocol):
    doorway: ClassVar[Doorway]
    bounds: ClassVar[Bounds]

    _number = -1
    _request: asyncio.TimerHandle | None = None
    """Ends the connection if no whole request comes."""
    _stalled: asyncio.TimerHandle | None = None
    """Ends it if the visitor reads nothing of the answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._number = transport.get_extra_info("socket").fileno()
        self._expect_request(self.bounds.request_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._request, self._stalled):
            if timer:
                timer.cancel()
        self.doorway.left(self._number)
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self.doorway.answering(self._number)
            if self._request:
                self._request.cancel()

    def on_response_complete(self) -> None:
        self.doorway.waiting(self._number)
        idle = 0 if self.cycle.more_body else self.bounds.idle_seconds
        self._expect_request(idle + self.bounds.request_seconds)
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self.bounds.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled:
            self._stalled.cancel()

    def _expect_request(self, seconds: float) -> None:
        if self._request:
            self._request.cancel()
        self._request = self.loop.call_later(seconds, self.transport.abort)
