"""The settings of a Takeout export."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from syncer.settings.fields import FilePaths
from syncer.settings.one_of import OneOf
from syncer.sources import KINDS
from syncer.sources.listing import Listing

NO_ARCHIVES = ("takeout", "links")
"""Kinds without archives: exports themselves, and links, which have no file names."""

Holder = Annotated[Listing, OneOf({kind: place for kind, place in KINDS.items() if kind not in NO_ARCHIVES})]


class TakeoutSettings(Listing):
    kind: Literal["takeout"]
    archives: FilePaths = Field(
        default=(),
        description="The archives (.zip, .tgz): globs, or folders with archives.",
        examples=[["~/Downloads/takeout-*.zip"]],
    )
    source: Holder | None = Field(
        default=None,
        description="In place of `archives`: the settings of another source with the archives.",
        examples=[{"kind": "s3", "bucket": "exports"}],
    )

    @model_validator(mode="after")
    def _lies_in_one_place(self) -> Self:
        if self.archives and self.source:
            raise ValueError("set either archives or source, not both")
        if not self.archives and not self.source:
            raise ValueError("needs archives (globs or folders), or the source with the archives")
        if getattr(self.source, "in_place", False):
            raise ValueError("source has archives, which are not published in place; remove in_place there")
        return self
