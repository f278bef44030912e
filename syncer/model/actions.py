"""The actions for one asset, as a union."""

from __future__ import annotations

from dataclasses import dataclass

from syncer.model.assets import Asset
from syncer.model.entries import Entry
from syncer.model.findings import Finding


@dataclass(frozen=True, slots=True)
class Copy:
    """Publish it: read all bytes, and store them at the destination unless they lie
    there (`Asset.in_place`).
    """

    asset: Asset
    path: str | None
    """`None` if the path depends on all bytes (`{sha256}`), or they are no media."""
    reason: str
    known: Entry | None = None
    """The entry in the catalogue."""
    ours: bool = False
    """Whether the catalogue knows that syncer wrote the file at `path`: only that may be replaced."""
    left: str | None = None
    """The sha256 of a file that syncer left at `path` at an earlier time: it may be replaced, too."""
    withheld: frozenset[str] = frozenset()
    """The sha256 of all bytes of this asset that a user unpublished: they are not published again."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Find out what the listing lacks and the decision needs: the size and version, or the ending of the
    public path.
    """

    asset: Asset
    known: Entry | None = None


@dataclass(frozen=True, slots=True)
class Recheck:
    """Look at its public URL again."""

    entry: Entry
    reason: str
    first: bool = False
    """Whether these bytes were not seen at this URL yet, so that `verify: full` concerns this look."""
    stat: bool = False
    """Whether the destination must hold the file, too, whatever the URL serves."""
    asset: Asset | None = None
    """The asset from the listing; `None` if the source was not listed, or lacks it."""


@dataclass(frozen=True, slots=True)
class Keep:
    entry: Entry


@dataclass(frozen=True, slots=True)
class Leave:
    """Do nothing: this version was unpublished by hand."""

    asset: Asset


@dataclass(frozen=True, slots=True)
class Refuse:
    """Take a published file out of the manifest, as today's limits refuse it."""

    entry: Entry
    findings: tuple[Finding, ...]


UNPUBLISHED = "unpublished"
"""The reason of a delete that a user ordered."""
EARLIER = "left here before the destination changed"
"""The reason of a delete of an `Undeleted.earlier` file."""
RECALLED = "unpublished, and deleted since"
"""The reason of a look for such a file: a backup may have brought it back."""


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a file that syncer published."""

    source: str
    key: str
    path: str
    reason: str
    only: str | None = None
    """For a file that was left here earlier: the sha256 that it must have; another file stays."""
    look: bool = False
    """Only look whether this file is there, as it may be somebody else's, and delete nothing."""
    also: frozenset[str] = frozenset()
    """Other sha256s that syncer left there. A file with one of them is not deleted, but named."""
    url: str | None = None
    """The URL to look at afterwards: a cache may still serve the file."""

    @property
    def by_hand(self) -> bool:
        return self.reason == UNPUBLISHED

    @property
    def asks(self) -> bool:
        """Whether to look at the file first."""
        return self.by_hand or self.look or self.only is not None


@dataclass(frozen=True, slots=True)
class Forget:
    """Remove an entry from the catalogue and the manifest. No file is deleted."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Inspect:
    """Check the origin with other kinds of requests (plain GET, HEAD) to one asset of a media type."""

    entry: Entry


Action = Copy | Identify | Recheck | Keep | Leave | Refuse | Delete | Forget | Inspect


def only_reads(action: Action) -> bool:
    """Whether the action sends no request to the destination."""
    match action:
        case Copy(asset):
            return asset.in_place
        case Recheck(entry) | Inspect(entry):
            return entry.in_place
        case Identify():
            return True
        case _:
            return False
