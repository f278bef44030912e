"""One asset's way: judge → read, hash and stage → commit → look at its public URL.

Nothing here raises: what went wrong comes back as `Failed`.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from syncer.errors import DestinationError, SourceChanged, SyncerError
from syncer.media import sniff
from syncer.model import (
    HEAD_SIZE,
    Abandoned,
    Action,
    Asset,
    Content,
    Copy,
    Delete,
    Deleted,
    Entry,
    Facts,
    Failed,
    Finding,
    Inspect,
    Inspected,
    Keep,
    Outcome,
    Published,
    Recheck,
    Rejected,
    rejects,
)
from syncer.preflight.rules import Limits, judge
from syncer.retry import Policy, retry
from syncer.seams import Addresses, Destination, Pace, Reader, Source, Staged, View

CHUNK = 1024 * 1024
"""Bytes read at a time."""
IN_MEMORY = 8 * 1024 * 1024
"""Bytes of an object whose path depends on its hash that are held in memory; the rest is on disk, unnamed."""

log = logging.getLogger("syncer")


class _Stopped(Exception):  # noqa: N818 - reads as what happened
    """The run is being stopped; what was staged is left behind."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of an asset, as plain data."""

    limits: Limits
    publish_rejected: bool = False
    verify_all: bool = False
    """Download each new URL and compare the sha256."""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Transfer:
    """A worker's handles, and what it does with them for one action at a time."""

    sources: Mapping[str, Source]
    destination: Destination
    view: View
    addresses: Addresses
    rules: Rules
    pace: Pace

    def __call__(self, action: Action) -> Outcome:
        try:
            return retry(lambda: self._do(action), self.pace, self.rules.policy)
        except _Stopped:
            return Abandoned()
        except SyncerError as error:
            if self.pace.stopped() and error.transient:
                return Abandoned()
            return Failed(error.code, error.message, error.hint, error.attempts)
        except Exception as error:
            # One asset that meets a mistake of ours must not cost an unattended run all the others.
            log.debug("unexpected", exc_info=True)
            return Failed("internal", f"unexpected {type(error).__name__} in syncer", "please report it")

    def _do(self, action: Action) -> Outcome:
        match action:
            case Copy():
                return self._copy(action.asset, action.path)
            case Recheck(entry):
                return self._recheck(entry)
            case Delete():
                self.destination.delete(action.path)
                return Deleted(action.path)
            case Inspect(entry):
                return Inspected(self.view.inspect(entry.url or "", _content(entry)))
            case Keep():
                raise SyncerError("there is nothing to do for an asset that is kept")

    # Copying

    def _copy(self, asset: Asset, path: str | None) -> Outcome:
        source = self.sources[asset.source]
        with source.open(asset) as reader:
            head = _read_head(reader)
            media_type = sniff(head, asset.key)
            refused = self._refused(media_type, asset.size)
            if refused:
                return Rejected(media_type, asset.size, refused)
            incoming = _Incoming(asset, head, media_type, reader, self.pace)
            if path is None:
                return self._copy_by_hash(incoming)
            with self.destination.stage(path, media_type, source.place(asset)) as staged:
                content = incoming.pour(staged.write)
                refused = self._commit(staged, content)
        return self._outcome(path, content, refused)

    def _copy_by_hash(self, incoming: _Incoming) -> Outcome:
        """The path is known only after the pass, so the bytes wait here instead of at the destination."""
        with _spool() as spool:
            content = incoming.pour(spool.write)
            path = self.addresses.path(incoming.asset, content.sha256)
            if path is None:
                raise SyncerError(f"{incoming.asset.key} has no path even after its bytes were read")
            spool.seek(0)
            with self.destination.stage(path, content.media_type) as staged:
                while chunk := spool.read(CHUNK):
                    staged.write(chunk)
                refused = self._commit(staged, content)
        return self._outcome(path, content, refused)

    def _commit(self, staged: Staged, content: Content) -> tuple[Finding, ...]:
        """The rules that refuse it now that all of it was read; committed only if there are none."""
        refused = self._refused(content.media_type, content.size)
        if self.pace.stopped():
            raise _Stopped
        if not refused:
            staged.commit(content)
        return refused

    def _refused(self, media_type: str, size: int | None) -> tuple[Finding, ...]:
        if self.rules.publish_rejected:
            return ()
        return rejects(judge(media_type, size, Facts(), self.rules.limits))

    def _outcome(self, path: str, content: Content, refused: tuple[Finding, ...]) -> Outcome:
        if refused:
            return Rejected(content.media_type, content.size, refused, content.facts)
        url = self.addresses.url(path)
        verify = self.view.compare if self.rules.verify_all else self.view.look
        seen = verify(url, content)
        return self._published(path, url, content, seen)

    def _published(self, path: str, url: str, content: Content, seen: tuple[Finding, ...]) -> Published:
        judged = judge(content.media_type, content.size, content.facts, self.rules.limits)
        return Published(path, url, content, not rejects(seen), judged + seen)

    # Looking again

    def _recheck(self, entry: Entry) -> Outcome:
        content = _content(entry)
        path, url = entry.path or "", entry.url or ""
        seen = self.view.look(url, content)
        if rejects(seen):
            self._still_stored(path, content)
        return self._published(path, url, content, seen)

    def _still_stored(self, path: str, content: Content) -> None:
        """Raise unless the destination holds what we stored: what was lost must be copied again."""
        stored = self.destination.stat(path)
        if stored is None or stored.size != content.size:
            now = "is gone" if stored is None else f"is {stored.size} bytes, not {content.size},"
            raise DestinationError(
                f"'{path}' {now} at the destination; something else changed it",
                code="destination.changed",
                hint="the next run copies it again",
            )


@dataclass(slots=True)
class _Incoming:
    """An object being read: once, from its head to its end."""

    asset: Asset
    head: bytes
    media_type: str
    reader: Reader
    pace: Pace

    def pour(self, write: Callable[[bytes], object]) -> Content:
        """Write all of it, and say what it was."""
        sha256, size = hashlib.sha256(), 0
        chunk = self.head
        while chunk:
            self.pace.take(len(chunk))
            if self.pace.stopped():
                raise _Stopped
            sha256.update(chunk)
            size += len(chunk)
            write(chunk)
            chunk = self.reader.read(CHUNK)
        if self.asset.size not in (None, size):
            raise SourceChanged(
                f"{self.asset.source}:{self.asset.key} was listed with {self.asset.size} bytes, had {size}",
                hint="the next run copies what it is by then",
            )
        head_sha256 = hashlib.sha256(self.head).hexdigest()
        return Content(size, sha256.hexdigest(), head_sha256, self.media_type)


def _read_head(reader: Reader) -> bytes:
    head = bytearray()
    while len(head) < HEAD_SIZE and (chunk := reader.read(HEAD_SIZE - len(head))):
        head += chunk
    return bytes(head)


@contextmanager
def _spool() -> Iterator[IO[bytes]]:
    try:
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
            yield spool
    except OSError as error:
        raise SyncerError(
            f"no room for a temporary file in {tempfile.gettempdir()}: {error.strerror}",
            code="disk",
            hint="free some space, set TMPDIR, or use a path without {sha256}",
        ) from None


def _content(entry: Entry) -> Content:
    """What was published, as the catalogue remembers it."""
    return Content(
        entry.size or 0,
        entry.sha256 or "",
        entry.head_sha256 or "",
        entry.media_type or "",
        entry.facts,
    )
