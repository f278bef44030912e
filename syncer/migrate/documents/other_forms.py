"""Links to media that are not written as `https://…` or `http://…`: they stay, and are listed.

`//cdn.example/a.jpg`, `https%3A%2F%2Fcdn.example%2Fa.jpg`, `s3://bucket/a.mp4`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from typing import IO
from urllib.parse import unquote

from syncer.migrate.documents.candidates import LinkKind, kind_of
from syncer.urls.links import LONGEST

STEP = 256 << 10
"""Bytes of one read."""

RELATIVE = "it begins with // instead of https://, and syncer replaces only links with https:// or http://"
ENCODED = "it is encoded as a whole (https%3A…), and syncer replaces only links with https:// or http://"
ADDRESS = "it is no web address, and syncer replaces only links that begin with https:// or http://"


def unreplaced_forms(stream: IO[bytes]) -> Iterator[tuple[str, int, str]]:
    """The URL, the position and the reason of each, from the stream's position on."""
    held, offset, at = b"", stream.tell(), 0
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
                yield told[0], offset + found.start(), told[1]
        else:
            at = max(at, len(held) - LONGEST)
        kept = max(0, at - _BEFORE)
        held, offset, at = held[kept:], offset + kept, at - kept


def _told(found: re.Match[bytes]) -> tuple[str, str] | None:
    text = _MARKS.sub("", found[0].decode("utf-8", "replace").replace("\\", ""))
    if found["relative"]:
        url, why = "https:" + unescape(text), RELATIVE
    elif found["encoded"]:
        url, why = unquote(unescape(text)), ENCODED
    else:
        url, why = text, ADDRESS
    web = url if url[:4].lower() == "http" else "https://" + url.partition("://")[2]
    return (url, why) if _is_media(web) else None


@lru_cache(maxsize=1024)  # documents repeat their links
def _is_media(url: str) -> bool:
    return kind_of(url) is not LinkKind.OTHER


_BEFORE = 16
_MARKS = re.compile(r"[.,;:!?)\]*_~]+\Z")
_SLASH = rb"(?:\\{0,8}/)"
_REST = rb"(?:[A-Za-z0-9%%._~/?#&=+:@!$*(-]|\\{1,8}/|[\x80-\xff]){1,%d}+" % LONGEST
_FORMS = re.compile(
    rb"(?:(?<![\w:/\\%%.&?#=+-])|(?<=src=)|(?<=href=)|(?<=poster=))(?:(?P<relative>%b{2}(?=[A-Za-z0-9-]+\.)%b)"
    rb"|(?P<encoded>(?i:https?(?:%%3a|&(?:#0{0,4}58|#x0{0,4}3a|colon);))%b))"
    rb"|(?<![\w:/\\%%.&?#+-])(?:(?i:s3[an]?|gs|oss|cos|s?ftps?|abfss?|wasbs?):%b{2}%b)"
    % (_SLASH, _REST, _REST, _SLASH, _REST)
)
"""Not inside of another link."""
