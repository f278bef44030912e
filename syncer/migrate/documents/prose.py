"""Links in text: the start, the end and the URL of each.

Only the text around a link shows where it ends. Text that could be prose is not part of the link.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from syncer.migrate.documents import emphasis
from syncer.migrate.documents.begins import LONGEST_SCHEME, SCHEME, doubted_start
from syncer.migrate.documents.candidates import LinkKind, kind_of
from syncer.migrate.documents.continued import closing_quote, continued, text_mark, why_marked
from syncer.migrate.documents.emphasis import CONTEXT, opened
from syncer.migrate.documents.ends import (
    MAIL,
    Ending,
    LinkPlace,
    broken_in_mail,
    ending,
    is_closed,
)
from syncer.migrate.documents.escapes import read_link
from syncer.migrate.documents.extent import SLASHES, extent, trim
from syncer.urls.links import LONGEST, recognise

REACH = 6 * LONGEST
"""Bytes of the longest link if each of its characters is escaped."""


@dataclass(frozen=True, slots=True)
class FoundLink:
    start: int
    end: int
    url: str
    spelled: Mapping[bytes, bytes]
    """The characters that it escapes, and how: `/` as `\\/`, `&` as `&amp;`."""
    counted: bool = False
    """It is in a string serialised by PHP, with its length before it."""
    doubt: str | None = None
    """Why it can't be told where it ends, or that it is a link."""
    listed: bool = False
    """It is listed, whatever it leads to."""
    longer: str | None = None
    """Its URL with the text of which it can't be told whether it belongs to it."""


@dataclass(frozen=True, slots=True)
class TextContext:
    """The context of the searched text."""

    begins: bool = True
    """It contains the start of the place."""
    ends: bool = True
    cell: bool = False
    """The whole text may be one link: a cell, a string."""
    chosen: bool = False
    """The user said that links are here."""
    array: bool = False
    """It is an array of PostgreSQL: `{a,b}`."""
    glued: bool = False
    """The search begins at the end of a link."""


def find(text: bytes, at: int, place: TextContext) -> tuple[list[FoundLink], int]:
    """The links from `at` on, and the position to continue at when there is more text."""
    found: list[FoundLink] = []
    glued = at if place.glued else -1
    while anchor := _ANCHOR.search(text, at):
        scheme = SCHEME.search(text, max(at, anchor.start() - LONGEST_SCHEME), anchor.start())
        start = scheme.start() if scheme else anchor.start()
        if not place.ends and start + REACH > len(text):
            return found, start
        if not scheme:
            at = anchor.end()
            continue
        link, at = _link(text, start, anchor.end(), place)
        why = doubted_start(text, start, glued=start == glued, escape=scheme["escape"])
        if why and link:
            link = _media(replace(link, url=_COLON.sub(":", link.url, 1), doubt=why))
        if link:
            found.append(link)
            glued = at
    return found, len(text) if place.ends else max(at, len(text) - CONTEXT)


_ANCHOR = re.compile(SLASHES)
_COLON = re.compile(r"\\+:")


def _media(link: FoundLink) -> FoundLink | None:
    """The link, if it may lead to media."""
    kinds = {kind_of(link.url), kind_of(link.longer or "")}
    return None if kinds == {LinkKind.OTHER} else link


_HOST = re.compile(rb"[^/\\?#,.;:!&='()*]")


def _link(text: bytes, start: int, after: int, place: TextContext) -> tuple[FoundLink | None, int]:
    """The link that begins at `start`, and the position to search the next one from."""
    before = text[start - 1 : start] if start else b""
    cut, stop = extent(text, after, start + REACH, before)
    if stop >= start + REACH:
        return None, stop
    marks = opened(text, start) if emphasis.MARKED.search(text, after, cut) else b""
    end = trim(text, after, cut, marks)
    if end == stop and text[stop : stop + 1] == b" ":
        end = _spaced(text, start, stop, before, place)
    if not _HOST.match(text, after, end):
        return None, end
    if broken := broken_in_mail(text, start, end, start + REACH):
        link = _read(broken[0], start, broken[1], MAIL)
        return link and replace(link, longer=read_link(text[start : end - 1])[0]), broken[1]
    last = trim(text, after, end, marks)
    told = _told(text, start, after, last, _around(text, start, end, before, place))
    if told.doubt:
        return _doubted(text, start, told.at, end, told.doubt), end
    if told.at < last:
        end = trim(text, after, told.at, marks)
        return _read(text, start, end), end
    return _all(text, start, end, max(cut, end), place)


def _told(text: bytes, start: int, after: int, end: int, around: LinkPlace) -> Ending:
    mark = text_mark(text, start, after, end)
    return ending(text, start, after, end, around) if mark is None else Ending(mark, why_marked(text, mark))


def _all(text: bytes, start: int, end: int, stop: int, place: TextContext) -> tuple[FoundLink | None, int]:
    """The link that goes up to `end`, before marks up to `stop`; or up to the end of a cell that it fills."""
    if text[end : end + 1] == b"{":
        return _doubted(text, start, end, end, TEMPLATE), end
    if more := continued(text, start, end, stop, start + REACH):
        link = _doubted(text, start, end, more.end, more.why)
        return link and replace(link, longer=more.url[:LONGEST]), more.end
    if _is_all(text, start, place) and _MARKS.fullmatch(text, end):
        last = _with_marks(text, start, end)
        if last is None:
            return _doubted(text, start, end, len(text.rstrip()), MARKED), len(text)
        end = last
    return _read(text, start, end), end


def _read(text: bytes | str, start: int, end: int, doubt: str | None = None) -> FoundLink | None:
    """The link there; `None` if it is too long. A text that is not bytes is its URL."""
    url, spelled = read_link(text[start:end]) if isinstance(text, bytes) else (text, {})
    return FoundLink(start, end, url, spelled, doubt=doubt) if len(url) <= LONGEST else None


def _with_marks(text: bytes, start: int, end: int) -> int | None:
    """The end of a link that fills a cell; `None` if only the link without its marks leads to media."""
    last = len(text.rstrip())
    url = read_link(text[start:end])[0]
    if last == end or is_closed(url):
        return end
    lost = kind_of(read_link(text[start:last])[0]) is LinkKind.OTHER and kind_of(url) is not LinkKind.OTHER
    return None if lost else last


MARKED = "it can't be told whether the marks after it belong to the link"
TEMPLATE = "a `{` follows it, so it may be the start of a template"


def _around(text: bytes, start: int, end: int, before: bytes, place: TextContext) -> LinkPlace:
    closing = _CLOSING.get(before)
    is_quoted = closing is not None and text[end : end + 1] == closing
    is_whole = is_quoted or (_is_all(text, start, place) and end == len(text.rstrip()))
    return LinkPlace(is_whole, place.array and before in (b"{", b","))


def _doubted(text: bytes, start: int, sure: int, end: int, doubt: str) -> FoundLink | None:
    """A link whose end is not sure: between `sure` and `end`."""
    found = _read(text, start, sure, doubt)
    longer = read_link(text[start:end])[0][:LONGEST]
    return replace(found, end=end, longer=longer) if found else None


def _is_all(text: bytes, start: int, place: TextContext) -> bool:
    """Whether the text is a whole cell or string that begins with the link."""
    return place.cell and place.begins and place.ends and start <= CONTEXT and not text[:start].strip()


_MARKS = re.compile(
    rb"(?:[^\s\w\x80-\xff%>\]}]|&(?:quot|apos);|\xe3\x80[\x81\x82]|\xef\xbc[\x81\x8c\x9f])*\s*"
)
"""After a link that fills a cell, these marks are part of it: it is requested with them and replaced with
them, so that the new URL works. What closes a tag or a template is not.
"""


def _spaced(text: bytes, start: int, stop: int, before: bytes, place: TextContext) -> int:
    """The end of a link with unencoded spaces, if its place shows where it ends."""
    lenient = False
    closing = _CLOSING.get(before)
    if closing:
        limit = closing_quote(text, stop, start + REACH, closing)
    elif _is_all(text, start, place):
        limit, lenient = len(text.rstrip()), place.chosen
    elif before in (b"\n", b"\r") or (not start and place.begins) or _assigned(text, start, place):
        line = _LINE.search(text, stop, start + REACH)
        limit = stop + len(text[stop : line.start()].rstrip()) if line else -1
    else:
        limit = -1
    if not stop < limit <= start + REACH:
        return stop
    if not _is_one(text[start:limit], stop - start, lenient=lenient):
        return stop
    return text.find(closing, stop, limit + 1) if closing else limit


_CLOSING = {b'"': b'"', b"'": b"'", b"`": b"`", b"<": b">"}
_LINE = re.compile(rb"[\r\n]|\Z")
_ASSIGNS = re.compile(rb"(?:[\r\n]|\A)(?:export )?[ \t]*[\w.-]{1,40}(?:=|:[ \t]+)\Z")


def _assigned(text: bytes, start: int, place: TextContext) -> bool:
    """Whether only `KEY=` or `key: ` precedes it on its line."""
    found = _ASSIGNS.search(text[max(0, start - CONTEXT) : start])
    if found is None:
        return False
    whole = start <= CONTEXT and place.begins
    return whole or text[max(0, start - CONTEXT) + found.start()] in b"\r\n"


def _is_one(text: bytes, first: int, *, lenient: bool) -> bool:
    """Whether text with spaces is one link rather than a link followed by prose.

    It must not be complete before one of its spaces, and it must be complete at its end; `lenient` drops the
    second condition.
    """
    if _STRANGE.search(text, 8):
        return False
    path, mark, _ = text.partition(b"?")
    words = list(_WORD.finditer(path))[:-1]
    if first >= len(path) or len(words) > _MOST_WORDS or any(_ENDING.search(path[: w.end()]) for w in words):
        return False
    if b"/" not in text[8:first] or not (lenient or mark or _ENDING.search(path)):
        return False
    return not recognise(text[:first].decode("utf-8", "replace")).answers


_STRANGE = re.compile(rb"[\r\n\t<>\"`{|}]|:\\{0,8}/\\{0,8}/")
_WORD = re.compile(rb"[^ ]+")
_ENDING = re.compile(rb"/[^/]*\.[A-Za-z][A-Za-z0-9]{1,4}\Z")
_MOST_WORDS = 64
