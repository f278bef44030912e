"""What a run did, and the exit code that follows from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from syncer.errors import ConfigError, Exit, OwnershipError, SyncerError
from syncer.model import Finding


@dataclass(slots=True)
class Summary:
    counts: Counter[str]
    """As `Ledger.counts`."""
    remarks: list[Finding]
    errors: list[SyncerError] = field(default_factory=list)
    interrupted: bool = False
    listed: int | None = None
    """URLs in the manifests; `None` if they were not written."""

    @property
    def exit(self) -> Exit:
        """The most serious one wins. Without proof of ownership every post fails, so that comes before other
        errors.
        """
        if self.interrupted:
            return Exit.INTERRUPTED
        for kind, code in (
            (ConfigError, Exit.USAGE),
            (OwnershipError, Exit.UNPROVEN),
            (SyncerError, Exit.ERROR),
        ):
            if any(isinstance(error, kind) for error in self.errors):
                return code
        if self.counts["failed"] or self.counts["stored"]:
            return Exit.FAILED
        return Exit.REJECTED if self.counts["rejected"] or self.counts["marked"] else Exit.OK
