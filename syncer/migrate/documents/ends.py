r"""Where a link surely ends: text that touches it, such as `,keep`, is neither removed nor lost. Pure.

The name of a file ends at its ending of media (`/a.mp4,hello`). The query of a known store ends at the
first character that the store does not write (`?usp=sharing,keep`). In any other query a comma may be part of
a value or the start of text: such a link stays and is listed, unless its place shows that it is part of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from syncer.migrate.documents.escapes import AMP, AMPERSAND, ENTITY, HASH, read_link
from syncer.urls.links import Link, delivery, recognise

MAIL = "the text looks like quoted-printable mail, which cuts links in pieces: decode it first"


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """What the text around a link shows."""

    whole: bool = False
    """The link alone is in quotes, or is all of a cell."""
    listed: bool = False
    """It is an element without quotes of an array of PostgreSQL, which quotes elements with a comma."""


@dataclass(frozen=True, slots=True)
class Ending:
    at: int
    doubt: str | None = None
    """Why it can't be told where the link ends; the link surely goes up to `at`."""


def ending(text: bytes, start: int, after: int, end: int, place: LinkPlace) -> Ending:
    """Where the link from `start` ends, at `end` or before; `after` is the start of its host."""
    mark = QUERY.search(text, after, end)
    path_end = mark.start() if mark else end
    if _MAIL.fullmatch(text, path_end, end):
        return Ending(path_end, MAIL)
    surplus = _SURPLUS.search(text, path_end, end) if text[end - 1 : end] == b"=" else None
    if surplus and _is_shared(recognise(_url(text, start, surplus.start("marks")))):
        end = surplus.start("marks")
    if not _ODD.search(text, after, end):
        return Ending(end)
    named = _NAMED.search(text, after, path_end)
    if named:
        return _after_name(text, start, named.end(), end, place)
    return _after_path(text, start, after, path_end, end) or _after_query(text, start, path_end, end, place)


_SURPLUS = re.compile(rb"[?&;][\w.-]+=[^=&]+(?P<marks>=+)\Z")
"""An equals sign after a value. Signatures end in it, but no parameter of a service for sharing."""


def is_closed(url: str) -> bool:
    """Whether it opens without the marks after it: a store wrote its query, or a service its path."""
    link = recognise(url)
    return _is_shared(link) or ("?" in url and _is_known(url))


def broken_in_mail(text: bytes, start: int, end: int, most: int) -> tuple[str, int] | None:
    """The URL and the end of a link that a soft line break of quoted-printable cuts.

    That is an equals sign at the end of a line of at most 76 bytes.
    """
    if text[end - 1 : end] != b"=" or text[end : end + 1] not in (b"\r", b"\n"):
        return None
    if _BARE_EQUALS.search(text, start, end - 1):
        return None
    if text.rfind(b"\n", max(0, end - _MAIL_LINE - 1), start) < 0 and end > _MAIL_LINE:
        return None
    joined, at = [text[start : end - 1]], end
    while (more := _NEXT_LINE.match(text, at, most)) and more.end() > more.end("break"):
        joined.append(more["part"].removesuffix(b"="))
        at = more.end()
        if not more["part"].endswith(b"="):
            break
    return (read_link(b"".join(joined).replace(b"=3D", b"="))[0], at) if at > end else None


_MAIL_LINE = 76
_BARE_EQUALS = re.compile(rb"=(?![0-9A-F]{2})")
"""Such a mail has none in a line."""
_NEXT_LINE = re.compile(rb"(?P<break>\r?\n)(?!(?i:https?):)(?P<part>[!#-;?-\[\]_a-z~=]*+)")


def _after_name(text: bytes, start: int, at: int, end: int, place: LinkPlace) -> Ending:
    """The name's ending of media is followed by a character that is rare in links."""
    if place.listed and text[at : at + 1] == b",":
        return Ending(at)
    if not _HARD.match(text, at, end):
        # The server knows `photo.jpg:large`, or says that it does not.
        is_proven = _delivers(_url(text, start, end))
        return Ending(end) if is_proven else Ending(at, why_doubted(text, at, end))
    return Ending(at, why_doubted(text, at, end) if GOES_ON.search(text, at, end) else None)


def _after_path(text: bytes, start: int, after: int, path_end: int, end: int) -> Ending | None:
    """Only a shared link is opened by a part of its path; otherwise the server knows the whole path."""
    at = _end_of(_PATH, text, after, path_end)
    if at >= path_end:
        return None
    link = recognise(_url(text, start, at))
    if not _is_shared(link):
        return None
    is_text = _HARD.match(text, at, end) and link.kind.startswith("drive-")
    return Ending(at, None if is_text and not GOES_ON.search(text, at, end) else why_doubted(text, at, end))


def _after_query(text: bytes, start: int, path_end: int, end: int, place: LinkPlace) -> Ending:
    at = path_end
    known: bool | None = None
    named = _last_parameter(text, path_end, end) if place.whole else -1
    while True:
        at = _end_of(_VALUES, text, at, end)
        if at >= end:
            return Ending(end)
        if not place.listed and (times := _times_end(text, path_end, at, end)) > at:
            at = times
            continue
        is_hard = bool(_HARD.match(text, at, end))
        if place.listed and text[at : at + 1] == b",":
            return Ending(at)
        if at < named:  # text rarely has `&name=`, and never in the quotes of a link
            at += 1
            continue
        known = _is_known(_url(text, start, at)) if known is None else known
        if known and is_hard and not PARAMETER.search(text, at, end):
            return Ending(at)
        if place.whole and not known and _VALUE_LIST.match(text, _value_start(text, path_end, at), end):
            return Ending(end)
        return Ending(at, why_doubted(text, at, end))


def _times_end(text: bytes, path_end: int, at: int, end: int) -> int:
    """The end of a media fragment around `at`, or -1: `#t=5,10`."""
    mark = text.rfind(b"#", max(path_end, at - _LONGEST_TIME), at)
    found = _TIMES.match(text, mark, end) if mark >= 0 else None
    return found.end() if found else -1


_LONGEST_TIME = 40
_TIMES = re.compile(
    rb"#(?:t=(?:npt:)?(?:[0-9][0-9.:]{0,15})?s?(?:,[0-9](?:[0-9.:]{0,14}[0-9])?s?)?"
    rb"|xywh=(?:pixel:|percent:)?[0-9.]{1,8}(?:,[0-9]{1,8}(?:\.[0-9]{1,8})?){3})"
)


def fragment_start(text: bytes, start: int, end: int) -> int:
    """Where the fragment of a link begins, or its end: no server sees it, so it stays behind a new URL. A
    fragment that names the object belongs to the link.
    """
    mark = _FRAGMENT.search(text, start, end)
    if mark is None:
        return end
    is_same = (
        recognise(_url(text, start, mark.start())).identity == recognise(_url(text, start, end)).identity
    )
    return mark.start() if is_same else end


_FRAGMENT = re.compile(rb"%b|\\{1,8}u0023|%b(?:num|#0{0,4}35|#[xX]0{0,4}23);" % (HASH, AMP))


def _end_of(pattern: re.Pattern[bytes], text: bytes, at: int, end: int) -> int:
    found = pattern.match(text, at, end)
    return found.end() if found else at


def _last_parameter(text: bytes, at: int, end: int) -> int:
    return max((found.start() for found in PARAMETER.finditer(text, at, end)), default=-1)


def _value_start(text: bytes, path_end: int, at: int) -> int:
    """The start of the parameter around `at`."""
    return max(path_end, *(text.rfind(mark, path_end, at) for mark in (b"?", b"&", b"#", b";")))


def _url(text: bytes, start: int, end: int) -> str:
    return read_link(text[start:end])[0]


def _delivers(url: str) -> bool:
    return delivery.serves(url.partition("://")[2], "")


def _is_shared(link: Link) -> bool:
    return link.file and link.bucket is None and not link.signed and link.kind != "plain"


@lru_cache(maxsize=1024)  # documents repeat their links
def _is_known(url: str) -> bool:
    """Whether the characters of its query are known: a store or a service for sharing wrote it."""
    link = recognise(url)
    if _is_shared(link):
        return True
    return link.file and (link.signed or link.bucket is not None) and not _delivers(url)


def why_doubted(text: bytes, at: int, end: int) -> str:
    """Why the link may end at `at`. It shows one word at most, as more may be a part of a signature."""
    rest = read_link(text[at:end])[0]
    word = _WORD.fullmatch(rest)
    first = rest[:1]
    what = f"`{rest}`" if word else f"the text from `{first}` on"
    change = f"put a space between the link and `{first}`, or write {quote(first, safe='')} for `{first}`"
    return f"it can't be told whether {what} belongs to the link: {change}"


_WORD = re.compile(r"[^\w\s]?[^\W\d_]{1,12}")
_UNIT = rb"\\{1,8}u"
QUERY = re.compile(
    rb"\?|%b|%b(?:003[fF]|0023)|%b(?:quest|num|#0{0,4}(?:63|35)|#[xX]0{0,4}(?:3[fF]|23));"
    % (HASH, _UNIT, AMP)
)
"""The start of a query or fragment."""
_SOUND = (
    rb"%b|%b(?:sol|equals|quest|lowbar|num|percnt|plus|period|dollar"
    rb"|#0{0,4}(?:3[5-8]|4[35-9]|5[0-7]|6[135-9]|[78][0-9]|9[057-9]|1[01][0-9]|12[0-2])"
    rb"|#[xX]0{0,4}(?:2[3-6bBdDeEfF]|3[0-9dDfF]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aA]));"
    rb"|\\{1,8}/|\\[_~]|(?!%b)"
    rb"%b00(?:2[3-6bBdDeEfF]|3[0-9dDfF]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])"
    % (AMPERSAND, AMP, ENTITY, _UNIT)
)
"""Escapes of characters that end no link."""
_HARD = re.compile(rb"[,;\x80-\xff]|%b|%b(?:002[cC]|003[bB]|(?!00[0-7])[0-9a-fA-F]{4})" % (ENTITY, _UNIT))
"""Characters that stores encode: text often begins with one."""
_SOFT = rb"[:!@=&*$'(\[+]|\\\*"
"""Characters that some links have, after a name or in a query."""
_ODD = re.compile(rb"[,;:!@*$'()\[\]&=+\x80-\xff]|\\\*|%b" % _UNIT)
ENDINGS = (
    rb"mp4|m4v|mov|webm|jpe?g|webp|png|gif|heic|heif|avif|avi|mkv|qt|mpe?g|wmv|flv|3gp|jfif|tiff?|bmp|svg"
)
_NAMED = re.compile(
    rb"\.(?i:%b)(?=%b|%b0026|(?!%b)(?:%b|%b))" % (ENDINGS, AMPERSAND, _UNIT, _SOUND, _HARD.pattern, _SOFT)
)
"""An ending of media, directly followed by a character that is rare in names. A slash before it is not
needed: the host of a link ends in none of them."""
GOES_ON = re.compile(
    rb"[/?=]|%b|&(?!#?\w{2,32};)|%b|%b(?:sol|equals|quest|num|#0{0,4}(?:35|47|6[13])"
    rb"|#[xX]0{0,4}(?:2[3fF]|3[dDfF]));|(?!%b)%b00(?:2[3fF6]|3[fFdD])" % (HASH, AMPERSAND, AMP, ENTITY, _UNIT)
)
"""In text after a link, this may mean that the link goes on."""
PARAMETER = re.compile(
    rb"%b[A-Za-z_][\w.-]*+(?:=|%b003[dD]|%b(?:equals|\#0{0,4}61|\#[xX]0{0,4}3[dD]);)" % (AMP, _UNIT, AMP)
)
_PATH = re.compile(rb"(?:[A-Za-z0-9%%._~/=?#-]++|(?<=/):[a-z]:(?=\\{0,8}/)|(?<=/[a-z])!|%b)*+" % _SOUND)
_VALUES = re.compile(
    rb"(?:[A-Za-z0-9%%=._~+/#-]++"
    # OneDrive: an id with a mark. Tencent: pairs of times, names of headers. Azure: a time. Akamai: a path.
    rb"|(?:\?|%b)(?:resid|id|cid)=[0-9A-Fa-f]++!s?[0-9a-f]++|(?<=authkey=)!"
    rb"|(?:(?<=-sign-time=\d{10})|(?<=-key-time=\d{10}));(?=\d{10}[&\\])"
    rb"|%bq-(?:header|url-param)-list=[\w%%.;-]*+(?=&)"
    rb"|(?:(?<=T\d\d)|(?<=T\d\d%%3A\d\d)|(?<=T\d\d:\d\d)):(?=\d\d)|(?<=[/\w])\*(?=~(?:hmac|data|id)=)"
    # A name with an index, and another URL as a value.
    rb"|\[\w*\](?==|%%3D)|(?:(?<==https)|(?<==http)|(?<=/https)|(?<=/http)):(?=\\{0,8}/)"
    rb"|%b|\?|&(?!\#|[A-Za-z][A-Za-z0-9]{1,31};))*+" % (AMP, AMP, _SOUND)
)
"""Characters that end no query, and others where a known store writes them."""
_VALUE_LIST = re.compile(
    rb"[?&#;](?:crop|rect|resize|fit|size|sz|auto|box|bbox|region|area|focus|fp|t)=(?:[a-z]{3,12}|[0-9.]+)"
    rb"(?:,(?:[0-9.]+|format|compress|enhance|redeye|true|faces?|edges|entropy|top|bottom|left|right|center))+\Z"
)
"""A parameter whose value is a list, at the end of the query."""
_MAIL = re.compile(
    rb"\?[\w.-]++=3D(?:[^&=]|=[0-9A-F]{2})++(?:&(?:amp;)?[\w.-]++=3D(?:[^&=]|=[0-9A-F]{2})++)*+"
)
"""The equals signs of quoted-printable."""
