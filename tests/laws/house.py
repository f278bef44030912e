"""Catalogues that share one destination, of which only the owner mark exists, in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from syncer.catalogue import open_catalogue
from syncer.connect.retry import Policy
from syncer.errors import DestinationError
from syncer.model import Entry, State, Stored
from syncer.protocols import Catalogue, Reader
from syncer.runners import SharedPace
from syncer.sync.owner import Owner

ORIGIN = "https://media.example.test/"


class Killed(BaseException):
    """An error that no code catches."""


@dataclass
class Root:
    """The place of a mark. Each of `troubles` is raised once, in turn, instead of an answer."""

    content: bytes | None = None
    mark_lasts: tuple[float, float] = (0.0, 0.0)
    troubles: list[BaseException] = field(default_factory=list)
    asked: int = 0
    written: list[bool] = field(default_factory=list)
    """`new` of each write."""
    faster: bytes | None = None
    """A mark that somebody else writes at the same moment as our next write."""
    full: bool = False
    """Whether its disk is full."""
    dies: str = ""
    """`before` or `after` it writes."""

    held: set[str] = field(default_factory=set)
    """Paths of what lies there."""

    @contextmanager
    def opened(self) -> Iterator[Root]:
        yield self

    def stat(self, path: str) -> Stored | None:
        self._trouble()
        return Stored(path, 1) if path in self.held else None

    @contextmanager
    def open(self, stored: Stored) -> Iterator[Reader]:
        yield BytesIO(b"x" * stored.size)

    def mark(self) -> bytes | None:
        self._trouble()
        return self.content

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        self._trouble()
        if self.full:
            raise DestinationError("no space is left", code="destination.full")
        if self.dies == "before":
            raise Killed
        self.written.append(new)
        self.content, self.faster = self.faster or content, None
        if self.dies == "after":
            raise Killed
        return True

    def _trouble(self) -> None:
        self.asked += 1
        if self.troubles:
            raise self.troubles.pop(0)

    @property
    def says(self) -> dict[str, str]:
        return dict(json.loads(self.content or b"{}"))


def hold(owner: Owner) -> None:
    with owner.opened() as destination:
        owner.hold(destination)


@dataclass
class House:
    """Catalogues by name, and one root that they share."""

    folder: Path
    open: ExitStack
    root: Root = field(default_factory=Root)
    catalogues: dict[str, Catalogue] = field(default_factory=dict)

    def catalogue(self, name: str) -> Catalogue:
        if name not in self.catalogues:
            made = open_catalogue(f"sqlite:///{self.folder / name}.db")
            self.catalogues[name] = self.open.enter_context(closing(made))
        return self.catalogues[name]

    def owner(self, name: str, place: str = "there", origin: str = ORIGIN) -> Owner:
        policy = Policy(attempts=3, first_wait=0)
        catalogue = self.catalogue(name)

        def published() -> Iterator[Entry]:
            return catalogue.entries(State.PUBLISHED, State.STORED)

        return Owner(catalogue, self.root.opened, place, origin, SharedPace(), policy, published)

    def copied(self, name: str, to: str) -> None:
        for tenure in self.catalogue(name).tenures():
            self.catalogue(to).put_tenure(tenure)
