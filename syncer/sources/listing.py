"""The settings that all sources have: which assets are wanted, and their public paths."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from syncer.model import Asset
from syncer.settings.fields import Settings
from syncer.settings.quantities import Duration, Size
from syncer.sources import patterns
from syncer.sources.junk import is_meant, junk

DEFAULT_PATH = "{source}/{key}"

Amount = TypeVar("Amount", int, timedelta)


Glob = Annotated[
    str,
    AfterValidator(patterns.glob),
    WithJsonSchema({"type": "string", "pattern": r"^(?!\.\.?/)[\s\S]+$"}),
]


class Listing(Settings):
    """The fields of every source."""

    kind: str = Field(description="Where the media is: one of the kinds of sources.")
    include: tuple[Glob, ...] = Field(
        default=(),
        description=(
            "Globs of the keys to take; without any, all are taken."
            " `*` matches slashes too, `**/` matches any folders or none, and case is ignored."
            " Files of macOS, Windows and NAS boxes (._*, @eaDir, …) are only taken if a glob names them."
        ),
        examples=[["*.mp4", "*.mov"]],
    )
    exclude: tuple[Glob, ...] = Field(
        default=(),
        description="Globs of the keys to skip, even if they are included.",
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
    min_size: Size | None = Field(default=None, description="Skip smaller files.")
    max_size: Size | None = Field(
        default=None, description="Skip larger files, even if the size is known only after the copy."
    )
    min_age: Duration | None = Field(default=None, description="Skip files that changed more recently.")
    max_age: Duration | None = Field(default=None, description="Skip files that changed longer ago.")

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if self.min_size is not None and self.max_size is not None and self.min_size > self.max_size:
            raise ValueError("min_size is above max_size, so nothing would be taken")
        if self.min_age is not None and self.max_age is not None and self.min_age > self.max_age:
            raise ValueError("min_age is above max_age, so nothing would be taken")
        return self

    def takes(self, asset: Asset, now: datetime) -> bool:
        """Whether the asset is wanted. An unknown size or age excludes nothing."""
        return self.left_out_by(asset, now) is None

    def left_out_by(self, asset: Asset, now: datetime) -> str | None:
        """The setting that excludes the asset, or `None`; `junk` for a system's own files."""
        if out := self._left_out_by_name(asset.key):
            return out
        if asset.size is not None and (out := _beyond(asset.size, self.min_size, self.max_size)):
            return f"{out}_size"
        if asset.modified is not None and (out := _beyond(now - asset.modified, self.min_age, self.max_age)):
            return f"{out}_age"
        return None

    def overlooks(self, asset: Asset) -> str | None:
        """The glob of `exclude` that names only the folder of the asset, and so excludes nothing."""
        if not self._folders:
            return None
        key = asset.key.casefold()
        return next((glob for folder, glob in self._folders.items() if key.startswith(folder)), None)

    def names(self, key: str) -> bool:
        """Whether `include` and `exclude` take the key, and it is not a system's own file."""
        return self._left_out_by_name(key) is None

    def _left_out_by_name(self, key: str) -> str | None:
        if self.junk(key):
            return "junk"
        if self._included and not self._included.fullmatch(key):
            return "include"
        return "exclude" if self._excluded and self._excluded.fullmatch(key) else None

    def passes_over(self, folder: str) -> bool:
        """Whether nothing in a folder is wanted, whatever its name. `folder` ends with a slash."""
        excluded = self._excluded and self._excluded.fullmatch(f"{folder}\0")
        return bool(self.junk(folder) or excluded)

    def junk(self, key: str) -> str | None:
        """The kind of a system's own files that it is (`sources.junk`), unless `include` names that kind."""
        kind = junk(key)
        return None if kind and any(is_meant(kind, glob) for glob in self.include) else kind

    def included(self) -> dict[str, re.Pattern[str]]:
        """Each glob of `include` and its pattern."""
        return {glob: found for glob in self.include if (found := patterns.any_of((glob,)))}

    @cached_property
    def _included(self) -> re.Pattern[str] | None:
        return patterns.any_of(self.include)

    @cached_property
    def _excluded(self) -> re.Pattern[str] | None:
        return patterns.any_of(self.exclude)

    @cached_property
    def _folders(self) -> dict[str, str]:
        return patterns.folders_of(self.exclude)


class Placeable(Listing):
    """The fields of a source whose files may be at the destination already."""

    in_place: bool = Field(
        default=False,
        description=(
            "The files are inside the destination's root already: they are checked and listed where they are,"
            " and nothing is copied or deleted."
        ),
    )


def _beyond(value: Amount, low: Amount | None, high: Amount | None) -> str | None:
    """`min` or `max`, if the value is outside that limit."""
    if low is not None and value < low:
        return "min"
    return "max" if high is not None and value > high else None
