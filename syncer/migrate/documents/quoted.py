"""The strings of JSON and JSON lines. All other text stays unchanged, even if it is odd.

Text that is not JSON, such as a comment, is searched as plain text. No string continues on the next line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Iterator

from syncer.errors import ConfigError
from syncer.migrate.documents.forms import JSON, PLAIN
from syncer.migrate.documents.window import DocumentWindow, Piece
from syncer.settings.masked import masked
from syncer.urls import headings

DEEPEST = 100_000

_STRING = re.compile(rb'(?:[^"\\\n]++|\\[^\n])*+')
_CALM = re.compile(
    rb'(?:[\s{}\[\],:0-9.+Eaeflnrstu-]++|"(?:[^"\\:\n]++|\\(?!u003[aA])[^\n]|:(?![/\\&]))*+")*+'
)
"""Parts of JSON that can't contain a link."""
_OUTSIDE = re.compile(rb'[^"\n]*+')
_SPACE = re.compile(rb"[ \t\r\n]*+")
_KEY = re.compile(rb'"([^"\\\n]{1,60})"\s*+:')
_LONGEST_KEY = 8192


def json_cutter(name: str, start: bytes, column: str | None) -> Callable[[DocumentWindow], Iterator[Piece]]:
    """With a `column`, raises `ConfigError` at the end if no object has this key."""
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
    yield from window.place(_STRING, None if dull else JSON, chosen=chosen, closing=b'"')
    if window.next() != b"\n":
        window.skip()


def _under(window: DocumentWindow, name: str, column: str, keys: list[str]) -> Iterator[Piece]:
    """Only the values of one key, also in a list."""
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
            f'{name} has no key "{masked(column)}"; it has {headings.told_names(keys)}',
            code="config.document",
            hint="give one of them",
        )


def _spellings(key: str) -> bytes:
    """A pattern of the key: each character may be written plainly or as an escape."""
    return b"".join(b"(?:%b)" % b"|".join(_ways(character)) for character in key)


def _ways(character: str) -> Iterator[bytes]:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    yield b"".join(rb"\\u(?i:%b)" % units[at : at + 4].encode() for at in range(0, len(units), 4))
    yield re.escape(json.dumps(character, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass"))
    if character == "/":
        yield rb"\\/"


def _is_key(window: DocumentWindow, exact: re.Pattern[bytes]) -> Generator[Piece, None, bool]:
    """Whether the next string is that key. Skips it, and the colon after it."""
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
    """The next value. In a list of objects, the values of the same key count."""
    if window.next() == b'"':
        yield from _string(window, chosen=True)
    if window.next() != b"[":
        return
    window.skip()
    # Open brackets; `(` is a list that does not count.
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
    """Whether a string after this bracket or comma counts, and whether a key comes next."""
    if byte == b"{":
        around += b"{"
    elif byte == b"[":
        around += b"[" if wanted else b"("
    elif byte != b",":
        around.pop()
    inner = around[-1:]
    return inner == b"[", inner == b"{" and byte in b"{,"
