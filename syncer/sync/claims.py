"""What a rebuild examines, and its result."""

from __future__ import annotations

from dataclasses import dataclass

from syncer.connect.circuit import GIVEN_UP
from syncer.errors import DestinationError, OriginError, SyncerError
from syncer.manifest.records import Record
from syncer.model import Asset, Entry
from syncer.sync.scope import UNANSWERED


@dataclass(frozen=True, slots=True)
class Claim:
    """An asset that may have been published: a source lists it, or a manifest, or both."""

    source: str
    key: str
    asset: Asset | None
    record: Record | None


@dataclass(frozen=True, slots=True)
class Shown:
    """The result for one claim."""

    entry: Entry | None = None
    """The entry, if the claim is proven."""
    reason: str = ""
    """Why it is not proven."""
    path: str | None = None
    """The claimed path, if it is known."""
    is_ours: bool = False
    """Whether the destination holds there what the manifest lists: then another version may replace it."""


def is_of_all(error: SyncerError) -> bool:
    """Whether the origin or the destination as a whole failed, and not one file."""
    if isinstance(error, OriginError):
        return error.code in UNANSWERED
    if not isinstance(error, DestinationError) or error.code == "destination.changed":
        return False
    return error.transient or error.code.endswith(GIVEN_UP)
