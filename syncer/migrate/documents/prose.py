"""Links in text: where each begins and ends, and what it says.

Nothing but the text around a link says where it ends. What could be prose is not taken into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from syncer.urls.links import LONGEST, recognise

REACH = 6 * LONGEST
"""Bytes of the longest link, each character of it escaped."""
CONTEXT = 64
"""Bytes before a link that may say something of it."""


@dataclass(frozen=True, slots=True)
class FoundLink:
    start: int
    end: int
    url: str
    spelled: Mapping[bytes, bytes]
    """How it writes characters that it does not write as they are: `/` as `\\/`, `&` as `&amp;`."""
    counted: bool = False
    """The length of what it stands in stands before it, as PHP serialises strings."""


@dataclass(frozen=True, slots=True)
class TextContext:
    """What is known of the text that is searched."""

    begins: bool = True
    """It is there from its beginning."""
    ends: bool = True
    cell: bool = False
    """All of it may be one link: a cell, a string."""
    chosen: bool = False
    """The user said that links stand here."""


def find(text: bytes, at: int, place: TextContext) -> tuple[list[FoundLink], int]:
    """The links from `at` on, and from where to go on when there is more of the text."""
    found: list[FoundLink] = []
    while anchor := _ANCHOR.search(text, at):
        scheme = _SCHEME.search(text, max(at, anchor.start() - 5), anchor.start())
        start = scheme.start() if scheme else anchor.start()
        if not place.ends and start + REACH > len(text):
            return found, start
        if not scheme or _OTHER.search(text, max(0, start - CONTEXT), start):
            at = anchor.end()
            continue
        link, at = _link(text, start, anchor.end(), place)
        if link:
            found.append(link)
    return found, len(text) if place.ends else max(at, len(text) - CONTEXT)


_ANCHOR = re.compile(rb":(?:\\{0,8}/|\\{1,8}u002[fF]|&(?:#0{0,4}47|#[xX]0{0,4}2[fF]|sol);){2}")
_SCHEME = re.compile(rb"https?\Z", re.IGNORECASE)
_OTHER = re.compile(rb"(?:(?<!\\)(?<!\\u00[0-9a-fA-F])[A-Za-z0-9+]|blob:|filesystem:)\Z")
"""Before `http`: it belongs to another word, or to a URL that only a browser knows. What ends an escape is no
word."""
_HOST = re.compile(rb"[^/\\?#,.;:!&='()*]")
_BODY = re.compile(
    rb"(?:[!#-;=?-\[\]_a-z~\x80-\xff]++"
    rb"|\\[_*~]|\\{1,8}(?:/|u(?!00(?:[01][0-9a-fA-F]|2[027]|3[cCeE]|5[cCeE]|60|7[b-fB-F]))[0-9a-fA-F]{4}))++"
)
"""Whatever may stand in a URL, or does though it may not: not `"<>\\^{|}`, a backtick, or white space,
as they are or escaped. Markdown writes a backslash before what would emphasise."""
_CUT = re.compile(
    rb"&(?:quot|lt|gt|apos|nbsp|#0*(?:3[49]|6[02])|#[xX]0*(?:2[27]|3[cCeE]));"
    rb"|[,;](?=https?:\\{0,8}/)|'(?![A-Za-z0-9])"
    # No-break and zero-width space, marks of direction, quotes, ellipsis, line separators.
    rb"|\xc2\xa0|\xc2[\xab\xbb]|\xe2\x80[\x8b\x8e\x8f\x98-\x9f\xa6\xa8-\xae]|\xe2\x81[\xa0\xa6-\xa9]"
    # A byte order mark; stops and brackets of East Asia, full-width ones.
    rb"|\xef\xbb\xbf|\xe3\x80[\x80-\x82\x88-\x91\x94-\x9b]|\xef\xbc[\x81\x88\x89\x8c\x9a\x9b\x9e\x9f]"
)
_ODD = re.compile(rb"[,;'()\[\]\x80-\xff]")
"""One of these is in whatever ends a link, white space and such aside."""
_ENTITY = re.compile(rb"&[#A-Za-z0-9]{1,8};\Z")


def _link(text: bytes, start: int, after: int, place: TextContext) -> tuple[FoundLink | None, int]:
    """The link that begins there, and from where to look for the next."""
    before = text[start - 1 : start] if start else b""
    cut, stop = _extent(text, after, start + REACH, before)
    if stop >= start + REACH:
        return None, stop
    end = _trim(text, after, cut, _opened(text, start) if _MARKED.search(text, after, cut) else b"")
    if end == stop and text[stop : stop + 1] == b" ":
        end = _spaced(text, start, stop, before, place)
    if _is_all(text, start, place) and _MARKS.fullmatch(text, end):
        end = len(text.rstrip())
    if not _HOST.match(text, after, end) or text[end : end + 1] == b"{":
        return None, end
    url, spelled = _read(text[start:end])
    if len(url) > LONGEST:
        return None, stop
    return FoundLink(start, end, url, spelled), end


def _is_all(text: bytes, start: int, place: TextContext) -> bool:
    """Whether a cell or string is there as a whole, and begins with the link."""
    return place.cell and place.begins and place.ends and start <= CONTEXT and not text[:start].strip()


_MARKS = re.compile(
    rb"(?:[^\s\w\x80-\xff]|&(?:quot|lt|gt|apos);|\xe3\x80[\x81\x82]|\xef\xbc[\x81\x8c\x9f])*\s*"
)
"""Behind a link that fills a cell they are part of it: it is requested with them, and they are replaced with
it, so that the new URL answers.
"""


def _extent(text: bytes, after: int, most: int, before: bytes) -> tuple[int, int]:
    """Where the link is cut, and how far what may stand in a URL was followed.

    It is followed a little at a time, as links may stand close together with no space for megabytes.
    """
    reach = _FIRST_REACH
    while True:
        limit = min(after + reach, most)
        body = _BODY.match(text, after, limit)
        stop = body.end() if body else after
        cut = _cut(text, after, stop, before)
        if cut < stop - _LONGEST_MARK or stop < limit - _LONGEST_MARK or limit == most:
            return cut, stop
        reach *= 4


_FIRST_REACH = 512
_LONGEST_MARK = 32
"""Bytes of an escape or of what cuts a link: nearer to the limit, more text could change what was found."""


def _cut(text: bytes, after: int, stop: int, before: bytes) -> int:
    if not _ODD.search(text, after, stop):
        return stop
    cut = _CUT.search(text, after, stop)
    end = cut.start() if cut else stop
    if before == b"'":
        quote = text.find(b"'", after, end)
        end = end if quote < 0 else quote
    return _balanced(text, after, end)


def _balanced(text: bytes, after: int, end: int) -> int:
    """Where a bracket closes that was not opened in the link."""
    depth = {b")": 0, b"]": 0}
    for found in _BRACKET.finditer(text, after, end):
        closes = _CLOSES.get(found[0])
        if closes:
            depth[closes] += 1
        elif not depth[found[0]]:
            return found.start()
        else:
            depth[found[0]] -= 1
    return end


_BRACKET = re.compile(rb"[()\[\]]")
_CLOSES = {b"(": b")", b"[": b"]"}


def _opened(text: bytes, start: int) -> bytes:
    """Marks of emphasis (`_` and `~` of Markdown, WhatsApp, Slack) that began before the link, on its line.

    A link may well end in one: it is only taken for the end of what began.
    """
    line = text[max(0, start - CONTEXT) : start]
    line = line[max(line.rfind(b"\n"), line.rfind(b"\r")) + 1 :]
    return b"".join(mark for mark in (b"_", b"~") if _last(_BEGINS[mark], line) > _last(_ENDS[mark], line))


def _last(pattern: re.Pattern[bytes], line: bytes) -> int:
    return max((found.start() for found in pattern.finditer(line)), default=-1)


_MARKED = re.compile(rb"[_~][_~.,;:!?'*(\[]*\Z")
_BEGINS = {
    mark: re.compile(rb"(?<![A-Za-z0-9\x80-\xff%b])%b{1,3}(?=[^\s%b]|\Z)" % (mark, mark, mark))
    for mark in (b"_", b"~")
}
_ENDS = {
    mark: re.compile(rb"(?<=[^\s%b(\[])%b{1,3}(?![A-Za-z0-9\x80-\xff%b])(?!\Z)" % (mark, mark, mark))
    for mark in (b"_", b"~")
}


def _trim(text: bytes, after: int, end: int, opened: bytes) -> int:
    """Without the punctuation of the sentence, and the marks that end an emphasis."""
    while end > after and (text[end - 1] in b".,;:!?'*([" or text[end - 1] in opened):
        if text[end - 1] == ord(";") and _ENTITY.search(text, max(after, end - 10), end):
            break
        end -= 1
    return end


def _spaced(text: bytes, start: int, stop: int, before: bytes, place: TextContext) -> int:
    """The end of a link with spaces that nobody encoded, where its place shows how far it goes."""
    lenient = False
    closing = _CLOSING.get(before)
    if closing:
        limit = text.find(closing, stop, start + REACH)
    elif _is_all(text, start, place):
        limit, lenient = len(text.rstrip()), place.chosen
    elif before in (b"\n", b"\r") or (not start and place.begins) or _assigned(text, start, place):
        line = _LINE.search(text, stop, start + REACH)
        limit = stop + len(text[stop : line.start()].rstrip()) if line else -1
    else:
        limit = -1
    if not stop < limit <= start + REACH:
        return stop
    return limit if _is_one(text[start:limit], stop - start, lenient=lenient) else stop


_CLOSING = {b'"': b'"', b"'": b"'", b"`": b"`", b"<": b">"}
_LINE = re.compile(rb"[\r\n]|\Z")
_ASSIGNS = re.compile(rb"(?:[\r\n]|\A)(?:export )?[ \t]*[\w.-]{1,40}(?:=|:[ \t]+)\Z")


def _assigned(text: bytes, start: int, place: TextContext) -> bool:
    """`KEY=` or `key: ` is all that stands before it on its line."""
    found = _ASSIGNS.search(text[max(0, start - CONTEXT) : start])
    if found is None:
        return False
    whole = start <= CONTEXT and place.begins
    return whole or text[max(0, start - CONTEXT) + found.start()] in b"\r\n"


def _is_one(text: bytes, first: int, *, lenient: bool) -> bool:
    """Whether text with spaces is one link, and not a link and what is said of it.

    It is not complete before one of its spaces, and it is at its end; `lenient` forgoes the latter.
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


def _read(raw: bytes) -> tuple[str, dict[bytes, bytes]]:
    """The URL, and how it spells what it does not write as it is."""
    spelled: dict[bytes, bytes] = {}
    if b"\\" in raw or b"&" in raw:
        pieces = []
        at = 0
        for start, end, meant in _escapes(raw):
            spelled.setdefault(meant, raw[start:end])
            pieces += [raw[at:start], meant]
            at = end
        raw = b"".join([*pieces, raw[at:]])
    try:
        return raw.decode(), spelled
    except UnicodeDecodeError:
        # In another encoding: the bytes are what a server is asked for.
        return re.sub(rb"[\x80-\xff]", lambda found: b"%%%02X" % ord(found[0]), raw).decode(), spelled


def _escapes(raw: bytes) -> Iterator[tuple[int, int, bytes]]:
    for found in _ESCAPE.finditer(raw):
        if found["units"]:
            units = bytes.fromhex("".join(re.split(r"\\+u", found["units"].decode())[1:]))
            meant = units.decode("utf-16-be", "replace").encode()
        elif found["mark"]:
            meant = found[0][1:]
        else:
            meant = b"/" if found["slash"] else _entity(found[0])
        yield found.start(), found.end(), meant


def _entity(entity: bytes) -> bytes:
    """What it stands for in HTML."""
    return unescape(entity.decode()).encode()


_ESCAPE = re.compile(
    rb"(?P<units>\\{1,8}u[dD][89abAB][0-9a-fA-F]{2}\\{1,8}u[dD][c-fC-F][0-9a-fA-F]{2}|\\{1,8}u[0-9a-fA-F]{4})"
    rb"|(?P<slash>\\{1,8}/)|(?P<mark>\\[_*~])|&(?:amp|sol|equals|quest|lowbar"
    # & % + - . / : = ? _
    rb"|#0{0,4}(?:3[78]|4[35-7]|58|6[13]|95)|#[xX]0{0,4}(?:2[56bBdDeEfF]|3[aAdDfF]|5[fF]));"
)
