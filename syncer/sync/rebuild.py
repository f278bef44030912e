"""Makes a new catalogue from proofs: the destination's listing, the manifest, the sources' versions.

It copies, writes and deletes nothing at the destination. What is not proven counts as lost, so the next run
copies it. That run replaces a file only if the manifest says that syncer wrote it and our owner mark is
there. A file that no source and no manifest claims is only reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncer.errors import CatalogueError, SyncerError
from syncer.manifest.records import Record
from syncer.model import Asset, Entry, Failed, State, Stored
from syncer.protocols import Entries, Job, Runner, Source, Stopped
from syncer.sync.claims import Claim, Shown

TELL_EVERY = 500
"""Claims between two progress messages."""


@dataclass(slots=True)
class Rebuilt:
    """The result of a rebuild."""

    taken: int = 0
    """Proven claims, which are entries now."""
    left: list[tuple[Claim, str]] = field(default_factory=list)
    """Claims that the next run copies, with the reason."""
    lost: list[tuple[Claim, str]] = field(default_factory=list)
    """Unproven claims that only the manifest lists, with the reason: the next manifest lacks them."""
    unclaimed: list[str] = field(default_factory=list)
    """Paths at the destination that no source and no manifest claims."""
    stopped: bool = False


@dataclass(slots=True)
class Rebuild:
    """One rebuild into an empty catalogue."""

    catalogue: Entries
    sources: Mapping[str, Source]
    wanted: Callable[[Asset], bool]
    records: Mapping[tuple[str, str], Record]
    """The manifest's records, by source and key."""
    held: Mapping[str, Stored]
    """The destination's listing, by path."""
    spared: Callable[[str], bool]
    """Whether a path is that of a signature file."""
    now: datetime
    is_here: bool = True
    """Whether our owner mark is at the destination, so that the manifest is about this destination."""
    _listed: set[tuple[str, str]] = field(default_factory=set)
    _claimed: set[str] = field(default_factory=set)

    def run(
        self, runner: Runner, job: Job[Claim, tuple[Claim, Shown]], tell: Callable[[int, int], None]
    ) -> Rebuilt:
        """`tell` is called now and then with the number of claims examined and the number of them proven.

        Raises `SyncerError` if a source can't be listed or the origin can't be reached.
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
        """An entry with which the next run may replace the file at the path, as the manifest says that syncer
        wrote these very bytes; `None` if it does not say so.
        """
        record, asset = claim.record, claim.asset
        if not (self.is_here and shown.is_ours) or record is None or asset is None:
            return None
        if record.in_place or asset.in_place:
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
