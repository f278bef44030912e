"""What the object behind a link is called as an asset. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

DIGEST = "?~"
"""What a digest of a query begins with in a place: no path has it."""
DIGITS = 12
"""Of a query that names the object, so many hexadecimal digits stand in the key."""
LONGEST_SHOWN = 300
NAMED = re.compile(
    "3gp|avi|avif|bmp|flv|gif|heic|jpe?g|m4a|m4v|mkv|mov|mp3|mp4|mpe?g|og[gv]|png|svg|tiff?|ts|wav|web[mp]|wmv"
)
"""Endings that stay at the end of a key. Never changed: the key is the asset's identity."""


class AssetKey(NamedTuple):
    key: str
    nameless: bool
    """No ending of a media file stands at its end."""


def key_of_place(place: str) -> AssetKey:
    """`place` is that of a `Link`: `raw.s3.amazonaws.com/exports/Clip%201.mp4`, `drive.google.com/1AbC`."""
    path, _, digest = place.partition(DIGEST)
    key = unicodedata.normalize("NFC", _decoded(path))
    name = key.rpartition("/")[2]
    nameless = "." not in name or not NAMED.fullmatch(name.rpartition(".")[2].lower())
    if digest:
        stem, dot, ending = (key, "", "") if nameless else key.rpartition(".")
        key = f"{stem}~{digest[:DIGITS]}{dot}{ending}"
    return AssetKey(key, nameless)


def path_of(place: str) -> str:
    """Host and path, for messages."""
    return place.partition(DIGEST)[0][:LONGEST_SHOWN]


def _decoded(path: str) -> str:
    """Names that are not UTF-8 keep their escapes."""
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError:
        return path
