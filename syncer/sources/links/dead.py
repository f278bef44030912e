"""Hosts that could not be reached, for all workers of the process: a list may hold thousands of links to one,
and each would cost its patience.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.errors import SourceError

UNREACHABLE = "source.unreachable"
ROW = 3
"""Failures in a row after which a host is left alone: a moment's trouble is none."""
SECONDS = 60.0
MOST = 10_000
"""Hosts that are remembered."""

_rows: dict[str, tuple[int, float, str]] = {}
"""By host: how often in a row, until when it is left alone, and why."""


def expect_alive(host: str, name: str) -> None:
    """Raises `SourceError` for a link, `name`, to a host that is left alone."""
    count, until, told = _rows.get(host, (0, 0.0, ""))
    if count >= ROW and time.monotonic() < until:
        raise SourceError(
            f"{name}: it was not asked, as its host could not be reached {count} times in a row: {told}",
            code=UNREACHABLE,
            hint="the next run asks again",
        )


@contextmanager
def noting(host: str) -> Iterator[None]:
    """Whether the host answers."""
    try:
        yield
    except SourceError as error:
        if error.code == UNREACHABLE:
            if len(_rows) >= MOST:
                _rows.clear()
            _rows[host] = _rows.get(host, (0,))[0] + 1, time.monotonic() + SECONDS, error.message
        raise
    _rows.pop(host, None)
