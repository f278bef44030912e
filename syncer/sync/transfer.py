"""A worker's way with one asset: probe → judge → read, hash and stage → commit → look at its public URL.

Nothing here raises: an error becomes `Failed`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace

from syncer.connect.retry import retry
from syncer.destinations.keys import printable
from syncer.errors import DestinationError, SourceError, SyncerError
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
    Forget,
    Forgotten,
    Identified,
    Identify,
    Inspect,
    Inspected,
    Keep,
    Leave,
    Outcome,
    Recheck,
    Refuse,
    Rejected,
    Stored,
    Withheld,
)
from syncer.probe.media_types import extension
from syncer.probe.prober import Prober
from syncer.probe.window import Reopen
from syncer.protocols import Addresses, Destination, Pace, Reader, Source, Stopped, View
from syncer.spool import spooled
from syncer.sync.begun import Notes
from syncer.sync.bounds import TooLarge
from syncer.sync.grip import Grip
from syncer.sync.in_use import PathsInUse
from syncer.sync.looks import Looks, OtherBytesError
from syncer.sync.reading_back import read_back
from syncer.sync.readings import MISMATCH, Doubts, Readings
from syncer.sync.resume import NO_RANGES, unbroken
from syncer.sync.rules import Rules
from syncer.sync.sample import missing_mark
from syncer.sync.storing import Begun, Storing
from syncer.sync.stream import Incoming, IsWithheld, spooling
from syncer.sync.taken import unproven
from syncer.sync.uploads import Uploads

log = logging.getLogger("syncer")


@dataclass(frozen=True, slots=True)
class Transfer:
    """A worker's handles. A call does one action."""

    sources: Mapping[str, Source]
    destination: Destination
    view: View
    addresses: Addresses
    rules: Rules
    pace: Pace
    prober: Prober
    uploads: Uploads | None = None
    """As `Storing.uploads`."""
    notes: Notes | None = None
    grip: Grip | None = None
    """`None`: nobody checks that the destination stays the same tree."""
    in_use: PathsInUse = field(default_factory=PathsInUse)
    """As `Storing.in_use`."""
    doubts: Doubts = field(default_factory=Doubts)
    looks: Looks = field(init=False)
    storing: Storing = field(init=False)

    def __post_init__(self) -> None:
        looks = Looks(self.destination, self.view, self.addresses, self.rules, self.prober, self.pace)
        object.__setattr__(self, "looks", looks)
        storing = Storing(looks, self.pace, self.uploads, self.notes, self.grip, self.in_use)
        object.__setattr__(self, "storing", storing)

    def __call__(self, action: Action) -> Outcome:
        begun: Begun = []
        try:
            return retry(lambda: self._do(action, begun), self.pace, self.rules.policy)
        except Stopped:
            return Abandoned(unsure=_is_unsure(action, begun))
        except SyncerError as error:
            if self.grip and self.grip.lost and not isinstance(action, Delete):
                return Abandoned(unsure=_is_unsure(action, begun))  # the run ends with one error for all
            unsure = _is_unsure(action, begun) or isinstance(error, OtherBytesError)
            if self.pace.stopped() and error.transient:
                return Abandoned(unsure=unsure)
            failed = Failed(error.code, error.message, error.hint, error.attempts, unsure=unsure)
            return self._served_anyway(begun, error) or failed
        except Exception as error:
            if os.environ.get("SYNCER_DEBUG"):
                raise
            # A bug that one asset triggers must not stop an unattended run for all the others.
            message = f"unexpected {type(error).__name__}, a fault of syncer"
            hint = "please report it, with what SYNCER_DEBUG=1 prints"
            return Failed("internal", message, hint, unsure=_is_unsure(action, begun))

    def _served_anyway(self, begun: Begun, error: SyncerError) -> Outcome | None:
        if not begun or self.pace.stopped():
            return None
        published = self.looks.served(*begun[-1])
        if published:
            log.warning("%s; but %s serves the new file", error.message, published.url)
        return published

    def _do(self, action: Action, begun: Begun) -> Outcome:
        match action:
            case Copy():
                return self._copied(action, begun)
            case Identify():
                return self._identify(action.asset, action.known)
            case Recheck():
                return self.looks.again(action.entry, first=action.first, stat=action.stat)
            case Delete():
                return self._deleted(action)
            case Inspect(entry):
                return Inspected(self.view.inspect(entry.url or "", entry.content))
            case Keep() | Leave() | Refuse() | Forget():
                raise SyncerError("nothing is transferred for an asset that stays as it is")

    def _deleted(self, action: Delete) -> Outcome:
        stored = self._stored(action.path) if action.asks else None
        content = self._content(stored) if stored and action.only else None
        if stored and action.only and not (content and content.sha256 == action.only):
            return unproven() if content and content.sha256 in action.also else Forgotten()
        was_there = stored is not None or not action.asks
        if action.look:
            return unproven() if was_there else Deleted(action.path, was_there=False)
        if self.grip:
            self.grip.look(self.destination, sure=True)
        self.destination.delete(action.path)
        served = self.view.removed(action.url, content) if action.url else None
        return Deleted(action.path, was_there, served)

    def _stored(self, path: str) -> Stored | None:
        stored = self.destination.stat(path)
        if stored is None and self.destination.mark() is None:
            raise missing_mark(path)
        return stored

    def _content(self, stored: Stored) -> Content | None:
        """`None` for a link or a device, and for a file that is written at this moment."""
        try:
            there = read_back(self.destination, stored, self.pace)
        except DestinationError as error:
            if error.code == "destination.changed":
                return None
            raise
        return Content(there.size, there.sha256, there.head_sha256, "")

    def _identify(self, asset: Asset, known: Entry | None) -> Outcome:
        """What the listing lacks: the version, and the ending of the path unless an entry has it."""
        source, listed = self.sources[asset.source], asset.version is not None
        asset = source.look(asset)
        is_known = known and known.version == asset.version and extension(known.media_type or "")
        if is_known or not self.addresses.needs_head(asset):
            return Identified(asset)
        readings = Readings(asset, self.doubts)
        while True:
            with unbroken(source, asset, self.pace, self.rules.policy, readings.split) as reader:
                incoming = Incoming.begin(asset, reader, self.pace, readings)
            refused = self.rules.refuse(incoming.media_type, asset.size, incoming.facts)
            if not (refused and listed):
                return Identified(replace(asset, ending=extension(incoming.media_type)))
            if readings.refuses(refused):
                return Rejected(incoming.media_type, asset.size, refused, incoming.facts)

    def _copied(self, action: Copy, begun: Begun) -> Outcome:
        """If a part of another version lay in the way, copy once more, from the start."""
        try:
            return self._copy(action, begun)
        except DestinationError as error:
            if error.code != "destination.kept":
                raise
        return self._copy(action, begun)

    def _copy(self, action: Copy, begun: Begun) -> Outcome:
        """Read again as often as `Readings` says. It does not wait: corruption is no overload."""
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
        asset, source = action.asset, self.sources[action.asset.source]
        reading = unbroken(source, asset, self.pace, self.rules.policy, readings.split)
        with reading as reader, ExitStack() as spools:
            incoming = Incoming.begin(asset, reader, self.pace, readings)
            incoming.withheld = action.withheld
            try:
                self.rules.bound(incoming)
                refused = self.rules.refuse(incoming.media_type, asset.size, incoming.facts)
                if not refused:
                    incoming.asset = self._fitting(action, incoming.media_type)
                    if incoming.asset != asset and action.path is not None:
                        return Identified(incoming.asset)  # it needs another path
                    self._probe(incoming, source, spools)
                    refused = self.rules.refuse(incoming.media_type, asset.size, incoming.facts)
                if refused:
                    return Rejected(incoming.media_type, asset.size, refused, incoming.facts)
                return self.storing.store(incoming, action, source.place(asset), begun)
            except IsWithheld as error:
                return Withheld(error.sha256)
            except TooLarge as error:
                return Rejected(incoming.media_type, error.size, error.findings, incoming.facts)

    def _fitting(self, action: Copy, media_type: str) -> Asset:
        """The asset with the right ending if its name has a wrong one. A published name stays."""
        is_published = action.path is not None and action.known and action.known.path == action.path
        return action.asset if is_published else self.addresses.fitting(action.asset, media_type)

    def _probe(self, incoming: Incoming, source: Source, spools: ExitStack) -> None:
        """Read the media facts before the copy, so that a bad file of 4 GB is not copied."""

        def reopen(start: int) -> AbstractContextManager[Reader]:
            return incoming.glimpsed.reading(source.open(incoming.asset, start), start)

        try:
            incoming.facts = self._facts(incoming, reopen)
        except SourceError as error:
            if error.code != NO_RANGES:
                raise
            spool = spools.enter_context(spooled())
            write, what = spooling(spool, incoming.asset), printable(incoming.asset.key)
            incoming.keep(spool, self.storing.room.fitting(write, what))
            incoming.facts = self._facts(incoming, incoming.reopen)

    def _facts(self, incoming: Incoming, reopen: Reopen) -> Facts:
        return self.prober.probe(incoming.head, incoming.asset.size, incoming.media_type, reopen)


def _is_unsure(action: Action, begun: Begun) -> bool:
    """Whether the path may hold new bytes in place of those of an earlier version."""
    if isinstance(action, Copy) and action.asset.in_place and action.path:
        return True  # the bytes of this version are public already, whatever the look finds
    known = action.known if isinstance(action, Copy) else None
    return any(known is None or path == known.path for path, _ in begun)
