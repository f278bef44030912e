"""The content of a document's pieces: bytes that stay, and links that may be replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from syncer.migrate.documents import nested, prose, serialized
from syncer.migrate.documents.emphasis import CONTEXT
from syncer.migrate.documents.ends import fragment_start
from syncer.migrate.documents.forms import PLAIN, Decoded, Form, decode, spell
from syncer.migrate.documents.prose import FoundLink, TextContext
from syncer.migrate.documents.serialized import Counted
from syncer.migrate.documents.window import Piece
from syncer.urls.links import LONGEST

Replace = Callable[[str], str | None]
"""The new URL for a link; `None` to keep the link."""

COUNTED = (
    "it is in a value serialised by PHP, which stores its length, and that value can't be read completely"
)


NO_LINK = "it has no link that begins with https:// or http://, and syncer replaces only such links"
CUT_OFF = "the text ends in the middle of it: its quote is not closed"

NOTHING = Decoded(b"")


@dataclass(frozen=True, slots=True)
class Passage:
    raw: bytes
    links: tuple[FoundLink, ...] = ()
    form: Form = PLAIN
    decoded: Decoded = NOTHING
    before: int = 0
    """Bytes of the decoded text that belong to the previous passage."""
    counted: tuple[Counted, ...] = ()
    hindrance: str | None = None
    """Why no link in it can be replaced."""

    def hindered(self, link: FoundLink) -> str | None:
        """Why it can't be replaced."""
        return self.hindrance or link.doubt or (COUNTED if link.counted and not self.counted else None)

    def place(self, link: FoundLink) -> tuple[int, int]:
        """Its start and end in `raw`."""
        return self._raw_range(link.start, link.end)

    def _raw_range(self, start: int, end: int) -> tuple[int, int]:
        return self.decoded.place(start) - self.before, self.decoded.place(end) - self.before

    def rewritten(self, replace: Replace) -> bytes:
        if not self.links:
            return self.raw
        edits: dict[int, tuple[int, bytes]] = {}
        grown = []
        for link in self.links:
            new = None if self.hindered(link) else replace(link.url)
            if new is None or new == link.url:
                continue
            text = spell(new.encode(), link.spelled)
            last = fragment_start(self.decoded.text, link.start, link.end)
            start, end = self._raw_range(link.start, last)
            old = self.raw[start:end]
            edits[start] = end, self.form.write(text, old, whole=old == self.raw and not self.before)
            grown.append((link.start, len(text) - (last - link.start)))
        lengths = serialized.lengths(self.decoded.text, self.counted, grown) if self.counted else {}
        for digits, new_length in lengths.items():
            start = self.decoded.place(digits)
            edits[start] = self.decoded.place(self.decoded.text.index(b":", digits)), new_length
        return _edited(self.raw, edits)


def passages(pieces: Iterable[Piece]) -> Iterator[Passage]:
    flow = _Flow()
    for piece in pieces:
        if piece.form is None:
            yield Passage(piece.raw)
        elif piece.begins and piece.ends:
            if b"s:" in piece.raw:
                yield from map(_whole, nested.inner_pieces(piece, piece.form))
            else:
                yield _whole(piece)
        else:
            yield flow.passage(piece, piece.form)


def _edited(raw: bytes, edits: dict[int, tuple[int, bytes]]) -> bytes:
    if not edits:
        return raw
    parts = []
    at = 0
    for start, (end, new) in sorted(edits.items()):
        parts += [raw[at:start], new]
        at = end
    return b"".join([*parts, raw[at:]])


def _whole(piece: Piece) -> Passage:
    form = piece.form
    if form is None:
        return Passage(piece.raw)
    decoded = decode(piece.raw, form)
    serial = serialized.looks(decoded.text)
    cell = piece.cell and not serial
    place = TextContext(cell=cell, chosen=piece.chosen, array=cell and bool(_ARRAY.match(decoded.text)))
    links, _ = prose.find(decoded.text, 0, place)
    if piece.chosen and not links and decoded.text.strip():
        links = [_unlinked(decoded.text)]
    links = _closed(links, decoded.text, piece)
    counted = serialized.strings(decoded.text) if serial and links else None
    unread = serial and counted is None
    told = tuple(links)
    if unread or b"s:" in decoded.text:
        told, _ = _counted(decoded.text, links, 0, by_line=form is PLAIN, stood=unread)
    return Passage(piece.raw, told, form, decoded, counted=tuple(counted or ()), hindrance=piece.hindrance)


def _unlinked(text: bytes) -> FoundLink:
    """The text of a chosen place without a link."""
    told = text.decode("utf-8", "replace").strip()[:LONGEST]
    return FoundLink(0, len(text), told, {}, doubt=NO_LINK, listed=True)


def _closed(links: list[FoundLink], text: bytes, piece: Piece) -> list[FoundLink]:
    """A link at the end of a text without its closing quote may not be complete."""
    if piece.cut_off and links and _MARKS.fullmatch(text, links[-1].end):
        return [*links[:-1], replace(links[-1], doubt=CUT_OFF, listed=True)]
    return links


_MARKS = re.compile(rb"[^\w\s\x80-\xff]*\s*")
_ARRAY = re.compile(rb"\s*+\{[^{}]*+(?:[{}][^{}]*+)*\}\s*+\Z")


def _counted(
    text: bytes, links: Iterable[FoundLink], at: int, *, by_line: bool, stood: bool = False
) -> tuple[tuple[FoundLink, ...], bool]:
    """Marks the links that follow the length of a PHP string; also returns whether the end does.

    `stood`: there is such a length before `at`. It may count for the rest of the place; in plain text, for
    the rest of the line.
    """
    told = []
    for link in links:
        stood = _stands(text, at, link.start, stood=stood, by_line=by_line)
        told.append(replace(link, counted=True) if stood else link)
        at = link.end
    return tuple(told), _stands(text, at, len(text), stood=stood, by_line=by_line)


def _stands(text: bytes, at: int, end: int, *, stood: bool, by_line: bool) -> bool:
    start = max(0, at - CONTEXT)  # `at` may be inside a length
    line = text.rfind(b"\n", start, end) if by_line else -1
    return (stood and line < at) or serialized.counts(text, max(start, line + 1), end)


class _Flow:
    """The passages of a place that is too large for memory."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._kept = b""
        self._before = 0
        """Bytes of `_kept` that were in the previous passage."""
        self._at = 0
        """Where to continue in the decoded `_kept`."""
        self._begins = True
        self._counted = False
        self._glued = False
        """Whether a link ends where to continue."""

    def passage(self, piece: Piece, form: Form) -> Passage:
        if piece.begins:
            self._start()
        raw, before = self._kept + piece.raw, self._before
        decoded = decode(raw, form)
        self._counted = self._counted or (piece.begins and serialized.looks(decoded.text))
        place = TextContext(self._begins, piece.ends, glued=self._glued)
        links, on = prose.find(decoded.text, self._at, place)
        links = _closed(links, decoded.text, piece)
        self._glued = links[-1].end == on if links else self._glued and on == self._at
        told, self._counted = _counted(
            decoded.text[:on], links, self._at, by_line=form is PLAIN, stood=self._counted
        )
        end = len(raw) if piece.ends else decoded.place(on)
        kept, held = decoded.boundary(max(0, on - CONTEXT))
        self._kept, self._before, self._at = raw[held:], end - held, on - kept
        self._begins = self._begins and not held
        return Passage(raw[before:end], told, form, decoded, before, hindrance=piece.hindrance)
