"""The outcomes that a worker returns, as a union."""

from __future__ import annotations

from dataclasses import dataclass, field

from syncer.model.assets import Asset
from syncer.model.facts import Content, Facts
from syncer.model.findings import Finding


@dataclass(frozen=True, slots=True)
class Published:
    """The bytes are at the destination; `seen` says whether the public URL serves them."""

    path: str
    url: str
    content: Content
    seen: bool
    findings: tuple[Finding, ...] = ()
    found: bool = False
    """Whether these bytes lay there before, so that syncer wrote nothing."""
    read: int | None = field(default=None, compare=False)
    """Bytes of the body that the look read at its URL; `None` if there was no look."""


@dataclass(frozen=True, slots=True)
class Identified:
    asset: Asset


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform would refuse it, so it was not published."""

    media_type: str
    size: int | None
    findings: tuple[Finding, ...]
    facts: Facts = field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Withheld:
    """It has bytes that a user unpublished, so it was not published."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Failed:
    code: str
    message: str
    hint: str | None = None
    attempts: int = 1
    unsure: bool = False
    """Whether the public file may have other bytes than the entry says: new ones, as the commit failed, or
    somebody else's.
    """


@dataclass(frozen=True, slots=True)
class Deleted:
    path: str
    was_there: bool = True
    """Known for files that a user unpublished."""
    served: Finding | None = None
    """If `Delete.url` still serves it, or if that is unknown."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Its URL is not listed any more."""


@dataclass(frozen=True, slots=True)
class Inspected:
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The run was stopped before this was finished."""

    unsure: bool = False
    """As `Failed.unsure`."""


Outcome = Published | Identified | Rejected | Withheld | Failed | Deleted | Forgotten | Inspected | Abandoned
