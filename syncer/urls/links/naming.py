"""The asset key of the object behind a link. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

DIGEST = "?~"
"""In a place, this precedes the digest of a query. No path contains it."""
DIGITS = 12
"""Number of hexadecimal digits in a key, from the digest of a query that names the object."""
LONGEST_SHOWN = 300
NAMED = re.compile(
    "3gp|avi|avif|bmp|flv|gif|heic|jpe?g|m4a|m4v|mkv|mov|mp3|mp4|mpe?g|og[gv]|png|svg|tiff?|ts|wav|web[mp]|wmv"
)
"""Endings that stay at the end of a key. Never change this list: the key is the asset's identity."""


class AssetKey(NamedTuple):
    key: str
    nameless: bool
    """Whether the key has no ending of media."""


def key_of_place(place: str) -> AssetKey:
    """`place` is `Link.place`: `raw.s3.amazonaws.com/exports/Clip%201.mp4`, `drive.google.com/1AbC`."""
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
    """A name that is not UTF-8 keeps its escapes."""
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError:
        return path
