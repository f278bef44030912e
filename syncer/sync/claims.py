"""What a rebuild examines, and its result."""

from __future__ import annotations

from dataclasses import dataclass

from syncer.manifest.records import Record
from syncer.model import Asset, Entry


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
