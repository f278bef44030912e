"""What an exception says, in words. Some have no text at all, or one with `None` in it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from syncer.unsaid import without_secrets

_WORDS: Mapping[type[BaseException], str] = {
    TimeoutError: "no answer in time",
    ConnectionRefusedError: "the connection is refused",
    ConnectionError: "the other side closed the connection",
    EOFError: "the other side closed the connection",
    PermissionError: "permission denied",
    FileNotFoundError: "no such file",
    MemoryError: "not enough memory",
}
"""For exceptions without a text. The first row that matches counts."""

_NOTHING = re.compile(r"""\[Errno [^\]]*\]|,? ?\bport=None|\(None\)|(?:[:=]\s*|^\s*)['"]?None['"]?\s*$""")
"""What says nothing to a reader."""
_EDGES = " \t:;,-"


def reason_of(error: BaseException) -> str:
    """One line, never empty: the text of the exception, or what its class means."""
    if said := reason_said(error):
        return said
    words = (words for kind, words in _WORDS.items() if isinstance(error, kind))
    return next(words, f"an error without a text ({type(error).__name__})")


def reason_said(error: BaseException) -> str:
    """The text of the exception in one line; empty if it has none."""
    if isinstance(error, OSError):
        return legible(_of_system(error))
    if len(error.args) > 1 and type(error).__str__ is BaseException.__str__:  # it would show a tuple
        return legible(" ".join(legible(str(each)) for each in error.args))
    return legible(str(error))


def legible(text: str) -> str:
    """The text in one line, without an empty beginning or end, and without secrets that a server repeats."""
    return " ".join(_NOTHING.sub("", without_secrets(text)).split()).strip(_EDGES)


def _of_system(error: OSError) -> str:
    if error.strerror and legible(error.strerror):
        return error.strerror
    if error.errno and error.errno > 0:
        return os.strerror(error.errno)
    # With two arguments its text has nothing but these two.
    return "" if len(error.args) > 1 else OSError.__str__(error)
