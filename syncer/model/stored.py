"""What a destination says of its files and its disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """What a destination says of one path."""

    path: str
    size: int
    media_type: str | None = None
    etag: str | None = None
    version: str | None = None
    """Opaque: other bytes at the path have another one, as far as the server tells. A listing gives none."""


@dataclass(frozen=True, slots=True)
class Litter:
    """Something a dead run left staged at a destination."""

    name: str
    """For people."""
    locator: str
    """For the destination that found it."""
    modified: datetime | None = None
    path: str | None = None
    """The public path of an upload that may be another program's, where that is told."""


@dataclass(frozen=True, slots=True)
class Space:
    """Room on a disk, in bytes."""

    place: str
    """For people."""
    free: int
    """For us: without what is kept for the system or beyond a quota."""
    whole: int
