"""Reading an asset from its start to its end, whatever breaks on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from syncer.connect.retry import Breaks, Policy, retry
from syncer.errors import SourceError
from syncer.model import Asset, Digest
from syncer.protocols import Opened, Pace, Source

NO_RANGES = "source.range"
"""The code of a source that can't be read from a place on."""
MOST_BREAKS = 100
"""Of one asset: a source that gives a few bytes at a time would else be asked for ever."""


@contextmanager
def unbroken(source: Source, asset: Asset, pace: Pace, policy: Policy, split: int = 0) -> Iterator[Opened]:
    """All of the asset. A read that breaks off goes on from where it was; the source sees to it that this is
    of the same version. What comes before `split` is asked for by itself, if that is not 0.

    Raises whatever `source.open` does, at first and in the end.
    """
    with ExitStack() as handle:
        first = handle.enter_context(source.open(asset))
        yield _Unbroken(source, asset, pace, policy, handle, first, split)


class _Unbroken:
    def __init__(  # noqa: PLR0913 - what `unbroken` was given, and what it opened
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
        """Where the bytes can't be asked for in pieces, a read that comes as the last one refutes no hash."""
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
                error.transient = False  # from its start it would be worse
            raise
        self._at += len(chunk)
        self._row.gained(len(chunk))
        return chunk

    def _take_apart(self) -> None:
        """The rest is another answer, if need be one whose start is skipped."""
        self._split, self._reader = 0, None
        self._handle.close()
        try:
            self._reopened()
        except SourceError as error:
            if error.code != NO_RANGES:
                return  # it is tried again where it is read
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
    """It can only be read from its start: that is tried by whoever began it."""
