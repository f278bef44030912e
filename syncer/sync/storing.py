"""Stores one asset at the destination: reads, hashes and stages it, and makes it public.

A file that lies in place, or that syncer finds at the path, is read for its hash, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import IO

from syncer.destinations.keys import printable
from syncer.errors import DestinationError, SourceChanged, SyncerError
from syncer.model import (
    Asset,
    Content,
    Copy,
    Entry,
    Failed,
    Finding,
    Litter,
    Outcome,
    Rejected,
    Stored,
    acceptance,
    against,
)
from syncer.protocols import Pace, Resume, Staged, Stopped
from syncer.spool import spooled
from syncer.sync.begun import Notes
from syncer.sync.bounds import Room, destination_full
from syncer.sync.grip import Grip
from syncer.sync.in_use import PathsInUse
from syncer.sync.looks import Looks
from syncer.sync.placing import collision
from syncer.sync.readings import Readings
from syncer.sync.stream import CHUNK, Incoming, spooling
from syncer.sync.taken import may_replace, refuse_overwriting
from syncer.sync.uploads import Uploads

Begun = list[tuple[str, Content]]
"""Each path whose commit was begun, with the content for it."""


@dataclass(frozen=True, slots=True)
class Storing:
    looks: Looks
    pace: Pace
    uploads: Uploads | None = None
    """`None`: an interrupted upload starts over."""
    notes: Notes | None = None
    grip: Grip | None = None
    in_use: PathsInUse = field(default_factory=PathsInUse)
    """All workers of a run share it."""
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "room", Room(self.looks.destination.room, destination_full))

    def store(self, incoming: Incoming, action: Copy, place: str | None, begun: Begun) -> Outcome:
        """`begun` grows by each path whose commit was begun."""
        path = action.path or self.looks.addresses.path(incoming.asset, None, incoming.media_type)
        if incoming.asset.in_place:
            return self._read_in_place(incoming, path)
        if self.grip:
            self.grip.look(self.looks.destination, sure=False)
        if path is None:
            return self._store_by_hash(incoming, action, begun)
        with self._using(path, incoming.asset, begun) as taken:
            return taken or self._store_at(incoming, action, path, place, begun)

    @contextmanager
    def _using(self, path: str, asset: Asset, begun: Begun) -> Iterator[Failed | None]:
        """The error if another asset is being written at the path. If a commit begins, the path stays in use
        until the catalogue has the outcome.
        """
        name = (asset.source, asset.key)
        other = self.in_use.take(path, name)
        try:
            yield collision(other, name, path) if other else None
        finally:
            if all(path != tried for tried, _ in begun):
                self.in_use.release(*name, path)

    def _store_at(
        self, incoming: Incoming, action: Copy, path: str, place: str | None, begun: Begun
    ) -> Outcome:
        if lying := self._lying(action, path, begun):
            return self._publish_found(incoming, action, path, lying)
        what = printable(path)
        self.room.expect(incoming.asset.size or 0, what)
        resume = self._resume(incoming.asset, path, incoming.media_type)
        stage = self.looks.destination.stage
        with stage(path, incoming.media_type, place, resume) as staged:
            content = self._poured(incoming, path, self.room.guarded(staged.write, what))
            refused = self._commit(staged, action, path, content, begun)
        return self._outcome(path, content, refused, incoming.readings)

    def _poured(self, incoming: Incoming, path: str, write: Callable[[bytes], object]) -> Content:
        content = incoming.pour(write)
        if self._path(incoming.asset, content) != path:
            raise SourceChanged(
                f"{incoming.asset.source}:{incoming.asset.key} has other bytes under the same version"
            )
        return content

    def _lying(self, action: Copy, path: str, begun: Begun) -> Stored | None:
        """The file at the path, if syncer did not write it."""
        if may_replace(action, path) or any(path == tried for tried, _ in begun):
            return None
        lying = self.looks.destination.stat(path)
        return None if lying and action.left and self.looks.holds(lying, action.left) else lying

    def _publish_found(self, incoming: Incoming, action: Copy, path: str, lying: Stored) -> Outcome:
        """Read all bytes for their hash and write none. If the sizes differ, no byte is read."""
        if incoming.asset.size not in (None, lying.size):
            was_found = bool(action.known and action.known.found)
            refuse_overwriting(path, lying, self.looks.addresses.url(path), was_found=was_found)
        content = self._poured(incoming, path, lambda _: None)
        return self._found(path, content, lying, incoming.readings, action.known)

    def _found(
        self, path: str, content: Content, lying: Stored, readings: Readings, known: Entry | None
    ) -> Outcome:
        """Publish the file that lies there if its URL serves exactly these bytes. If the file may be syncer's
        own, the destination has to hold them, too.
        """
        if refused := self.looks.rules.refuse_content(content):
            return _rejected(content, refused)
        url, was_found = self.looks.addresses.url(path), bool(known and known.found)
        if lying.size != content.size:
            refuse_overwriting(path, lying, url, was_found=was_found)
        if known and known.unconfirmed and known.path == path and not self.looks.holds(lying, content.sha256):
            refuse_overwriting(path, lying, url, differs=True, was_found=was_found)
        seen = self.looks.view.compare(url, content)
        if acceptance(seen) is not True:
            refuse_overwriting(path, lying, url, against(seen, seen=False)[0], was_found=was_found)
        published = self.looks.published(path, url, content, readings.warnings + seen, first=True)
        return replace(published, found=True)

    def _read_in_place(self, incoming: Incoming, path: str | None) -> Outcome:
        if path is None:
            raise SyncerError(f"{incoming.asset.key} lies in place, and has no path")
        content = incoming.pour(lambda _: None)
        return self._outcome(path, content, self.looks.rules.refuse_content(content), incoming.readings)

    def _store_by_hash(self, incoming: Incoming, action: Copy, begun: Begun) -> Outcome:
        """The path depends on all bytes, so they wait in a temporary file until all are read."""
        self.room.expect(incoming.asset.size or 0, printable(incoming.asset.key))
        with spooled() as spool:
            content = incoming.pour(spooling(spool, incoming.asset))
            path = self._path(incoming.asset, content)
            if path is None:
                raise SyncerError(f"{incoming.asset.key} has no path even after its bytes were read")
            with self._using(path, incoming.asset, begun) as taken:
                return taken or self._store_spooled(incoming, action, path, spool, content, begun)

    def _store_spooled(  # noqa: PLR0913 - all that is known of one file
        self, incoming: Incoming, action: Copy, path: str, spool: IO[bytes], content: Content, begun: Begun
    ) -> Outcome:
        if lying := self._lying(action, path, begun):
            return self._found(path, content, lying, incoming.readings, action.known)
        spool.seek(0)
        resume = self._resume(incoming.asset, path, content.media_type)
        with self.looks.destination.stage(path, content.media_type, resume=resume) as staged:
            write = self.room.guarded(staged.write, printable(path))
            while chunk := spool.read(CHUNK):
                write(chunk)
            refused = self._commit(staged, action, path, content, begun)
        return self._outcome(path, content, refused, incoming.readings)

    def _resume(self, asset: Asset, path: str, media_type: str) -> Resume | None:
        """Drop what an upload of another version left: it must never be resumed."""
        if self.uploads is None:
            return None
        upload = self.uploads.of(asset, path, media_type, self.pace, self.looks.rules.policy)
        if outdated := upload.outdated():
            with suppress(DestinationError):  # then it stays as litter
                self.looks.destination.discard(Litter(path, outdated))
            upload.forget()
        return upload if upload.resumable else None

    def _path(self, asset: Asset, content: Content) -> str | None:
        return self.looks.addresses.path(asset, content.sha256, content.media_type)

    def _commit(
        self, staged: Staged, action: Copy, path: str, content: Content, begun: Begun
    ) -> tuple[Finding, ...]:
        """Commit it unless a rule refuses it now that all bytes are read. Returns the rules that do."""
        refused = self.looks.rules.refuse_content(content)
        if self.pace.stopped():
            raise Stopped
        if not refused:
            seen = self._see_tree(action, path, begun)
            begun.append((path, content))
            if self.notes:
                self.notes.write(action.asset, path, content)
            try:
                staged.commit(content)
            finally:
                if self.grip and not seen:
                    self.grip.wrote(path)
        return refused

    def _see_tree(self, action: Copy, path: str, begun: Begun) -> bool:
        """Look at the owner mark, as the staged file may lie in another tree than the run took hold of: a
        disk was unmounted. If it was unmounted after the look, the commit fails, as it is a rename.
        """
        replaces = may_replace(action, path) or bool(action.left) or any(path == tried for tried, _ in begun)
        return bool(self.grip and self.grip.look(self.looks.destination, sure=replaces))

    def _outcome(
        self, path: str, content: Content, refused: tuple[Finding, ...], readings: Readings
    ) -> Outcome:
        if refused:
            return _rejected(content, refused)
        return self.looks.after_copy(path, content, readings.warnings)


def _rejected(content: Content, refused: tuple[Finding, ...]) -> Rejected:
    return Rejected(content.media_type, content.size, refused, content.facts)
