"""One asset's way: probe → judge → read, hash and stage → commit → look at its public URL.

Nothing here raises: what went wrong comes back as `Failed`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace

from syncer.connect.retry import Policy, retry
from syncer.destinations.keys import printable
from syncer.errors import DestinationError, SourceChanged, SourceError, SyncerError
from syncer.model import (
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
    Forget,
    Identified,
    Identify,
    Inspect,
    Inspected,
    Keep,
    Leave,
    Litter,
    Outcome,
    Published,
    Recheck,
    Refuse,
    Rejected,
    Severity,
    Stored,
    acceptance,
    against,
    rejects,
)
from syncer.preflight import Limits, judge_media, refusals
from syncer.probe import Prober, Reopen
from syncer.probe.media_types import extension
from syncer.protocols import Addresses, Destination, Pace, Reader, Resume, Source, Staged, Stopped, View
from syncer.settings.spelling import counted
from syncer.sync.begun import Notes
from syncer.sync.bounds import Room, TooLarge, destination_full, over_max_size
from syncer.sync.learned import learned
from syncer.sync.reading_back import read_back
from syncer.sync.readings import MISMATCH, Doubts, Readings
from syncer.sync.resume import NO_RANGES, unbroken
from syncer.sync.stream import CHUNK, Incoming, spooled, spooling
from syncer.sync.taken import may_replace, refuse_overwriting
from syncer.sync.uploads import Uploads

log = logging.getLogger("syncer")

STOPPED = "origin.stopped"
"""The rule that what is stored and was not looked at breaks."""


Begun = list[tuple[str, Content]]
"""Paths whose commit was begun, and what was to be there."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of an asset, as plain data."""

    limits: Limits
    publish_rejected: bool = False
    verify_all: bool = False
    """Download each new URL and compare the sha256."""
    policy: Policy = field(default_factory=Policy)
    max_sizes: Mapping[str, int] = field(default_factory=dict)
    """By source, bytes that an asset has at most, also where its listing did not tell."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A worker's handles, and what it does with them for one action at a time."""

    sources: Mapping[str, Source]
    destination: Destination
    view: View
    addresses: Addresses
    rules: Rules
    pace: Pace
    prober: Prober
    uploads: Uploads | None = None
    notes: Notes | None = None
    """`None`: an upload that breaks off starts over."""
    doubts: Doubts = field(default_factory=Doubts)
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "room", Room(self.destination.room, destination_full))

    def __call__(self, action: Action) -> Outcome:
        begun: Begun = []
        try:
            return retry(lambda: self._do(action, begun), self.pace, self.rules.policy)
        except Stopped:
            return Abandoned(unsure=_is_unsure(action, begun))
        except SyncerError as error:
            unsure = _is_unsure(action, begun) or isinstance(error, _OtherBytesError)
            if self.pace.stopped() and error.transient:
                return Abandoned(unsure=unsure)
            failed = Failed(error.code, error.message, error.hint, error.attempts, unsure=unsure)
            return self._served_anyway(begun, error) or failed
        except Exception as error:
            if os.environ.get("SYNCER_DEBUG"):
                raise
            # One asset that meets a mistake of ours must not cost an unattended run all the others.
            message = f"unexpected {type(error).__name__}, a fault of syncer"
            hint = "please report it, with what SYNCER_DEBUG=1 prints"
            return Failed("internal", message, hint, unsure=_is_unsure(action, begun))

    def _served_anyway(self, begun: Begun, error: SyncerError) -> Outcome | None:
        """A destination may take an upload and answer with an error. What proves it is all of its bytes at
        the public URL.
        """
        if not begun or self.pace.stopped():
            return None
        path, content = begun[-1]
        url = self.addresses.url(path)
        try:
            if rejects(self.view.look(url, content)) or rejects(seen := self.view.compare(url, content)):
                return None
        except Stopped:
            return None
        log.warning("%s; %s serves the new file all the same", error.message, url)
        return self._published(path, url, content, seen, first=True)

    def _do(self, action: Action, begun: Begun) -> Outcome:
        """`begun` grows by every path whose commit was begun."""
        match action:
            case Copy():
                return self._copied(action, begun)
            case Identify():
                return self._identify(action.asset, action.known)
            case Recheck():
                return self._recheck(action.entry, first=action.first, stat=action.stat)
            case Delete():
                self.destination.delete(action.path)
                return Deleted(action.path)
            case Inspect(entry):
                return Inspected(self.view.inspect(entry.url or "", entry.content))
            case Keep() | Leave() | Refuse() | Forget():
                raise SyncerError("nothing is transferred for an asset that stays as it is")

    def _identify(self, asset: Asset, known: Entry | None) -> Outcome:
        """What the listing left open: its version, and the ending of its path unless an entry tells it."""
        source, listed = self.sources[asset.source], asset.version is not None
        asset = source.look(asset)
        told = known and known.version == asset.version and extension(known.media_type or "")
        if told or not self.addresses.needs_head(asset):
            return Identified(asset)
        readings = Readings(asset, self.doubts)
        while True:
            with unbroken(source, asset, self.pace, self.rules.policy, readings.split) as reader:
                incoming = Incoming.begin(asset, reader, self.pace, readings)
            refused = self._refused(incoming, asset.size)
            if not (refused and listed):
                return Identified(replace(asset, ending=extension(incoming.media_type)))
            if readings.refuses(refused):
                return Rejected(incoming.media_type, asset.size, refused, incoming.facts)

    # Copying

    def _copied(self, action: Copy, begun: Begun) -> Outcome:
        """From its start, at once, where an earlier run left something else than this version."""
        try:
            return self._copy(action, begun)
        except DestinationError as error:
            if error.code != "destination.kept":
                raise
        return self._copy(action, begun)

    def _copy(self, action: Copy, begun: Begun) -> Outcome:
        """Read again as often as `Readings` says, and without waiting: corruption is no overload."""
        readings = Readings(action.asset, self.doubts)
        while True:
            try:
                outcome = self._copy_once(action, begun, readings)
            except SourceError as error:
                if error.code != MISMATCH or not error.transient:
                    raise
                log.warning("%s; it is read again", error.message)
            else:
                if not isinstance(outcome, Rejected) or readings.refuses(outcome.findings):
                    return outcome

    def _copy_once(self, action: Copy, begun: Begun, readings: Readings) -> Outcome:
        asset, path = action.asset, action.path
        source = self.sources[asset.source]
        reading = unbroken(source, asset, self.pace, self.rules.policy, readings.split)
        with reading as reader, ExitStack() as spools:
            incoming = Incoming.begin(asset, reader, self.pace, readings)
            try:
                self._limit(incoming)
                refused = self._refused(incoming, asset.size)
                if not refused:
                    incoming.asset = self._fitting(action, incoming.media_type)
                    if incoming.asset != asset and path is not None:
                        return Identified(incoming.asset)  # to be published at another path
                    self._probe(incoming, source, spools)
                    refused = self._refused(incoming, asset.size)
                if refused:
                    return Rejected(incoming.media_type, asset.size, refused, incoming.facts)
                return self._store(incoming, action, source.place(asset), begun)
            except TooLarge as error:
                return Rejected(incoming.media_type, error.size, error.findings, incoming.facts)

    def _fitting(self, action: Copy, media_type: str) -> Asset:
        """With the right ending, where that of its name is wrong. A name that was published stays."""
        is_published = action.path is not None and action.known and action.known.path == action.path
        return action.asset if is_published else self.addresses.fitting(action.asset, media_type)

    def _limit(self, incoming: Incoming) -> None:
        """What is longer than anything that the platform or the source's settings take ends there."""
        kind, most = incoming.media_type, self.rules.max_sizes.get(incoming.asset.source)
        if most is not None:
            incoming.reader.limit(most, lambda came: TooLarge(came, (over_max_size(most, came),)))
        largest = None if self.rules.publish_rejected else self.rules.limits.largest(kind)
        if largest is not None:
            incoming.reader.limit(
                largest, lambda came: TooLarge(came, self._against(kind, came, incoming.facts))
            )

    def _probe(self, incoming: Incoming, source: Source, spools: ExitStack) -> None:
        """The media facts, before the copy: a bad file of 4 GB must not cost 4 GB."""

        def reopen(start: int) -> AbstractContextManager[Reader]:
            return incoming.glimpsed.reading(source.open(incoming.asset, start), start)

        try:
            incoming.facts = self._facts(incoming, reopen)
        except SourceError as error:
            if error.code != NO_RANGES:
                raise
            spool = spools.enter_context(spooled())
            incoming.keep(
                spool, self.room.fitting(spooling(spool, incoming.asset), printable(incoming.asset.key))
            )
            incoming.facts = self._facts(incoming, incoming.reopen)

    def _facts(self, incoming: Incoming, reopen: Reopen) -> Facts:
        return self.prober.probe(incoming.head, incoming.asset.size, incoming.media_type, reopen)

    def _store(self, incoming: Incoming, action: Copy, place: str | None, begun: Begun) -> Outcome:
        path = action.path or self.addresses.path(incoming.asset, None, incoming.media_type)
        if incoming.asset.in_place:
            return self._read_in_place(incoming, path)
        if path is not None and (lying := self._lying(action, path, begun)):
            return self._publish_found(incoming, action, path, lying)
        what = printable(path or incoming.asset.key)
        self.room.expect(incoming.asset.size or 0, what)
        if path is None:
            return self._store_by_hash(incoming, action, begun)
        resume = self._resume(incoming.asset, path, incoming.media_type)
        with self.destination.stage(path, incoming.media_type, place, resume) as staged:
            content = self._poured(incoming, path, self.room.guarded(staged.write, what))
            refused = self._commit(staged, incoming.asset, path, content, begun)
        return self._outcome(path, content, refused, incoming.readings)

    def _poured(self, incoming: Incoming, path: str, write: Callable[[bytes], object]) -> Content:
        content = incoming.pour(write)
        if self._path(incoming.asset, content) != path:
            raise SourceChanged(
                f"{incoming.asset.source}:{incoming.asset.key} has other bytes under the same version"
            )
        return content

    def _lying(self, action: Copy, path: str, begun: Begun) -> Stored | None:
        """What lies at the path that syncer did not write, as far as is known."""
        is_own = may_replace(action, path) or any(path == tried for tried, _ in begun)
        return None if is_own else self.destination.stat(path)

    def _publish_found(self, incoming: Incoming, action: Copy, path: str, lying: Stored) -> Outcome:
        """All bytes are read for their hash, and none is written; none is read where the sizes differ."""
        if incoming.asset.size not in (None, lying.size):
            refuse_overwriting(path, lying, self.addresses.url(path))
        content = self._poured(incoming, path, lambda _: None)
        return self._found(path, content, lying, incoming.readings, action.known)

    def _found(
        self, path: str, content: Content, lying: Stored, readings: Readings, known: Entry | None
    ) -> Outcome:
        """Published as it lies there, where its URL serves exactly these bytes. What may turn out to be ours
        has to have them at the destination, too.
        """
        if refused := self._against(content.media_type, content.size, content.facts):
            return _rejected(content, refused)
        url = self.addresses.url(path)
        if lying.size != content.size:
            refuse_overwriting(path, lying, url)
        if known and known.unconfirmed and known.path == path and not self._holds(lying, content):
            refuse_overwriting(path, lying, url, differs=True)
        seen = self.view.compare(url, content)
        if acceptance(seen) is not True:
            refuse_overwriting(path, lying, url, against(seen, seen=False)[0])
        published = self._published(path, url, content, readings.warnings + seen, first=True)
        return replace(published, found=True)

    def _read_in_place(self, incoming: Incoming, path: str | None) -> Outcome:
        """It lies where its URL says: all bytes are read for their hash, and none is written."""
        if path is None:
            raise SyncerError(f"{incoming.asset.key} lies in place, and has no path")
        content = incoming.pour(lambda _: None)
        refused = self._against(content.media_type, content.size, content.facts)
        return self._outcome(path, content, refused, incoming.readings)

    def _store_by_hash(self, incoming: Incoming, action: Copy, begun: Begun) -> Outcome:
        """The path is known only after the pass, so the bytes wait here instead of at the destination."""
        with spooled() as spool:
            content = incoming.pour(spooling(spool, incoming.asset))
            path = self._path(incoming.asset, content)
            if path is None:
                raise SyncerError(f"{incoming.asset.key} has no path even after its bytes were read")
            if lying := self._lying(action, path, begun):
                return self._found(path, content, lying, incoming.readings, action.known)
            spool.seek(0)
            asset = incoming.asset
            resume = self._resume(asset, path, content.media_type)
            with self.destination.stage(path, content.media_type, resume=resume) as staged:
                write = self.room.guarded(staged.write, printable(path))
                while chunk := spool.read(CHUNK):
                    write(chunk)
                refused = self._commit(staged, asset, path, content, begun)
        return self._outcome(path, content, refused, incoming.readings)

    def _resume(self, asset: Asset, path: str, media_type: str) -> Resume | None:
        """What was kept of another version is dropped here: it must never be resumed."""
        if self.uploads is None:
            return None
        upload = self.uploads.of(asset, path, media_type, self.pace, self.rules.policy)
        if outdated := upload.outdated():
            with suppress(DestinationError):  # then it is litter
                self.destination.discard(Litter(path, outdated))
            upload.forget()
        return upload if upload.resumable else None

    def _path(self, asset: Asset, content: Content) -> str | None:
        return self.addresses.path(asset, content.sha256, content.media_type)

    def _commit(
        self, staged: Staged, asset: Asset, path: str, content: Content, begun: Begun
    ) -> tuple[Finding, ...]:
        """The rules that refuse it now that all of it was read; committed only if there are none."""
        refused = self._against(content.media_type, content.size, content.facts)
        if self.pace.stopped():
            raise Stopped
        if not refused:
            begun.append((path, content))
            if self.notes:
                self.notes.write(asset, path, content)
            staged.commit(content)
        return refused

    def _refused(self, incoming: Incoming, size: int | None) -> tuple[Finding, ...]:
        return self._against(incoming.media_type, size, incoming.facts)

    def _against(self, media_type: str, size: int | None, facts: Facts) -> tuple[Finding, ...]:
        limits, publish = self.rules.limits, self.rules.publish_rejected
        return refusals(media_type, size, facts, limits, publish_rejected=publish)

    def _outcome(
        self, path: str, content: Content, refused: tuple[Finding, ...], readings: Readings
    ) -> Outcome:
        if refused:
            return _rejected(content, refused)
        url = self.addresses.url(path)
        try:
            seen = self._look(url, content, first=True)
        except Stopped:
            seen = (Finding(STOPPED, Severity.REJECT, "the run was stopped before it was seen at its URL"),)
        return self._published(path, url, content, readings.warnings + seen, first=True)

    def _look(self, url: str, content: Content, *, first: bool) -> tuple[Finding, ...]:
        look = self.view.compare if first and self.rules.verify_all else self.view.look
        return look(url, content)

    def _published(
        self, path: str, url: str, content: Content, seen: tuple[Finding, ...], *, first: bool
    ) -> Published:
        """What was never seen at its URL is not listed for a look that can't tell; what was seen stays."""
        judged = judge_media(content.media_type, content.size, content.facts, self.rules.limits)
        was_seen = acceptance(seen) is True if first else not rejects(seen)
        return Published(path, url, content, was_seen, judged + seen)

    # Looking again

    def _recheck(self, entry: Entry, *, first: bool, stat: bool) -> Outcome:
        content = entry.content
        path, url = entry.path or "", entry.url or ""
        # Who wrote it is not known, or a run died before any byte of it was compared.
        whole = stat and (entry.doubted or entry.published_at is None or not content.head_sha256)
        if stat:
            stored = self._confirm(path, content)
            if whole and not self._holds(stored, content):
                raise _not_ours(path)
        if unread := whole and not content.head_sha256:  # only the manifest told of it
            content = learned(self.view, self.prober, url, content)
        seen = self.view.compare(url, content) if unread else self._look(url, content, first=first)
        seen = _maybe_gone(seen) if entry.in_place else seen
        other_bytes = not whole and _serves_other_bytes(entry, seen, at_once=stat)
        lost = not entry.in_place and bool(rejects(seen)) and self._lost(path, content)
        if rejects(seen) and (other_bytes or lost):
            raise _changed(path, entry, lost=lost)
        content = entry.content if rejects(seen) else content
        return self._published(path, url, content, seen, first=first)

    def _holds(self, stored: Stored, content: Content) -> bool:
        """Whether the file at the destination has exactly these bytes: all of them are read there, as a URL
        may lead elsewhere. Raises `DestinationError`.
        """
        try:
            return read_back(self.destination, stored, self.pace).sha256 == content.sha256
        except DestinationError as error:
            if error.code not in ("destination.changed", "destination.missing") or error.transient:
                raise
            return False  # a link, or gone

    def _confirm(self, path: str, content: Content) -> Stored:
        """Raises `DestinationError` unless the destination holds a file of this size at the path."""
        stored = self.destination.stat(path)
        if stored is None or stored.size != content.size:
            found = "nothing" if stored is None else f"a file of {counted(stored.size, 'byte')}"
            belong = counted(content.size, "byte belongs", "bytes belong")
            raise DestinationError(
                f"the new destination holds {found} at '{path}', where {belong}",
                code="destination.absent",
                hint="syncer copies it if its source has it and nothing else lies there; else copy it there"
                " from the old destination, or set `delete` so that it is forgotten",
            )
        return stored

    def _lost(self, path: str, content: Content) -> bool:
        """Whether the destination surely does not hold what we stored."""
        try:
            stored = self.destination.stat(path)
        except SyncerError:
            return False
        return stored is None or stored.size != content.size


def _rejected(content: Content, refused: tuple[Finding, ...]) -> Rejected:
    return Rejected(content.media_type, content.size, refused, content.facts)


def _maybe_gone(seen: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Of a file in place, a look can't tell that it still lies where its URL leads."""
    hint = (
        "see that the file is still there, that everyone may read it, and that origin.url serves the"
        " destination's root"
    )
    absent = ("403", "404", "410")  # S3 answers 403 to whoever may not list the bucket
    return tuple(
        replace(finding, hint=hint)
        if finding.rule == "origin.status" and finding.value in absent
        else finding
        for finding in seen
    )


def _not_ours(path: str) -> DestinationError:
    return DestinationError(
        f"the file at '{path}' has other bytes at the destination than syncer published",
        code="destination.changed",
        hint="syncer neither replaces nor deletes it; if nobody needs it, remove it there, and the next run"
        " copies the file",
    )


class _OtherBytesError(DestinationError):
    """A URL serves other bytes of the same size, so a cache may be to blame."""


def _changed(path: str, entry: Entry, *, lost: bool) -> DestinationError:
    if entry.in_place:
        message = f"the URL of '{path}' serves other bytes than the file had"
        hint = "the next run reads the file again; look for a cache, or a second folder behind that URL"
        return DestinationError(message, code="destination.changed", hint=hint)
    message = f"'{path}' is not at the destination any more as it was stored"
    hint = "syncer copies it again if its source still has it; look for what else changes files there"
    if lost:
        return DestinationError(message, code="destination.changed", hint=hint)
    message += ": its URL serves other bytes"
    hint = f"{hint.replace('syncer', 'the next run')}, or for a cache"
    return _OtherBytesError(message, code="destination.changed", hint=hint)


def _is_unsure(action: Action, begun: Begun) -> bool:
    """Whether new bytes may be at the path, where those of an earlier version lay."""
    if isinstance(action, Copy) and action.asset.in_place and action.path:
        return True  # the bytes of this version are public already, whatever becomes of this look
    known = action.known if isinstance(action, Copy) else None
    return any(known is None or path == known.path for path, _ in begun)


def _serves_other_bytes(entry: Entry, seen: tuple[Finding, ...], *, at_once: bool) -> bool:
    """Twice in a row, and that is all that is wrong: so it is no cache, but the file itself.

    `at_once` is for a destination that never served our bytes: the first look is enough.
    """
    before = {finding.rule for finding in rejects(entry.findings)}
    now = {finding.rule for finding in rejects(seen)}
    return now == {"origin.bytes"} and (at_once or before == now)
