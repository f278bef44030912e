"""What to do with one asset: a union, not a base class."""

from __future__ import annotations

from dataclasses import dataclass

from syncer.model.assets import Asset
from syncer.model.entries import Entry
from syncer.model.findings import Finding


@dataclass(frozen=True, slots=True)
class Copy:
    """Publish it: read all of it, and store it at the destination unless it lies there (`Asset.in_place`)."""

    asset: Asset
    path: str | None
    """`None` where the path depends on all bytes (`{sha256}`), or these are no media."""
    reason: str
    known: Entry | None = None
    """What the catalogue says of it."""
    ours: bool = False
    """Whether the catalogue knows that syncer wrote what lies at `path`: only that may be replaced."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Learn what the listing did not tell of an asset, to decide then: its size and version, or the ending
    that its public path gets.
    """

    asset: Asset
    known: Entry | None = None


@dataclass(frozen=True, slots=True)
class Recheck:
    """Look at its public URL again."""

    entry: Entry
    reason: str
    first: bool = False
    """Whether these bytes were not seen at this URL yet, so that `verify: full` is asked of the look."""
    stat: bool = False
    """Whether the destination itself must hold the file too, whatever its URL serves."""
    asset: Asset | None = None
    """What its source lists; `None` where the source was not asked, or has it no more."""


@dataclass(frozen=True, slots=True)
class Keep:
    entry: Entry


@dataclass(frozen=True, slots=True)
class Leave:
    """Do nothing: this version was unpublished by hand."""

    asset: Asset


@dataclass(frozen=True, slots=True)
class Refuse:
    """Take what is published out of the manifest: today's limits refuse it."""

    entry: Entry
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Delete:
    """Take a path we published away."""

    source: str
    key: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Take what is no longer there out of the catalogue and the manifest. No file is deleted."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Inspect:
    """Look at the origin's other manners (plain GET, HEAD, no range) with one asset of a media type."""

    entry: Entry


Action = Copy | Identify | Recheck | Keep | Leave | Refuse | Delete | Forget | Inspect


def only_reads(action: Action) -> bool:
    """Whether nothing at the destination is written, deleted or asked for."""
    match action:
        case Copy(asset):
            return asset.in_place
        case Recheck(entry) | Inspect(entry):
            return entry.in_place
        case Identify():
            return True
        case _:
            return False
