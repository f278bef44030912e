"""The table of sources: one file or folder for each kind."""

from __future__ import annotations

from syncer.connect.pace import SharedPace
from syncer.protocols import Pace, Source
from syncer.settings.kinds import load_kind
from syncer.sources.in_place import InPlace
from syncer.sources.listing import Listing, Placeable

__all__ = ["KINDS", "Listing", "is_in_place", "open_source"]

KINDS = {
    "drive": "syncer.sources.drive:DriveSource",
    "links": "syncer.sources.links:LinksSource",
    "local": "syncer.sources.local:LocalSource",
    "s3": "syncer.sources.s3:S3Source",
    "sftp": "syncer.sources.sftp:SftpSource",
    "takeout": "syncer.sources.takeout:TakeoutSource",
}


def open_source(name: str, config: Listing, pace: Pace | None = None) -> Source:
    """Open the source. `pace` is that of the run. No connection is made before it is needed."""
    source: Source = load_kind(KINDS, config.kind)(name, config, pace or SharedPace())
    return InPlace(name, config, source) if is_in_place(config) else source


def is_in_place(config: Listing) -> bool:
    """Whether its files are at the destination already."""
    return isinstance(config, Placeable) and config.in_place
