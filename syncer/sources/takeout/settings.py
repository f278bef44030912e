"""What the config says of a Takeout export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from syncer.settings import fields
from syncer.settings.fields import FilePaths
from syncer.sources import KINDS
from syncer.sources.listing import Listing

NO_ARCHIVES = ("takeout", "links")
"""Kinds that hold no archives: an export in an export, and what has no names of files."""

if TYPE_CHECKING:
    Holder = Listing
else:
    Holder = fields.one_of({kind: place for kind, place in KINDS.items() if kind not in NO_ARCHIVES})


class TakeoutSettings(Listing):
    kind: Literal["takeout"]
    archives: FilePaths = Field(
        default=(),
        description="The archives (.zip, .tgz): globs, or folders that hold them.",
        examples=[["~/Downloads/takeout-*.zip"]],
    )
    source: Holder | None = Field(
        default=None,
        description="In place of `archives`: the settings of another source that holds them.",
        examples=[{"kind": "s3", "bucket": "exports"}],
    )

    @model_validator(mode="after")
    def _lies_in_one_place(self) -> Self:
        if self.archives and self.source:
            raise ValueError("archives and source both say where the archives are; leave one out")
        if not self.archives and not self.source:
            raise ValueError("needs archives (globs or folders), or the source that holds them")
        if getattr(self.source, "in_place", False):
            raise ValueError("source holds archives, which are not published in place; remove in_place there")
        return self
