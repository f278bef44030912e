"""What the writer of an unknown word may have meant, or could have chosen."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

MOST_NAMES = 12
"""That one message names."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word that is closest to `word`, if any is close."""
    spellings = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), spellings, 1)
    return spellings[close[0]] if close else None


def named(names: Iterable[str]) -> str:
    """The first of them in a row, and visible; `none` if there are none."""
    first = islice(names, MOST_NAMES)
    return ", ".join(each if each.isprintable() else ascii(each)[1:-1] for each in first) or "none"
