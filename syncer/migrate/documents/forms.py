"""How a place of a document writes text: which bytes it escapes, and how."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Form:
    escape: re.Pattern[bytes] | None = None
    """Pattern of an escape; `None` if there are none."""
    read: Callable[[bytes], bytes] = bytes
    """The meaning of an escape."""
    must: Mapping[bytes, bytes] | None = None
    """Bytes that must be escaped, and their escapes."""
    enclose: bool = False
    """A whole place may be written in double quotes instead."""
    inner: Form | None = None
    """The form of a string in the text of this place: JSON in a literal of SQL."""

    def write(self, text: bytes, old: bytes, *, whole: bool) -> bytes:
        """`text` as this place must write it, with the escapes of `old`; `whole`: it is the whole place."""
        if self.inner:
            outer = replace(self, inner=None)
            return outer.write(self.inner.write(text, decode(old, outer).text, whole=False), old, whole=False)
        must = self.must or {}
        if self.enclose and whole and any(byte in text for byte in must):
            return b'"' + text.replace(b'"', b'""') + b'"'
        spelled = {}
        if self.escape:
            spelled = {self.read(found): found for found in self.escape.findall(old)}
        return spell(text, {**must, **spelled})


@dataclass(frozen=True, slots=True)
class Decoded:
    """The decoded text of a place, and the original position of each byte."""

    text: bytes
    reads: Sequence[int] = (0,)
    """Start in the text of each stretch without escapes."""
    stands: Sequence[int] = (0,)
    """Start in the document of the same stretch."""

    def place(self, at: int) -> int:
        stretch = bisect_right(self.reads, at) - 1
        return self.stands[stretch] + at - self.reads[stretch]

    def found(self, place: int) -> int | None:
        """The position in the text of an original one; `None` inside of an escape."""
        stretch = bisect_right(self.stands, place) - 1
        at = self.reads[stretch] + place - self.stands[stretch]
        last = stretch == len(self.reads) - 1
        return at if last or at < self.reads[stretch + 1] else None

    def boundary(self, at: int) -> tuple[int, int]:
        """The last position up to `at`, in the text and in the document, that is surely outside an escape."""
        stretch = bisect_right(self.reads, at) - 1
        return (
            (at, self.place(at))
            if stretch == len(self.reads) - 1
            else (self.reads[stretch], self.stands[stretch])
        )


def decode(raw: bytes, form: Form) -> Decoded:
    if form.inner:
        outer = decode(raw, replace(form, inner=None))
        return _composed(outer, decode(outer.text, form.inner))
    if form.escape is None or not form.escape.search(raw):
        return Decoded(raw)
    text, reads, stands = bytearray(), array("q", [0]), array("q", [0])
    known: dict[bytes, bytes] = {}
    at = 0
    for found in form.escape.finditer(raw):
        escape = found[0]
        if escape not in known:
            known[escape] = form.read(escape)
        text += raw[at : found.start()]
        text += known[escape]
        at = found.end()
        reads.append(len(text))
        stands.append(at)
    text += raw[at:]
    return Decoded(bytes(text), reads, stands)


def _composed(outer: Decoded, inner: Decoded) -> Decoded:
    """The text of `inner` with the original positions of `outer`, whose text it decodes."""
    starts = {read: outer.place(stands) for read, stands in zip(inner.reads, inner.stands, strict=True)}
    for read, stands in zip(outer.reads, outer.stands, strict=True):
        at = inner.found(read)
        if at is not None:
            starts[at] = stands
    reads = sorted(starts)
    return Decoded(inner.text, reads, [starts[read] for read in reads])


def spell(text: bytes, spelled: Mapping[bytes, bytes]) -> bytes:
    """`text` with each byte replaced by its spelling in the table."""
    if not any(byte in text for byte in spelled):
        return text
    return b"".join(spelled.get(byte, byte) for byte in map(_BYTES.__getitem__, text))


_BYTES = [bytes([number]) for number in range(256)]


def _json(escape: bytes) -> bytes:
    """A single half of a surrogate pair stays a half."""
    if escape[1:2] != b"u":
        return _CONTROLS.get(escape[1:2], escape[1:])
    units = b"".join(bytes.fromhex(unit.decode()) for unit in escape.split(rb"\u")[1:])
    return units.decode("utf-16-be", "surrogatepass").encode("utf-8", "surrogatepass")


_CONTROLS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_SQL_CONTROLS = {b"0": b"\0", b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"Z": b"\x1a"}


def _sql(escape: bytes) -> bytes:
    return escape[1:] if escape[:1] != b"\\" else _SQL_CONTROLS.get(escape[1:], escape[1:])


def _copied(escape: bytes) -> bytes:
    return _CONTROLS.get(escape[1:], escape[1:])


PLAIN = Form()
JSON = Form(
    re.compile(
        rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL
    ),
    _json,
    {b'"': rb"\"", b"\\": rb"\\"},
)
QUOTED = Form(re.compile(rb'""'), lambda _: b'"', {b'"': b'""'})
"""A CSV cell in quotes."""
_BACKSLASH = rb"\\(?!u[0-9a-fA-F]{4})."
r"""`\u003e` is no escape of SQL: such a literal holds JSON, of a database without escapes."""
SQL = Form(re.compile(rb"%b|''" % _BACKSLASH, re.DOTALL), _sql, {b"'": b"''", b"\\": rb"\\"})
SQL_DOUBLE = Form(re.compile(rb'%b|""' % _BACKSLASH, re.DOTALL), _sql, {b'"': b'""', b"\\": rb"\\"})
SQL_STANDARD = Form(re.compile(rb"''"), lambda _: b"'", {b"'": b"''"})
"""Dialects without backslash escapes."""
DOLLAR_QUOTED = Form(must={b"$": b"%24"})
"""PostgreSQL's `$$…$$`, which has no escapes."""
Q_QUOTED = Form()
"""Oracle's `q'[…]'`, which has no escapes."""
COPIED = Form(re.compile(rb"\\.", re.DOTALL), _copied, {b"\\": rb"\\"})
"""PostgreSQL's COPY."""


def bare_cell(delimiter: bytes) -> Form:
    """A CSV cell without quotes."""
    return Form(None, bytes, {byte: b"%%%02X" % ord(byte) for byte in (delimiter, b'"')}, enclose=True)
