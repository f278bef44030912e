"""Checks a listing that a server gives in pages: each page brings new names, and the listing ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from syncer.connect.watch import ExchangeLimits
from syncer.errors import SyncerError
from syncer.model import MOST_EMPTY, MOST_OBJECTS
from syncer.protocols import Pace
from syncer.protocols.patience import Patience

FEWEST = 1.0
"""New names a second, counted over `give_up` seconds of waiting. A server that gives one name in each answer,
600 ms away, is faster.
"""
LONGEST_PAGE = 15
"""One page may take so many times `give_up`: 1,000 names of 1 KB take 1,000 s at the lowest rate."""
MOST_PAGE = 16 * 1024 * 1024
"""Bytes of one page: 1,000 names of 1 KB, with all their fields in XML, take 8 MB."""

R = TypeVar("R")
N = TypeVar("N")


def of_page(pace: Pace) -> ExchangeLimits:
    """The limits of one page."""
    return ExchangeLimits(pace, longest=LONGEST_PAGE * pace.patience.give_up, most=MOST_PAGE)


class ListingRate:
    """Compares the number of new names with the time that the server took for them."""

    def __init__(self, patience: Patience) -> None:
        self._window = patience.give_up
        self._longest = patience.answer
        self._names, self._waited = 0, 0.0

    def flaw(self, names: int, took: float) -> str | None:
        """Why it is too slow, or `None`. `took` is in seconds; an outage counts no longer than one answer."""
        self._names += names
        self._waited += min(took, self._longest)
        if self._waited < self._window:
            return None
        names, waited = self._names, self._waited
        self._names, self._waited = 0, 0.0
        if names >= FEWEST * waited:
            return None
        return f"it gave only {names:,} new names in {waited:.1f} s"


class Course:
    """Checks one listing, page after page."""

    def __init__(self, what: str, failure: type[SyncerError], patience: Patience) -> None:
        """`what` names the work in messages: `listing s3://bucket/`."""
        self._what = what
        self._failure = failure
        self._progress = ListingRate(patience)
        self._took = 0.0
        self._follows: set[Hashable] = set()
        self._firsts: set[str] = set()
        self._page: set[str] = set()
        self._names = self._empty = 0

    def ask(self, call: Callable[[], R]) -> R:
        """Return the next page, which `call` fetches."""
        begun = time.monotonic()
        page = call()
        self._took = time.monotonic() - begun
        return page

    def new(self, found: Iterable[N], name: Callable[[N], str]) -> Iterator[N]:
        """The entries of a page. Raises if one of them came before.

        The order of names is not checked: S3 Express One Zone and Storj do not sort them.
        """
        before, self._page = self._page, set()
        for number, each in enumerate(found):
            this = name(each)
            if this in self._page or this in before or (not number and this in self._firsts):
                raise self._endless(f"it gives {this!a} again and again")
            if not number:
                self._firsts.add(this)
            self._page.add(this)
            self._names += 1
            if self._names > MOST_OBJECTS:
                raise self._endless(f"it gives more than {MOST_OBJECTS:,} names")
            yield each

    def follow(self, place: Hashable) -> None:
        """The listing continues from `place`. Raises if it would never end."""
        if not place:
            raise self._failure(
                f"{self._what}: the listing breaks off: its page does not say how to continue",
                code=f"{self._failure.default_code}.answer",
                transient=True,
            )
        if place in self._follows:
            raise self._endless("it continues from a place where it was before")
        self._follows.add(place)
        self._empty = 0 if self._page else self._empty + 1
        if self._empty > MOST_EMPTY:
            raise self._endless(f"it gave {MOST_EMPTY:,} pages without a name")
        if flaw := self._progress.flaw(len(self._page), self._took):
            raise self._endless(flaw)

    def _endless(self, why: str) -> SyncerError:
        return self._failure(
            f"{self._what}: it does not end: {why}",
            code=f"{self._failure.default_code}.endless",
            hint="look at the server, and check where the config says it is",
        )
