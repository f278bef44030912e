"""What every source's settings have in common: which of its assets are wanted, and where they go."""

from __future__ import annotations

import fnmatch
import re
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from syncer.fields import Duration, Settings, Size
from syncer.junk import is_meant, junk
from syncer.model import Asset

DEFAULT_PATH = "{source}/{key}"

_ANY_FOLDERS = re.compile(r"(?:^|(?<=/))\*\*/")

Amount = TypeVar("Amount", int, timedelta)


def _glob(text: str) -> str:
    """Refuses what can't match, for a pattern that takes nothing looks like an empty source."""
    if not text:
        raise ValueError('must not be empty; "*" takes everything')
    if text.startswith(("./", "../")):
        raise ValueError("must not begin with ./ or ../: it is compared with the whole key")
    return text


Glob = Annotated[
    str, AfterValidator(_glob), WithJsonSchema({"type": "string", "pattern": r"^(?!\.\.?/)[\s\S]+$"})
]


class Listing(Settings):
    """The fields of every source."""

    kind: str = Field(description="Where the media is: one of the kinds of sources.")
    include: tuple[Glob, ...] = Field(
        default=(),
        description=(
            "Globs of the keys to take; without any, everything is taken."
            " `*` crosses folders, `**/` is any folders or none, and case does not count."
            " Files of macOS, Windows and NAS boxes (._*, @eaDir, …) are only taken if a glob names them."
        ),
        examples=[["*.mp4", "*.mov"]],
    )
    exclude: tuple[Glob, ...] = Field(
        default=(),
        description="Globs of the keys to leave out, even if they are included.",
        examples=[["drafts/*"]],
    )
    path: str = Field(
        default=DEFAULT_PATH,
        description=(
            "Public path below the origin's URL; fields:"
            " {source} {key} {stem} {ext} {slug} {sha256} {sha256:12}."
        ),
        examples=["clips/{key}", "{slug}-{sha256:12}.{ext}"],
    )
    min_size: Size | None = Field(default=None, description="Leave out what is smaller.")
    max_size: Size | None = Field(
        default=None, description="Leave out what is larger, also where only the copy finds out."
    )
    min_age: Duration | None = Field(default=None, description="Leave out what changed more recently.")
    max_age: Duration | None = Field(default=None, description="Leave out what changed longer ago.")

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if self.min_size is not None and self.max_size is not None and self.min_size > self.max_size:
            raise ValueError("min_size is above max_size, so nothing would be taken")
        if self.min_age is not None and self.max_age is not None and self.min_age > self.max_age:
            raise ValueError("min_age is above max_age, so nothing would be taken")
        return self

    def takes(self, asset: Asset, now: datetime) -> bool:
        """Whether the asset is wanted. What the listing does not tell (size, age) keeps nothing out."""
        if not self.names(asset.key):
            return False
        if asset.size is not None and not _within(asset.size, self.min_size, self.max_size):
            return False
        return asset.modified is None or _within(now - asset.modified, self.min_age, self.max_age)

    def names(self, key: str) -> bool:
        """Whether `include` and `exclude` take the key, and it is no system's own file."""
        if self.junk(key) or (self._included and not self._included.fullmatch(key)):
            return False
        return not (self._excluded and self._excluded.fullmatch(key))

    def junk(self, key: str) -> str | None:
        """Which kind of a system's own files it is (`syncer.junk`), unless `include` names that kind."""
        kind = junk(key)
        return None if kind and any(is_meant(kind, glob) for glob in self.include) else kind

    @cached_property
    def _included(self) -> re.Pattern[str] | None:
        return _any_of(self.include)

    @cached_property
    def _excluded(self) -> re.Pattern[str] | None:
        return _any_of(self.exclude)


class Placeable(Listing):
    """The fields of a source whose files may lie at the destination already."""

    in_place: bool = Field(
        default=False,
        description=(
            "The files lie inside the destination's root already: they are checked and listed where they are,"
            " and nothing is copied or deleted."
        ),
    )


def _any_of(globs: tuple[str, ...]) -> re.Pattern[str] | None:
    """One pattern for all globs: names end in .MP4 as often as in .mp4, so case does not count."""
    return re.compile("|".join(map(_pattern, globs)), re.IGNORECASE) if globs else None


def _pattern(glob: str) -> str:
    """`fnmatch` asks for a folder where `**/` stands, though everybody else takes none for it too."""
    parts = _ANY_FOLDERS.split(glob)
    return "(?:.*/)?".join(fnmatch.translate(part)[:-2] for part in parts)  # each ends in its own end mark


def _within(value: Amount, low: Amount | None, high: Amount | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
