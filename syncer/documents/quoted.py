"""JSON, and JSON lines: strings. Nothing else of the text is touched, so what is odd about it stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from syncer.documents.forms import JSON, Form, decode
from syncer.documents.window import Piece, Window
from syncer.errors import ConfigError

MOST_NAMES = 12
"""Keys that a message names."""

_BETWEEN = re.compile(rb'[^"]*+')
_STRING = re.compile(rb'(?:[^"\\]|\\.)*+', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*+")


def cut(name: str, column: str | None) -> Callable[[Window], Iterator[Piece]]:
    """With a `column`, raises `ConfigError` at the end where no object had such a key."""
    return _all if column is None else lambda window: _Keyed(name, column).pieces(window)


def _all(window: Window) -> Iterator[Piece]:
    while window.at < len(window.held) or window.more():
        yield from window.skipped(_BETWEEN)
        if window.at < len(window.held):
            yield from _string(window, JSON)


def _string(window: Window, form: Form | None, *, chosen: bool = False) -> Iterator[Piece]:
    yield from window.passed(window.at + 1)
    yield from window.place(_STRING, form, chosen=chosen)
    yield from window.passed(min(window.at + 1, len(window.held)))


class _Keyed:
    """Only what stands under one key, in a list too."""

    def __init__(self, name: str, column: str) -> None:
        self._name = name
        self._column = column
        self._seen: dict[str, None] = {}
        self._met = False

    def pieces(self, window: Window) -> Iterator[Piece]:
        chosen = False
        while window.at < len(window.held) or window.more():
            found = _BETWEEN.match(window.held, window.at)
            chosen = chosen and b"}" not in (found[0] if found else b"")
            yield from window.skipped(_BETWEEN)
            if window.at == len(window.held):
                continue
            key = _key(window)
            if key is None:
                yield from _string(window, JSON if chosen else None, chosen=chosen)
                continue
            chosen = key == self._column
            self._met = self._met or chosen
            if len(self._seen) < MOST_NAMES:
                self._seen[key] = None
            yield from _string(window, None)
        self._check()

    def _check(self) -> None:
        if not self._met:
            shown = ", ".join(each if each.isprintable() else ascii(each)[1:-1] for each in self._seen)
            raise ConfigError(
                f'{self._name} has no key "{self._column}"; it has {shown or "none"}',
                code="config.document",
                hint="name one of them",
            )


def _key(window: Window) -> str | None:
    """The string that begins here, if it is the key of what follows; no key is long."""
    while True:
        string = _STRING.match(window.held, window.at + 1)
        space = _SPACE.match(window.held, string.end() + 1) if string else None
        if string and space and space.end() < len(window.held):
            if window.held[space.end() : space.end() + 1] != b":":
                return None
            return decode(string[0], JSON).text.decode("utf-8", "replace")
        if window.full or not window.more():
            return None
