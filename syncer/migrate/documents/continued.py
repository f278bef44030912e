r"""Text after the end of a link that may be a part of it: `it''s/me.mp4`, `m.mp4\?rlkey\=1`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from syncer.migrate.documents.candidates import LinkKind, kind_of
from syncer.migrate.documents.ends import ENDINGS, GOES_ON, PARAMETER, QUERY, is_closed, why_doubted
from syncer.migrate.documents.escapes import AMP, ENTITY, entity_text, read_link
from syncer.migrate.documents.extent import SLASHES


def text_mark(text: bytes, start: int, after: int, end: int) -> int | None:
    r"""The position of a `\_` from which on it can't be told whether text begins.

    In Markdown it is an underscore, in YAML a no-break space. `after` is the start of the host.
    """
    if text.find(b"\\", after, end) < 0 or not _MARK.search(text, after, end):
        return None
    query = QUERY.search(text, after, end)
    path_end = query.start() if query else end
    tail = path_end if query else text.rfind(b"/", after, end)
    tail = max((found.start() for found in PARAMETER.finditer(text, path_end, end)), default=tail)
    mark = _NAMED_MARK.search(text, after, path_end) or _MARK.search(text, max(after, tail), end)
    if not mark:
        return None
    at = mark.start("mark")
    is_markdown = _is_enclosed(text, start, end) or (not query and _NAME.search(text, at, end))
    if is_markdown and not mark["name"]:
        return None
    return None if _kind(text[start:at]) is LinkKind.OTHER else at


def why_marked(text: bytes, at: int) -> str:
    mark = text[at : at + 2].decode()
    return (
        f"it can't be told whether `{mark}` is text (YAML writes a no-break space as `\\_`) or a part of the"
        f" link: write a space or `{mark[1:]}` instead"
    )


@dataclass(frozen=True, slots=True)
class Longer:
    """A link with the text that may be a part of it."""

    end: int
    url: str
    why: str


def continued(text: bytes, start: int, end: int, stop: int, most: int) -> Longer | None:
    """The longer link, if text from `stop` on may continue the link up to `end`."""
    broken = _BREAK.match(text, stop)
    if not broken:
        name = _NAME_ON.match(text, stop)
        if not name or _is_complete(text, start, end, value=True):
            return None
        return Longer(name.end(), _url(text[start : name.end()]), _why_named(text, stop, name.end()))
    longer = _longer(text, start, stop, most)
    rest = _MARK_OF_PROGRAMS.sub(_meant, text[stop:longer])
    is_more = GOES_ON.search(rest) or _NAME.search(rest)
    if not is_more and _is_complete(text, start, end, value=broken["apostrophe"] is not None):
        return None
    url = _url(text[start:longer])
    if _kind(text[start:end]) is kind_of(url) is LinkKind.OTHER:
        return None
    return Longer(longer, url, _why_broken(broken["spelled"]))


def _is_complete(text: bytes, start: int, end: int, *, value: bool) -> bool:
    """Whether it ends in the name of media; with `value`, or in a query that a store or a service wrote."""
    url = read_link(text[start:end])[0]
    return bool(_COMPLETE.search(text, start, end)) or (value and "?" in url and is_closed(url))


def closing_quote(text: bytes, at: int, most: int, quote: bytes) -> int:
    """The position of the quote that closes a string, before another link; -1 if there is none."""
    if quote != b"'":
        return text.find(quote, at, most)
    other = _ANCHOR.search(text, at, most)
    most = other.start() if other else most
    while True:
        at = text.find(quote, at, most)
        broken = _BREAK.match(text, at) if at >= 0 else None
        if not broken:
            return at
        at = broken.end()


def _longer(text: bytes, start: int, stop: int, most: int) -> int:
    """The end of the link with all text that may belong to it, in quotes also with spaces."""
    other = _ANCHOR.search(text, stop, most)
    limit = other.start() if other else most
    quote = text[max(0, start - 1) : start]
    quoted = _QUOTED_REST.match(text, stop, limit) if quote in (b"'", b'"') else None
    if quoted and text[quoted.end() : quoted.end() + 1] == quote:
        return quoted.end()
    rest = _REST.match(text, stop, limit)
    return stop + len(rest[0].rstrip(b"'.,;:!?)]*([")) if rest else stop


def _kind(raw: bytes) -> LinkKind:
    return kind_of(read_link(raw)[0])


def _url(raw: bytes) -> str:
    """The URL, with all escapes read."""
    read = _MARK_OF_PROGRAMS.sub(_meant, raw)
    return read_link(_ENTITY.sub(lambda each: (entity_text(each[0]) or "").encode(), read))[0]


def _is_enclosed(text: bytes, start: int, end: int) -> bool:
    """Whether it is alone in the brackets of Markdown."""
    return (text[max(0, start - 1) : start], text[end : end + 1]) in ((b"(", b")"), (b"<", b">"))


def _meant(mark: re.Match[bytes]) -> bytes:
    if mark["number"] or mark["octal"]:
        return bytes([int(mark["number"], 16) if mark["number"] else int(mark["octal"], 8)])
    return mark["mark"] or b"'"


def _why_broken(mark: bytes) -> str:
    found = _MARK_OF_PROGRAMS.fullmatch(mark)
    meant = entity_text(mark) if b"&" in mark[:1] else mark if mark >= b"\x80" else found and _meant(found)
    return _why(mark.decode("utf-8", "replace"), quote(meant or ""))


def _why_named(text: bytes, at: int, end: int) -> str:
    return _why("\\ ", "%20") if text[at : at + 1] == b"\\" else why_doubted(text, at, end)


def _why(shown: str, meant: str) -> str:
    return (
        f"it can't be told whether the text from `{shown}` on belongs to the link: put a space before it, or"
        f" write {meant} for `{shown}`"
    )


_HEX = rb"(?:2[13-689a-fA-F]|3[0-9abdfABDF]|[46][0-9a-fA-F]|5[0-9abdfABDF]|7[0-9aeAE])"
_APOSTROPHE = (
    rb"(?:'\"'\"'|'\\{1,8}''|'{1,2}|\\{1,8}(?:'|u0027|x27|047)|\xe2\x80[\x98\x99]"
    rb"|%b(?:apos|[rl]squo|#0{0,4}(?:39|821[67])|#[xX]0{0,4}(?:27|201[89]));)" % AMP
)
r"""How HTML, JSON, programs, the shell (`'\''`, `'"'"'`), SQL and YAML (`''`) write one."""
_MARKS = (
    rb"(?:(?P<apostrophe>%b)|\\{1,8}(?:(?P<mark>[!#$%%&()*+,./:;=?@~_-])|(?:x|u\{0{0,6}|U0{6})(?P<number>%b)\}?"
    rb"|(?P<octal>(?!04[027]|07[46]|13[46]|140|17[3-57])(?:0[4-7]|1[0-7])[0-7])))" % (_APOSTROPHE, _HEX)
)
_NEXT = (
    rb"(?!(?i:https?):|[\w:-]{1,40}=['\"])(?=\w|%%[0-9A-Fa-f]{2}|[/?-][\w%%]|&\w+=|\\{1,8}[=&?#%%/]|\.(?i:%b)(?![A-Za-z0-9]))"
    % ENDINGS
)
_BREAK = re.compile(rb"(?P<spelled>%b)%b" % (_MARKS, _NEXT))
"""An apostrophe or an escape that programs may write in a link, and more text."""
_ENTITY = re.compile(ENTITY)
_MARK_OF_PROGRAMS = re.compile(_MARKS)
_UNNAMED = re.sub(rb"\?P<\w+>", b"?:", _MARKS)
_REST = re.compile(rb"(?:[\w.~/?#&=+:@!$*%%,;()\[\]\x80-\xff-]++|%b)*+" % _UNNAMED)
_QUOTED_REST = re.compile(rb"(?:[ \w.~/?#&=+:@!$*%%,;()\[\]\x80-\xff-]++|%b%b)*+" % (_UNNAMED, _NEXT))
_ANCHOR = re.compile(rb"(?i:https?)%b" % SLASHES)
_NAME = re.compile(rb"\.(?i:%b)(?![A-Za-z0-9])" % ENDINGS)
_COMPLETE = re.compile(rb"\.(?i:%b)\Z" % ENDINGS)
_NAMED_MARK = re.compile(rb"(?P<name>\.(?i:%b))(?P<mark>\\[_*~])" % ENDINGS)
_MARK = re.compile(rb"(?P<name>)(?P<mark>\\[_*~])")
_NAME_ON = re.compile(
    rb"(?:%%|%b|\\{1,8} |\xef\xbc[\x88\x89\xbb\xbd]|\xe3\x80[\x88-\x91\x94-\x9b])"
    rb"[\w.%%&;#+/\x80-\xff-]{0,200}?\.(?i:%b)(?![A-Za-z0-9])" % (ENTITY, ENDINGS)
)
"""A name of media in which a character ends the link: `100%_off.mp4`, `rock&rsquo;n&rsquo;roll.mp4`."""
