"""An object on its way from its source: read once, from its head to its end."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from syncer.errors import SourceChanged, SourceError, SyncerError
from syncer.media import sniff
from syncer.model import HEAD_SIZE, Asset, Content, Facts
from syncer.seams import Pace, Reader, Stopped

CHUNK = 1024 * 1024
"""Bytes read at a time."""
IN_MEMORY = 8 * 1024 * 1024
"""Bytes of an object whose path depends on its hash that are held in memory; the rest is on disk, unnamed."""


@dataclass(slots=True)
class Incoming:
    """An object being read: once, from its head to its end."""

    asset: Asset
    reader: Reader
    pace: Pace
    head: bytes
    media_type: str
    facts: Facts = field(default_factory=Facts)
    _kept: IO[bytes] | None = None

    @classmethod
    def begin(cls, asset: Asset, reader: Reader, pace: Pace) -> Incoming:
        head = bytearray()
        while len(head) < HEAD_SIZE and (chunk := reader.read(HEAD_SIZE - len(head))):
            head += chunk
        return cls(asset, reader, pace, bytes(head), sniff(bytes(head), asset.key))

    def keep(self, spool: IO[bytes]) -> None:
        """Read all of it into a file here, for a source that can't be read from a place on."""
        chunk = self.head
        while chunk:
            self._take(len(chunk))
            spool.write(chunk)
            chunk = self.reader.read(CHUNK)
        self._kept = spool

    @contextmanager
    def reopen(self, start: int) -> Iterator[Reader]:
        """From a place on in what was kept."""
        if self._kept is None:
            raise SyncerError("nothing was kept of it to be read again")
        self._kept.seek(start)
        yield self._kept

    def pour(self, write: Callable[[bytes], object]) -> Content:
        """Write all of it, and say what it was."""
        sha256, size, claimed = hashlib.sha256(), 0, _Claimed(self.asset.digest)
        reader, chunk = self._from_start()
        while chunk:
            if self._kept is None:
                self._take(len(chunk))
            sha256.update(chunk)
            claimed.update(chunk)
            size += len(chunk)
            write(chunk)
            chunk = reader.read(CHUNK)
        if self.asset.size not in (None, size):
            raise SourceChanged(
                f"{self.asset.source}:{self.asset.key} was listed with {self.asset.size} bytes, had {size}",
                hint="the next run copies what it is by then",
            )
        claimed.check(self.asset, sha256.hexdigest())
        head_sha256 = hashlib.sha256(self.head).hexdigest()
        return Content(size, sha256.hexdigest(), head_sha256, self.media_type, self.facts)

    def _from_start(self) -> tuple[Reader, bytes]:
        if self._kept is None:
            return self.reader, self.head
        self._kept.seek(0)
        return self._kept, self._kept.read(CHUNK)

    def _take(self, size: int) -> None:
        self.pace.take(size)
        if self.pace.stopped():
            raise Stopped


class _Claimed:
    """The hash that the source told, beside the one of what came."""

    def __init__(self, digest: str | None) -> None:
        self._kind, _, self._hex = (digest or "").partition(":")
        self._md5 = hashlib.md5(usedforsecurity=False) if self._kind == "md5" else None

    def update(self, chunk: bytes) -> None:
        if self._md5:
            self._md5.update(chunk)

    def check(self, asset: Asset, sha256: str) -> None:
        """Raises `SourceError` if another one came."""
        came = self._md5.hexdigest() if self._md5 else sha256
        if self._kind and came != self._hex.lower():
            raise SourceError(
                f"{asset.source}:{asset.key} came with the {self._kind} {came}, its source says {self._hex}",
                code="source.digest",
                hint="nothing of it was published; it is tried again",
                transient=True,
            )


@contextmanager
def spooled() -> Iterator[IO[bytes]]:
    try:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
            yield spool
    except OSError as error:
        raise SyncerError(
            f"no room for a temporary file in {tempfile.gettempdir()}: {error.strerror}",
            code="disk",
            hint="free some space, set TMPDIR, or use a path without {sha256}",
        ) from None
