"""Suggestions for unknown words, characters that pasting adds to a value, and counts in words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import islice

from syncer.settings.terminal import visible

MOST_NAMES = 12
"""Names in one message."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word that is closest to `word`, if any is close."""
    spellings = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), spellings, 1)
    return spellings[close[0]] if close else None


def named_first(names: Iterable[str]) -> str:
    """The first names, safe for a terminal; `none` if there are none."""
    return ", ".join(map(visible, islice(names, MOST_NAMES))) or "none"


_TYPED = "\"'`"
_TYPESET = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u300c\u300d"
"""The quotes of word processors, web pages and chats, which YAML and shells read as letters."""
QUOTES = _TYPED + _TYPESET
"""Quotes that copying may put around a value."""
_UNSEEN = r"\s\u200b-\u200f\u2060\ufeff"
_AROUND = re.compile(rf"[{_UNSEEN}]*(.*?)[{_UNSEEN}]*", re.DOTALL)


def bare_value(value: str) -> str:
    """The value without white space, invisible characters and pairs of quotes around it."""
    inner = _AROUND.fullmatch(value)
    value = inner[1] if inner else value
    quoted = len(value) > 1 and value[0] in _TYPED + _TYPESET and value[-1] in _TYPED + _TYPESET
    return bare_value(value[1:-1]) if quoted else value


def around(value: str) -> str | None:
    """What copying put around a value; the text does not repeat the value."""
    inner = bare_value(value)
    if inner == value or not inner:
        return None
    before, _, after = value.partition(inner)
    if quotes := [char for char in before + after if char in _TYPED + _TYPESET]:
        return f"the quotes {quotes[0]} and {quotes[-1]} are part of it"
    what = "a space" if (before + after).isspace() else "an invisible character"
    return f"{what} at its {'end' if after else 'start'} is part of it"


def typeset(value: str) -> bool:
    """Whether quotes that no keyboard has, or invisible characters, are around it by mistake."""
    inner = bare_value(value)
    before, _, after = value.partition(inner) if inner else ("", "", "")
    return bool(re.search(r"[\u200b-\u200f\u2060\ufeff" + _TYPESET + "]", before + after))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 file`, `2 files`; `many` where an s at the end is not enough: `file is`, `files are`."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
