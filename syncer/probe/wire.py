"""Messages over a pair of pipes: one byte for the kind, four for the length, then the payload."""

from __future__ import annotations

import os
import select
import struct
import time

READ = b"r"
"""The child wants bytes: offset and size."""
BYTES = b"b"
ABSENT = b"a"
"""The bytes are not fetched yet, and the child must not wait for them."""
LEFT = b"q"
"""So the child has stopped this look, and is ready for another one."""
LOOK = b"l"
"""The child shall read a video: its demuxer, and its size if known."""
TOLD = b"t"
READY = b"o"
NO_LIBRARY = b"n"
"""Why the library can't be loaded."""

MAX_MESSAGE = 1024 * 1024
RANGE = struct.Struct(">QI")
_HEADER = struct.Struct(">cI")


class Channel:
    """One end of the pipes. `patience` is the time that is left for waiting, in seconds; `None` for no limit.

    Raises `EOFError` if the other end is gone, `TimeoutError` if the patience is used up, and `ValueError`
    for an invalid message.
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
            raise ValueError("not a message")
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
