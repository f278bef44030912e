"""A row of a table from a server's errors to ours."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    code: str
    """Such as `source.denied`. The table of S3 leaves out the first word: the caller is a source or a
    destination.
    """
    reason: str
    hint: str | None = None
    transient: bool = False
    destination_hint: str | None = None
    """At a destination, in place of `hint`."""
