"""A new catalogue from what can be shown: the destination's listing, the manifest, the sources' versions.

Nothing is copied, written or deleted at the destination. What can't be shown to be right counts as lost, so
the next run copies it, and over what lies there only if these are the bytes that the manifest says syncer
wrote, and our owner mark is there. What no source and no manifest claims is only listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncer.errors import CatalogueError, SyncerError
from syncer.manifest.records import Record
from syncer.model import Asset, Entry, Failed, State, Stored
from syncer.protocols import Entries, Job, Runner, Source, Stopped
from syncer.sync.evidence import Claim, Shown

TELL_EVERY = 500
"""Claims between two words about how far it is."""


@dataclass(slots=True)
class Rebuilt:
    """What came of it."""

    taken: int = 0
    """Entries that are as they were."""
    left: list[tuple[Claim, str]] = field(default_factory=list)
    """What the next run copies, and why."""
    lost: list[tuple[Claim, str]] = field(default_factory=list)
    """What the manifest lists, no source has any more, and could not be shown: the next manifest lacks it."""
    unclaimed: list[str] = field(default_factory=list)
    """Paths at the destination that nobody claims."""
    stopped: bool = False


@dataclass(slots=True)
class Rebuild:
    """One rebuild into an empty catalogue."""

    catalogue: Entries
    sources: Mapping[str, Source]
    wanted: Callable[[Asset], bool]
    records: Mapping[tuple[str, str], Record]
    """What the manifest lists, by source and key."""
    held: Mapping[str, Stored]
    """What the destination holds, by path."""
    spared: Callable[[str], bool]
    """Whether a path is a signature file's."""
    now: datetime
    is_here: bool = True
    """Whether our owner mark is at the destination, and what the manifest lists was written there."""
    _listed: set[tuple[str, str]] = field(default_factory=set)
    _claimed: set[str] = field(default_factory=set)

    def run(
        self, runner: Runner, job: Job[Claim, tuple[Claim, Shown]], tell: Callable[[int, int], None]
    ) -> Rebuilt:
        """`tell` hears now and then how many claims were looked at, and how many of them were taken.

        Raises `SyncerError` where a source can't be listed or the origin can't be asked.
        """
        done, seen = Rebuilt(), 0
        try:
            for claim, shown in runner.map(job, self._claims()):
                self._write(claim, shown, done)
                seen += 1
                if not seen % TELL_EVERY:
                    tell(seen, done.taken)
        except Stopped:
            done.stopped = True
        done.stopped = done.stopped or runner.pace.stopped()
        done.unclaimed = sorted(path for path in self.held if self._is_nobodys(path))
        return done

    def _claims(self) -> Iterator[Claim]:
        for name, source in self.sources.items():
            try:
                for asset in source.assets():
                    name_of_it = (asset.source, asset.key)
                    record = self.records.get(name_of_it)
                    if asset.flaw or name_of_it in self._listed or not (record or self.wanted(asset)):
                        continue
                    self._listed.add(name_of_it)
                    yield Claim(*name_of_it, asset, record)
            except SyncerError as error:
                error.message = f"source {name}: {error.message}"
                raise
        for name_of_it, record in self.records.items():
            if name_of_it not in self._listed:
                yield Claim(*name_of_it, None, record)

    def _write(self, claim: Claim, shown: Shown, done: Rebuilt) -> None:
        reason, entry = shown.reason, shown.entry or self._to_replace(claim, shown)
        if shown.path:
            self._claimed.add(shown.path)
        if entry:
            try:
                self.catalogue.put(entry)
            except CatalogueError as error:
                if error.code != "catalogue.path":
                    raise
                reason = error.message
            else:
                if shown.entry:
                    done.taken += 1
                    return
        (done.left if claim.asset else done.lost).append((claim, reason))

    def _to_replace(self, claim: Claim, shown: Shown) -> Entry | None:
        """Syncer wrote the very bytes that lie there, says the manifest: the next run may replace them."""
        record, asset = claim.record, claim.asset
        if (
            not (self.is_here and shown.is_ours)
            or record is None
            or asset is None
            or record.in_place
            or asset.in_place
        ):
            return None
        if record.path not in self.held or self.spared(record.path):
            return None
        lost = Failed("destination.changed", shown.reason)
        return Entry(
            claim.source,
            claim.key,
            State.FAILED,
            path=record.path,
            url=record.url,
            error=lost,
            checked_at=self.now,
        )

    def _is_nobodys(self, path: str) -> bool:
        return path not in self._claimed and not self.spared(path)
