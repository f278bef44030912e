"""Reads an asset from its start to its end, and resumes when the connection breaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from syncer.connect.retry import Breaks, Policy, retry
from syncer.errors import SourceError
from syncer.model import Asset, Digest
from syncer.protocols import Opened, Pace, Source

NO_RANGES = "source.range"
"""The code of a source that can't be read from an offset."""
MOST_BREAKS = 100
"""Breaks of one asset: otherwise a source that gives a few bytes at a time would be read for ever."""


@contextmanager
def unbroken(source: Source, asset: Asset, pace: Pace, policy: Policy, split: int = 0) -> Iterator[Opened]:
    """A reader of the whole asset. An interrupted read continues at its offset; the source makes sure that
    the version is still the same. If `split` is not 0, the bytes before it are a request of their own.

    Raises what `source.open` raises, for the first request and if resuming fails.
    """
    with ExitStack() as handle:
        first = handle.enter_context(source.open(asset))
        yield _Unbroken(source, asset, pace, policy, handle, first, split)


class _Unbroken:
    def __init__(  # noqa: PLR0913 - the arguments of `unbroken`, and what it opened
        self,
        source: Source,
        asset: Asset,
        pace: Pace,
        policy: Policy,
        handle: ExitStack,
        first: Opened,
        split: int,
    ) -> None:
        self._source, self._asset = source, asset
        self._pace, self._policy = pace, policy
        self._handle = handle
        self._reader: Opened | None = first
        self._split = split
        self._at = 0
        self._breaks: list[SourceError] = []
        self._row = Breaks(pace)
        self._first = first
        self._in_one = False

    def digests(self) -> tuple[Digest, ...]:
        """If the source can't be read in pieces, two equal reads prove nothing, so every hash is certain."""
        told = self._first.digests()
        return tuple(replace(each, certain=True) for each in told) if self._in_one else told

    def read(self, size: int, /) -> bytes:
        if self._at < self._split:
            size = min(size, self._split - self._at)
        elif self._split:
            self._take_apart()
        try:
            chunk = retry(lambda: self._read(size), self._pace, self._policy)
        except _NoWayOn:
            last = self._breaks[-1]
            raise SourceError(last.message, code=last.code, hint=last.hint, transient=True) from last
        except SourceError as error:
            if error.transient and error.attempts > 1 and not self._pace.stopped():
                error.transient = False  # resuming failed several times, so starting over would not help
            raise
        self._at += len(chunk)
        self._row.gained(len(chunk))
        return chunk

    def _take_apart(self) -> None:
        """Request the rest separately; if there are no ranges, request all of it and skip the start."""
        self._split, self._reader = 0, None
        self._handle.close()
        try:
            self._reopened()
        except SourceError as error:
            if error.code != NO_RANGES:
                return  # the next `read` tries again
            self._in_one = True
            whole = self._handle.enter_context(self._source.open(self._asset))
            left = self._at
            while left and (chunk := whole.read(left)):
                left -= len(chunk)
            self._reader = whole

    def _read(self, size: int) -> bytes:
        reader = self._reader or self._resumed()
        try:
            return reader.read(size)
        except SourceError as error:
            self._reader = None
            self._handle.close()
            self._breaks.append(error)
            error.transient = error.transient and len(self._breaks) <= MOST_BREAKS
            self._row.broke(error)
            raise

    def _reopened(self) -> Opened:
        self._reader = self._handle.enter_context(self._source.open(self._asset, self._at))
        return self._reader

    def _resumed(self) -> Opened:
        try:
            return self._reopened()
        except SourceError as error:
            if error.code == NO_RANGES:
                raise _NoWayOn from error
            raise


class _NoWayOn(Exception):  # noqa: N818 - reads as what happened
    """It can only be read from its start, so `Transfer` has to start over."""
