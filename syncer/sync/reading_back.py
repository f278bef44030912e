"""All bytes of a stored file, read where it lies: the proof of what it is. No URL tells that."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from syncer.destinations.reading import changed_meanwhile
from syncer.model import HEAD_SIZE, Stored
from syncer.protocols import Pace, Reader, Stopped
from syncer.sync.stream import CHUNK


class Readable(Protocol):
    """A destination."""

    def stat(self, path: str) -> Stored | None: ...

    def open(self, stored: Stored) -> AbstractContextManager[Reader]: ...


@dataclass(frozen=True, slots=True)
class BytesThere:
    """What the bytes of a stored file say."""

    size: int
    sha256: str
    md5: str
    head: bytes
    """The first `HEAD_SIZE` bytes."""

    @property
    def head_sha256(self) -> str:
        return hashlib.sha256(self.head).hexdigest()


def read_back(destination: Readable, stored: Stored, pace: Pace) -> BytesThere:
    """All bytes of the file that `stat` found, if it is still there at the end. Raises `DestinationError` as
    `Destination.open` does, and `Stopped`.
    """
    with destination.open(stored) as reader:
        found = hashed(reader, stored.size, pace)
    now = destination.stat(stored.path)
    if now is None or (now.size, now.version) != (stored.size, stored.version):
        raise changed_meanwhile(stored.path)
    return found


def hashed(reader: Reader, size: int, pace: Pace) -> BytesThere:
    """All that comes; it ends early if it is more than `size` bytes. Raises `Stopped`."""
    sha256, md5, head, came = hashlib.sha256(), hashlib.md5(usedforsecurity=False), bytearray(), 0
    while came <= size and (chunk := reader.read(CHUNK)):
        if pace.stopped():
            raise Stopped
        pace.take(len(chunk))
        sha256.update(chunk)
        md5.update(chunk)
        head += chunk[: HEAD_SIZE - len(head)]
        came += len(chunk)
    return BytesThere(came, sha256.hexdigest(), md5.hexdigest(), bytes(head))
