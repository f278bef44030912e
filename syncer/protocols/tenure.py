"""Who publishes at a destination: the nouns, and the verbs that others implement, with their laws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from syncer.model import Stored


@dataclass(frozen=True, slots=True)
class Tenure:
    """What a catalogue knows of its own owner mark at one destination."""

    place: str
    """The destination, in words."""
    catalogue: str
    """The catalogue's random name."""
    turn: str | None = None
    """Random name of the last run that wrote there; `None` takes whatever turn the mark bears."""
    before: str | None = None
    """The one before: its mark is there still if that run was killed before it wrote its own."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An owner mark: which catalogue publishes at a destination. It holds no secret."""

    catalogue: str
    turn: str
    host: str = ""
    """Name of the machine."""
    origin: str = ""
    since: str = ""
    """RFC 3339: when that catalogue took the destination."""


class Marked(Protocol):
    """Where a mark lies: a destination."""

    def stat(self, path: str) -> Stored | None:
        """What lies at a path, or `None`."""

    def mark(self) -> bytes | None:
        """The owner mark, at most 64 KiB of it; `None` if there is none."""

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        """Write the owner mark, whole. With `new` only where there is none, if the server can do that:
        whoever writes reads it again. Whether it was written.
        """


class Tenures(Protocol):
    """What a catalogue remembers of its own marks."""

    def tenures(self) -> list[Tenure]:
        """One for each destination."""

    def put_tenure(self, tenure: Tenure) -> None:
        """Outlives a power cut when it returns."""

    def doubt(self) -> None:
        """What is published has to be looked for at the destination, and seen at its URL, before it is listed
        again. Nothing that is not seen there is deleted.
        """

    def disown(self) -> None:
        """What lies at the destination may be another's: the same, and all bytes have to be compared. All of
        it or nothing. Paths that assets left are forgotten, as nothing tells what belongs there.
        """
