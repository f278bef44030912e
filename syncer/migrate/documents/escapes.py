r"""The escapes inside a link in text: `\/` of JSON, `&amp;` of HTML, `\_` of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape


def read_link(raw: bytes) -> tuple[str, dict[bytes, bytes]]:
    """The URL, and its escapes by the characters that they mean."""
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
        # In another encoding: a server must get the bytes as they are.
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
    """The meaning of an entity in HTML."""
    return unescape(entity.decode()).encode()


_ESCAPE = re.compile(
    rb"(?P<units>\\{1,8}u[dD][89abAB][0-9a-fA-F]{2}\\{1,8}u[dD][c-fC-F][0-9a-fA-F]{2}|\\{1,8}u[0-9a-fA-F]{4})"
    rb"|(?P<slash>\\{1,8}/)|(?P<mark>\\[_*~])|&(?:amp|sol|equals|quest|lowbar"
    # & % + - . / : = ? _
    rb"|#0{0,4}(?:3[78]|4[35-7]|58|6[13]|95)|#[xX]0{0,4}(?:2[56bBdDeEfF]|3[aAdDfF]|5[fF]));"
)
