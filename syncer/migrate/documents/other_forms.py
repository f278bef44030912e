"""Links to media that are not written as `https://…` or `http://…`: they stay, and are listed.

`//cdn.example/a.jpg`, `https%3A%2F%2Fcdn.example%2Fa.jpg`, `s3://bucket/a.mp4`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import IO
from urllib.parse import unquote

from syncer.migrate.documents.candidates import LinkKind, kind_of
from syncer.migrate.documents.escapes import AMP
from syncer.urls.links import LONGEST

STEP = 256 << 10
"""Bytes of one read."""

RELATIVE = "it begins with // instead of https://, and syncer replaces only links with https:// or http://"
ENCODED = "it is encoded as a whole (https%3A…), and syncer replaces only links with https:// or http://"
ADDRESS = "it is no web address, and syncer replaces only links that begin with https:// or http://"


def unreplaced_forms(stream: IO[bytes]) -> Iterator[tuple[str, int, int, str]]:
    """The URL, the position, the line and the reason of each, from the start of the stream."""
    held, offset, at = b"", 0, 0
    line, counted = 1, 0
    ended = False
    while not ended:
        new = stream.read(STEP)
        ended = not new
        held += new
        for found in _FORMS.finditer(held, at):
            if not ended and found.end() + LONGEST > len(held):
                at = found.start()
                break
            at = found.end()
            if told := _told(found):
                line, counted = line + held.count(b"\n", counted, found.start()), found.start()
                yield told[0], offset + found.start(), line, told[1]
        else:
            at = max(at, len(held) - LONGEST)
        kept = max(0, at - _BEFORE)
        line, counted = line + held.count(b"\n", counted, kept), max(counted, kept) - kept
        held, offset, at = held[kept:], offset + kept, at - kept


def _told(found: re.Match[bytes]) -> tuple[str, str] | None:
    read = _HEX.sub(lambda each: bytes.fromhex(each[1].decode()), found[0])
    text = _MARKS.sub("", _decoded(read.decode("utf-8", "replace").replace("\\", ""), unescape))
    if found["relative"]:
        url, why = "https:" + text, RELATIVE
    elif found["encoded"]:
        url, why = _decoded(text, unquote), ENCODED
    else:
        url, why = text, ADDRESS
    web = url if url[:4].lower() == "http" else "https://" + url.partition("://")[2]
    return (url, why) if kind_of(web) is not LinkKind.OTHER else None


def _decoded(text: str, decode: Callable[[str], str]) -> str:
    """It may be encoded once more, or several times."""
    for _ in range(_MOST_TIMES):
        text, before = decode(text), text
        if text == before:
            break
    return text


_MOST_TIMES = 8
_BEFORE = 16
_HEX = re.compile(rb"\\{1,8}x([0-9A-Fa-f]{2})")
_MARKS = re.compile(r"[.,;:!?)\]*_~]+\Z")
_SLASH = rb"(?:\\{0,8}/)"
_REST = rb"(?:[A-Za-z0-9%%._~/?#&=+:@!$*(-]|\\{1,8}(?:/|x[0-9A-Fa-f]{2})|[\x80-\xff]){1,%d}+" % LONGEST
_OF_URLS = rb"(?:2[356bBdDeEfF]|3[0-9aAdDfF]|[4-7][0-9A-Fa-f])"
_ESCAPED = (
    rb"|(?<=\\[bfnrtv])|(?<=\\0[0-3][0-7])|(?<=\\x[0-9A-Fa-f]{2})(?<!x%b)"
    rb"|(?<=\\u[0-9A-Fa-f]{4})(?<!00%b)|(?<=[;\[][0-9]m)|(?<=[;\[][0-9]{2}m)" % (_OF_URLS, _OF_URLS)
)
"""An escape before it, such as a line end in JSON or a colour of a terminal, is no word."""
_FORMS = re.compile(
    rb"(?=[/\\]|(?i:http|s3|gs|oss|cos|s?ftp|abfs|wasb))(?:"  # most places are none
    rb"(?:(?<![\w:/\\%%.&?#=+-])|(?<=src=)|(?<=href=)|(?<=poster=)%b)"
    rb"(?:(?P<relative>%b{2}(?=[A-Za-z0-9-]+\.)%b)"
    rb"|(?P<encoded>(?i:https?(?:%%(?:25){0,8}3a|\\{1,8}x3a|%b(?:#0{0,4}58|#x0{0,4}3a|colon);))%b))"
    rb"|(?:(?<![\w:/\\%%.&?#+-])%b)(?:(?i:s3[an]?|gs|oss|cos|s?ftps?|abfss?|wasbs?)\\{0,8}:%b{2}%b))"
    % (_ESCAPED, _SLASH, _REST, AMP, _REST, _ESCAPED, _SLASH, _REST)
)
"""Not inside of another link."""
