"""JSON in a literal or a cell, with values of PHP in its strings, as Laravel stores its jobs. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from syncer.migrate.documents import serialized
from syncer.migrate.documents.forms import JSON, PLAIN, Decoded, Form, decode
from syncer.migrate.documents.window import Piece


def inner_pieces(piece: Piece, form: Form) -> Iterator[Piece]:
    """The piece itself, or its parts if it is such JSON."""
    is_searched = piece.cell and form is not PLAIN and form is not JSON
    decoded = decode(piece.raw, form) if is_searched else Decoded(b"")
    return _parts(piece, form, decoded) if _holds(decoded.text) else iter((piece,))


def _holds(text: bytes) -> bool:
    if not _JSON.match(text) or not serialized.counts(text, 0, len(text)):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _parts(piece: Piece, form: Form, decoded: Decoded) -> Iterator[Piece]:
    at = 0
    inner = replace(form, inner=JSON)
    for found in _STRING.finditer(decoded.text):
        if b":" not in found[1]:
            continue
        start, end = decoded.place(found.start(1)), decoded.place(found.end(1))
        yield Piece(piece.raw[at:start])
        yield Piece(piece.raw[start:end], inner, hindrance=piece.hindrance)
        at = end
    yield Piece(piece.raw[at:])


_JSON = re.compile(rb"\s*+[\[{]")
_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)"')
