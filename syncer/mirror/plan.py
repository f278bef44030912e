"""What `sync` would do, step by step."""

from __future__ import annotations

from collections.abc import Iterator

from syncer.errors import SyncerError
from syncer.model import Finding
from syncer.protocols import Pace
from syncer.sync import rehearsal
from syncer.sync.planned import Planned, planned
from syncer.sync.scan import Scan


class Plan:
    """The steps. They can be read once."""

    def __init__(self, scan: Scan, pace: Pace) -> None:
        self._scan = scan
        self._pace = pace

    def __iter__(self) -> Iterator[Planned]:
        for action, failed in rehearsal.steps(self._scan):
            if self._pace.stopped():
                return
            yield planned(self._scan.addresses.url, action, failed)

    @property
    def errors(self) -> tuple[SyncerError, ...]:
        """Sources that can't be listed and deletes over the limit, for the steps read so far."""
        return tuple(self._scan.errors)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings for the steps read so far."""
        return tuple(self._scan.remarks)

    @property
    def interrupted(self) -> bool:
        return self._pace.stopped()
