"""What a destination says about its files and its disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """The file at one path of a destination."""

    path: str
    size: int
    media_type: str | None = None
    etag: str | None = None
    version: str | None = None
    """Opaque: other bytes at the path have another one, as far as the server tells. A listing gives none."""
    modified: datetime | None = field(default=None, compare=False)
    """`None` if it is unknown. A listing gives none."""


@dataclass(frozen=True, slots=True)
class Litter:
    """A staged file that a killed run left at a destination."""

    name: str
    """For messages."""
    locator: str
    """For the destination that found it."""
    modified: datetime | None = None
    path: str | None = None
    """The public path of an upload that may be another program's, if it is known."""


@dataclass(frozen=True, slots=True)
class Space:
    """The size of a disk, in bytes."""

    place: str
    """For messages."""
    free: int
    """Free for this user: without the system's reserve, and within the quota."""
    whole: int
