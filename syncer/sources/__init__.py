"""Where media comes from: a table of kinds, one file per kind."""

from __future__ import annotations

from syncer.kinds import load
from syncer.seams import Source
from syncer.sources.listing import Listing

__all__ = ["KINDS", "Listing", "open_source"]

KINDS = {
    "local": "syncer.sources.local:LocalSource",
    "s3": "syncer.sources.s3:S3Source",
}


def open_source(name: str, config: Listing) -> Source:
    source: Source = load(KINDS, config.kind)(name, config)
    return source
