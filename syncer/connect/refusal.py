"""A request that a server refuses, and what it was for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

Doing = tuple[str, str]
"""The request, as the end of "does not let us …", and the hint."""


class Refusal(Exception):  # noqa: N818 - reads as what happened
    """A server refused one request; the connection is fine."""

    doing: Doing | None = None
    """The request in words, if the caller adds it."""


@contextmanager
def asking(doing: Doing) -> Iterator[None]:
    """Add the request to refusals in the block, if they have none yet."""
    try:
        yield
    except Refusal as error:
        error.doing = error.doing or doing
        raise
