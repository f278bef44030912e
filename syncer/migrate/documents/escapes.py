r"""The escapes inside a link in text: `\/` of JSON, `&amp;` of HTML, `\_` of Markdown. Pure."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from html.entities import html5

_AGAIN = rb"(?:(?:amp|AMP|#0{0,4}38|#[xX]0{0,4}26);){0,8}"
AMP = rb"(?:&|\\{1,8}u0026)" + _AGAIN
"""The start of an entity: `&`, also if it is escaped once more or several times (`&amp;amp;`)."""
_NAME = rb"(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31})"
ENTITY = rb"%b%b;" % (AMP, _NAME)
LONGEST_ENTITY = 128
"""Bytes, without zeros that mean nothing."""
AMPERSAND = rb"%b+(?<=;)(?!%b;)" % (AMP, _NAME)
"""`&amp;`, but not the start of another entity."""
HASH = (
    rb"(?<!&)#(?!(?:(?<=amp;#)|(?<=AMP;#)|(?<=38;#)|(?<=26;#)|(?<=u0026#))"
    rb"(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});)"
)
"""A `#` that does not begin the number of an entity."""


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
        if found["entity"]:
            meant = _entity(found[0])
        elif found["units"]:
            units = bytes.fromhex("".join(re.split(r"\\+u", found["units"].decode())[1:]))
            meant = units.decode("utf-16-be", "replace").encode()
        elif found["mark"]:
            meant = found[0][1:]
        else:
            meant = b"/"
        yield found.start(), found.end(), meant


@lru_cache(maxsize=4096)
def entity_text(entity: bytes) -> str | None:
    """The text that an entity of HTML means, however often it is escaped; `None` if it is unknown."""
    name = _PARTS.split(entity)[-2].decode() + ";"
    return unescape(f"&{name}") if name.startswith("#") else html5.get(name)


def is_in_urls(text: str) -> bool:
    """Whether these are letters or other characters of URLs. A comma or a semicolon is rather text."""
    return bool(text) and all(each in _OF_URLS or each.isalnum() for each in text)


def _entity(entity: bytes) -> bytes:
    meant = entity_text(entity)
    return meant.encode() if meant and is_in_urls(meant) else b"&%b;" % _PARTS.split(entity)[-2]


_PARTS = re.compile(rb"&|u0026|;")
_OF_URLS = frozenset(string.ascii_letters + string.digits + "!#$%&()*+-./:=?@[]_~")

_ESCAPE = re.compile(
    rb"(?P<entity>%b)"
    rb"|(?P<units>\\{1,8}u[dD][89abAB][0-9a-fA-F]{2}\\{1,8}u[dD][c-fC-F][0-9a-fA-F]{2}|\\{1,8}u[0-9a-fA-F]{4})"
    rb"|(?P<slash>\\{1,8}/)|(?P<mark>\\[_*~])" % ENTITY
)
