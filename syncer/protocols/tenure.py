"""The owner mark of a destination: its values, and the contracts about it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from syncer.model import Stored
from syncer.protocols.reader import Reader

Named = AbstractSet[tuple[str, str, str] | str]
"""Published files, as manifests name them: source, key and path, or only the URL."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """What a catalogue knows of its own owner mark at one destination."""

    place: str
    """The identity of the destination."""
    catalogue: str
    """The catalogue's random name."""
    turn: str | None = None
    """Random name of the last run that wrote there; `None` matches every turn of the mark."""
    before: str | None = None
    """The mark that is still there if the last run died before it wrote its own. As soon as that is written,
    the mark of an earlier run shows an older state of the destination, and is forgotten here.
    """
    written: tuple[str, ...] = ()
    """Runs of this catalogue that wrote there, newest first. If the mark is of an earlier one, it is an older
    state of the destination, in which no other catalogue has written since.
    """

    def knows(self, turn: str | None) -> bool:
        """Whether the destination, with the mark of this turn, is as the last run left it."""
        return self.turn in (None, turn) or (turn == self.before and turn in self.written)


@dataclass(frozen=True, slots=True)
class Mark:
    """An owner mark: it names the catalogue that publishes at a destination. It has no secret."""

    catalogue: str
    turn: str
    host: str = ""
    """Name of the machine."""
    origin: str = ""
    since: str = ""
    """RFC 3339: the time when that catalogue first wrote there."""


class Marked(Protocol):
    """A destination, as the place of a mark."""

    mark_lasts: tuple[float, float]
    """For how many seconds a look at the mark shows that the root still holds the same tree: before a new
    file is written, and before a file is replaced or deleted. 0: each time needs a look of its own.
    """

    def stat(self, path: str) -> Stored | None:
        """The file at a path, or `None`."""

    def open(self, stored: Stored) -> AbstractContextManager[Reader]:
        """The bytes of the file that `stat` found. Raises `DestinationError`: `destination.missing` if there
        is none any more, and `destination.changed` if it is another one, or no regular file.
        """

    def mark(self) -> bytes | None:
        """The owner mark, at most 64 KiB of it; `None` if there is none."""

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        """Write the owner mark atomically. With `new`, write it only if there is none, as far as the server
        can do that; so the caller reads the mark again. Returns whether it was written.
        """


class Tenures(Protocol):
    """What a catalogue remembers of its own marks."""

    def tenures(self) -> list[Tenure]:
        """One tenure for each destination."""

    def put_tenure(self, tenure: Tenure) -> None:
        """It survives a power cut when it returns."""

    def doubt(self) -> None:
        """Every published file must be found at the destination and seen at its URL before it is listed
        again, or may be deleted.
        """

    def disown(self, listed: Named | None = None) -> None:
        """The files at the destination may be somebody else's: the same, but all bytes must be compared.
        Retired paths are forgotten, as it is unknown whose files are there, except for those that were
        unpublished by hand and whose bytes are known. All of it or nothing.

        `listed` is what a manifest lists that may be newer. No other file is replaced or deleted, whatever
        its bytes.
        """

    def look_again(self, path: str | None = None) -> None:
        """Another disk may be at the destination: every file that a user unpublished is looked for once more,
        unless an asset has its path. `disown` and `hand_over` do this, too. With `path`, only the file there.
        """

    def hand_over(self, place: str | None) -> None:
        """Files found at today's destination are syncer's if they have the bytes that it left at `place`
        (`None`: at any other destination). All their bytes must be compared.
        """
