"""JSON, and JSON lines: strings. Nothing else of the text is touched, so what is odd about it stays.

What is no JSON, such as a comment, is searched as plain text, and no string goes beyond its line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator

from syncer.errors import ConfigError
from syncer.migrate.documents.forms import JSON, PLAIN
from syncer.migrate.documents.window import DocumentWindow, Piece
from syncer.urls import headings

DEEPEST = 100_000

_STRING = re.compile(rb'(?:[^"\\\n]++|\\[^\n])*+')
_CALM = re.compile(rb'(?:[\s{}\[\],:0-9.+Eaeflnrstu-]++|"(?:[^"\\:\n]++|\\[^\n]|:(?![/\\&]))*+")*+')
"""What JSON is made of, and no string in which a link could be."""
_OUTSIDE = re.compile(rb'[^"\n]*+')
_SPACE = re.compile(rb"[ \t\r\n]*+")
_KEY = re.compile(rb'"([^"\\\n]{1,60})"\s*+:')
_LONGEST_KEY = 8192


def json_cutter(name: str, start: bytes, column: str | None) -> Callable[[DocumentWindow], Iterator[Piece]]:
    """With a `column`, raises `ConfigError` at the end where no object had such a key."""
    if column is None:
        return _all
    keys = [key.decode("utf-8", "replace") for key in dict.fromkeys(_KEY.findall(start))]
    return lambda window: _under(window, name, column, keys)


def _all(window: DocumentWindow) -> Iterator[Piece]:
    while window.next():
        yield from window.skipped(_CALM)
        if window.next() == b'"':
            yield from _string(window)
        else:
            yield from window.place(_OUTSIDE, PLAIN, cell=False)


def _string(window: DocumentWindow, *, dull: bool = False, chosen: bool = False) -> Iterator[Piece]:
    window.skip()
    yield from window.place(_STRING, None if dull else JSON, chosen=chosen)
    if window.next() != b"\n":
        window.skip()


def _under(window: DocumentWindow, name: str, column: str, keys: list[str]) -> Iterator[Piece]:
    """Only what stands under one key, in a list too."""
    key = _spellings(column)
    others = re.compile(rb'(?:[^"]++|"(?!%b")(?:[^"\\\n]++|\\[^\n])*+")*+' % key)
    exact = re.compile(rb'"%b"' % key)
    met = False
    while window.next():
        yield from window.skipped(others)
        if window.next() and (yield from _is_key(window, exact)):
            met = True
            yield from _value(window, exact, name)
    if not met:
        raise ConfigError(
            f'{name} has no key "{headings.without_query(column)}"; it has {headings.told_names(keys)}',
            code="config.document",
            hint="name one of them",
        )


def _spellings(key: str) -> bytes:
    """Each character of a key may be written as it is, or with an escape."""
    return b"".join(b"(?:%b)" % b"|".join(_ways(character)) for character in key)


def _ways(character: str) -> Iterator[bytes]:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    yield b"".join(rb"\\u(?i:%b)" % units[at : at + 4].encode() for at in range(0, len(units), 4))
    yield re.escape(json.dumps(character, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass"))
    if character == "/":
        yield rb"\\/"


def _is_key(window: DocumentWindow, exact: re.Pattern[bytes]) -> Generator[Piece, None, bool]:
    """Whether the string that comes next is that key. It is passed over, and so is the colon after it."""
    same = exact.match(window.next(_LONGEST_KEY))
    yield from _string(window, dull=True)
    yield from window.place(_SPACE, None)
    is_key = same is not None and window.next() == b":"
    if is_key:
        window.skip()
        yield from window.place(_SPACE, None)
    return is_key


_IN_LIST = re.compile(rb'[^"\[\]{},]*+')


def _value(window: DocumentWindow, exact: re.Pattern[bytes], name: str) -> Iterator[Piece]:
    """The value that comes next. In the objects of a list, what stands under the same key counts."""
    if window.next() == b'"':
        yield from _string(window, chosen=True)
    if window.next() != b"[":
        return
    window.skip()
    # Brackets that are open: `(` for a list that nobody asked for.
    around = bytearray(b"[")
    wanted, key_next = True, False
    while around:
        yield from window.place(_IN_LIST, None)
        byte = window.next()
        if not byte:
            return
        if byte == b'"' and key_next:
            wanted, key_next = (yield from _is_key(window, exact)), False
        elif byte == b'"':
            yield from _string(window, dull=not wanted, chosen=True)
        else:
            window.skip()
            wanted, key_next = _step(around, byte, wanted=wanted)
        if len(around) > DEEPEST:
            raise ConfigError(f"{name} is nested deeper than {DEEPEST} levels", code="config.document")


def _step(around: bytearray, byte: bytes, *, wanted: bool) -> tuple[bool, bool]:
    """Whether a string is wanted after that bracket or comma, and whether a key comes next."""
    if byte == b"{":
        around += b"{"
    elif byte == b"[":
        around += b"[" if wanted else b"("
    elif byte != b",":
        around.pop()
    inner = around[-1:]
    return inner == b"[", inner == b"{" and byte in b"{,"
