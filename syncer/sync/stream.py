"""Reads an object from its source, hashes it, and holds it in a temporary file where that is needed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from syncer.destinations.keys import printable
from syncer.errors import SourceChanged, SyncerError
from syncer.model import HEAD_SIZE, Asset, Content, Digest, Facts, Space
from syncer.probe.media_types import sniff
from syncer.protocols import Opened, Pace, Reader, Stopped
from syncer.settings.spelling import counted
from syncer.spool import IN_MEMORY, no_room
from syncer.sync.bounds import LimitedReader, Room
from syncer.sync.glimpsed import Glimpsed
from syncer.sync.readings import Readings

CHUNK = 1024 * 1024
"""Bytes read at a time."""


class IsWithheld(Exception):  # noqa: N818 - reads as what happened
    """A user unpublished these bytes of the asset."""

    def __init__(self, sha256: str) -> None:
        super().__init__(sha256)
        self.sha256 = sha256


def read_head(reader: Reader) -> bytes:
    """The first `HEAD_SIZE` bytes, or all of them if there are fewer."""
    head = bytearray()
    while len(head) < HEAD_SIZE and (chunk := reader.read(HEAD_SIZE - len(head))):
        head += chunk
    return bytes(head)


@dataclass(slots=True)
class Incoming:
    """An object that is read once, from its head to its end."""

    asset: Asset
    reader: LimitedReader
    pace: Pace
    head: bytes
    media_type: str
    readings: Readings
    told: Callable[[], tuple[Digest, ...]]
    facts: Facts = field(default_factory=Facts)
    glimpsed: Glimpsed = field(default_factory=Glimpsed)
    withheld: frozenset[str] = frozenset()
    """As `Copy.withheld`."""
    _kept: IO[bytes] | None = None

    @classmethod
    def begin(cls, asset: Asset, reader: Opened, pace: Pace, readings: Readings) -> Incoming:
        bounded = LimitedReader(reader)
        if asset.size is not None:
            bounded.limit(asset.size, lambda came: _other_size(asset, f"more than that ({came} and on)"))
        head = read_head(bounded)
        return cls(asset, bounded, pace, head, sniff(head, asset.key), readings, reader.digests)

    def keep(self, spool: IO[bytes], write: Callable[[bytes], None]) -> None:
        """Read all of it into a local file with `write`, for a source that can't be read from an offset."""
        chunk = self.head
        while chunk:
            self._take(len(chunk))
            write(chunk)
            chunk = self.reader.read(CHUNK)
        self._kept = spool

    @contextmanager
    def reopen(self, start: int) -> Iterator[Reader]:
        """Read what was kept, from an offset."""
        if self._kept is None:
            raise SyncerError("nothing was kept of it to be read again")
        self._kept.seek(start)
        yield self._kept

    def pour(self, write: Callable[[bytes], object]) -> Content:
        """Write all of it, and return what it was. Raises `SourceError` (`source.digest`) if its bytes do not
        have the source's hash, `SourceChanged` if they do not have the listed size, and `IsWithheld`.
        """
        sha256, size, comparison = hashlib.sha256(), 0, self.readings.compared(self.told())
        reader, chunk = self._from_start()
        while chunk:
            if self._kept is None:
                self._take(len(chunk))
            if not self.glimpsed.agrees(size, chunk):
                raise self.readings.differs(size)
            sha256.update(chunk)
            if comparison:
                comparison.update(chunk)
            size += len(chunk)
            write(chunk)
            chunk = reader.read(CHUNK)
        if self.asset.size not in (None, size):
            raise _other_size(self.asset, str(size))
        verified_by = self.readings.verified_by(comparison, sha256.hexdigest())
        if sha256.hexdigest() in self.withheld:
            raise IsWithheld(sha256.hexdigest())
        head_sha256 = hashlib.sha256(self.head).hexdigest()
        return Content(size, sha256.hexdigest(), head_sha256, self.media_type, self.facts, verified_by)

    def _from_start(self) -> tuple[Reader, bytes]:
        if self._kept is None:
            return self.reader, self.head
        self._kept.seek(0)
        return self._kept, self._kept.read(CHUNK)

    def _take(self, size: int) -> None:
        self.pace.take(size)
        if self.pace.stopped():
            raise Stopped


def _other_size(asset: Asset, had: str) -> SourceChanged:
    return SourceChanged(
        f"{asset.source}:{asset.key} was listed with {counted(asset.size or 0, 'byte')}, had {had}",
        hint="the next run copies what it is by then",
    )


def spooling(spool: IO[bytes], asset: Asset) -> Callable[[bytes], None]:
    """Returns a `write` into a temporary file that raises `SyncerError` (`disk`) if there is no room."""
    room, what = _spool_room(), printable(asset.key)
    if (asset.size or 0) > IN_MEMORY:
        room.expect(asset.size or 0, what)
    return room.guarded(spool.write, what, IN_MEMORY)


def _spool_room() -> Room:
    return Room(
        _left, lambda space, what: no_room(f"{what} does not fit into the {space.free} bytes that are free")
    )


def _left() -> Space | None:
    try:
        folder = tempfile.gettempdir()
        found = os.statvfs(folder)
    except OSError:
        return None  # the first write there fails, and says why
    return Space(folder, found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)
