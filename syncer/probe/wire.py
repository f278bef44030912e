"""Messages over a pair of pipes: one byte says what it is, four how long, then the rest."""

from __future__ import annotations

import os
import select
import struct
import time

READ = b"r"
"""The child wants bytes: offset and size."""
BYTES = b"b"
ABSENT = b"a"
"""They are not in hand, and the child shall not wait for them."""
LEFT = b"q"
"""So it has left off, and is ready for another look."""
LOOK = b"l"
"""The child shall look at a video: its demuxer, and its size if that is known."""
TOLD = b"t"
READY = b"o"
NO_LIBRARY = b"n"
"""The library can't be loaded: why."""

MAX_MESSAGE = 1024 * 1024
RANGE = struct.Struct(">QI")
_HEADER = struct.Struct(">cI")


class Channel:
    """One end. `patience` is how many seconds may yet be waited for the other; `None` is for ever.

    Raises `EOFError` where the other end is gone, `TimeoutError` where the patience is, and `ValueError`
    where what comes is no message.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self.patience: float | None = None

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        data = memoryview(_HEADER.pack(kind, len(payload)) + payload)
        while data:
            self._wait(self._outgoing, select.POLLOUT)
            try:
                data = data[os.write(self._outgoing, data) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise EOFError from None

    def receive(self) -> tuple[bytes, bytes]:
        kind, size = _HEADER.unpack(self._take(_HEADER.size))
        if size > MAX_MESSAGE:
            raise ValueError("no message")
        return kind, self._take(size)

    def _take(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._wait(self._incoming, select.POLLIN)
            chunk = os.read(self._incoming, size - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        begun = time.monotonic()
        ready = poll.poll(None if self.patience is None else max(0.0, self.patience) * 1000)
        if self.patience is not None:
            self.patience -= time.monotonic() - begun
        if not ready:
            raise TimeoutError
