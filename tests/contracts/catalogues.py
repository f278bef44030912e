"""A catalogue of each implementation, and entries for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.model import Asset, Entry, State
from syncer.protocols import Catalogue

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
Open = Callable[[], Catalogue]


@pytest.fixture(params=["sqlite"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """A function that opens the same catalogue at each call."""
    return {"sqlite": lambda: open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}")}[request.param]


@pytest.fixture
def catalogue(open_again: Open) -> Iterator[Catalogue]:
    with closing(open_again()) as opened:
        yield opened


def published(key: str, source: str = "clips") -> Entry:
    path = f"{source}/{key}"
    return Entry(source, key, State.PUBLISHED, path=path, url=f"https://media.example.test/{path}", size=1)


def asset(key: str, source: str = "clips", locator: str | None = None) -> Asset:
    return Asset(source, key, locator or key)
