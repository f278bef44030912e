"""A source whose files are at the destination already: its listing without names that are not those of media.

A web root has pages, scripts and dotfiles beside the media, and syncer's own files. They are skipped and
counted, and are never an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

from syncer.model import Asset, Finding, Severity
from syncer.protocols import Opened, Source
from syncer.settings.spelling import counted
from syncer.sources.folders import STAGED_PREFIX
from syncer.sources.listing import Listing
from syncer.urls import safe_names

_OWN = re.compile(rf"(.*/)?({re.escape(STAGED_PREFIX)}.*|tiktok[^/]*\.(txt|html))", re.DOTALL)
"""syncer's own files: staged files, the owner mark, signature files."""


class InPlace:
    """Wraps another source."""

    def __init__(self, name: str, config: Listing, source: Source) -> None:
        self._name = name
        self._config = config
        self._source = source
        self._left_out = 0
        self._first = ""

    def assets(self) -> Iterator[Asset]:
        self._left_out = 0
        for asset in self._source.assets():
            if _is_media(asset):
                yield replace(asset, in_place=True, flaw=asset.flaw or _flaw(asset))
            elif self._config.names(asset.key) and not _OWN.fullmatch(asset.key):
                self._first = self._first if self._left_out else asset.key
                self._left_out += 1

    def look(self, asset: Asset) -> Asset:
        return self._source.look(asset)

    def remarks(self) -> tuple[Finding, ...]:
        remarks = self._source.remarks()
        return (*remarks, self._remark()) if self._left_out else remarks

    def _remark(self) -> Finding:
        count = self._left_out
        one = f"file is left out, as its name is not that of media: '{self._first}'"
        many = f"files are left out, as their names are not those of media, such as '{self._first}'"
        return Finding(
            "source.left_out",
            Severity.WARN,
            f"source {self._name}: {counted(count, one, many)}",
            value=str(count),
            hint="rename media files, so that they end in .mp4, .jpg or the like, and `exclude` the"
            " rest, so that it is not counted again",
        )

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]:
        return self._source.open(asset, start)

    def place(self, asset: Asset) -> str | None:
        return self._source.place(asset)

    def close(self) -> None:
        self._source.close()


def _is_media(asset: Asset) -> bool:
    """Whether its name is that of media. A link out of the root may be a folder, and needs no ending."""
    if safe_names.path_flaw(asset.key):
        return False
    return safe_names.is_media(asset.key) or bool(asset.flaw and "." not in asset.key.rpartition("/")[2])


def _flaw(asset: Asset) -> str | None:
    """The flaw of a file whose name differs from its key, as the URL is made from the key."""
    if asset.locator.endswith(asset.key):
        return None
    return "its name is not in Unicode normal form C, as its URL is"
