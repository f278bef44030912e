"""A row of a table that says what an error of a wire means."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    code: str
    """Such as `source.denied`; of S3 without the first word, as it is a source or a destination."""
    reason: str
    hint: str | None = None
    transient: bool = False
