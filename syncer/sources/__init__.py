"""Where media comes from: a table of kinds, one file per kind."""

from __future__ import annotations

from syncer.connect.pace import SharedPace
from syncer.kinds import load
from syncer.seams import Pace, Source
from syncer.sources.listing import Listing

__all__ = ["KINDS", "Listing", "open_source"]

KINDS = {
    "drive": "syncer.sources.drive:DriveSource",
    "links": "syncer.sources.links:LinksSource",
    "local": "syncer.sources.local:LocalSource",
    "s3": "syncer.sources.s3:S3Source",
    "sftp": "syncer.sources.sftp:SftpSource",
    "takeout": "syncer.sources.takeout:TakeoutSource",
}


def open_source(name: str, config: Listing, pace: Pace | None = None) -> Source:
    """`pace` is the run's, for sources that wait by themselves; nothing is opened before it is needed."""
    source: Source = load(KINDS, config.kind)(name, config, pace or SharedPace())
    return source
