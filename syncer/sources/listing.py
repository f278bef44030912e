"""What every source's settings have in common: which of its assets are wanted, and where they go."""

from __future__ import annotations

import fnmatch
import re
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from pydantic import Field

from syncer.fields import Duration, Settings, Size
from syncer.model import Asset

DEFAULT_PATH = "{source}/{key}"

Amount = TypeVar("Amount", int, timedelta)


class Listing(Settings):
    """The fields of every source."""

    kind: str
    include: tuple[str, ...] = Field(
        default=(), description="Globs; without any, everything is taken. `*` crosses folders."
    )
    exclude: tuple[str, ...] = Field(default=(), description="Globs of what to leave out.")
    path: str = Field(
        default=DEFAULT_PATH,
        description="Public path; fields: {source} {key} {stem} {ext} {slug} {sha256} {sha256:12}.",
    )
    min_size: Size | None = None
    max_size: Size | None = None
    min_age: Duration | None = Field(default=None, description="Leave out what changed more recently.")
    max_age: Duration | None = Field(default=None, description="Leave out what changed longer ago.")

    def takes(self, asset: Asset, now: datetime) -> bool:
        """Whether the asset is wanted. What the listing does not tell (size, age) keeps nothing out."""
        if self._included and not self._included.fullmatch(asset.key):
            return False
        if self._excluded and self._excluded.fullmatch(asset.key):
            return False
        if asset.size is not None and not _within(asset.size, self.min_size, self.max_size):
            return False
        return asset.modified is None or _within(now - asset.modified, self.min_age, self.max_age)

    @cached_property
    def _included(self) -> re.Pattern[str] | None:
        return _any_of(self.include)

    @cached_property
    def _excluded(self) -> re.Pattern[str] | None:
        return _any_of(self.exclude)


def _any_of(globs: tuple[str, ...]) -> re.Pattern[str] | None:
    """One pattern for all globs: names end in .MP4 as often as in .mp4, so case does not count."""
    return re.compile("|".join(map(fnmatch.translate, globs)), re.IGNORECASE) if globs else None


def _within(value: Amount, low: Amount | None, high: Amount | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
