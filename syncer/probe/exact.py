"""Boxes and tables that are exactly as long as their content, and contain nothing unknown. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping

HEADER = 8
"""Bytes of a box before its body (size, kind), and of a table before its rows (version, flags, count)."""
Numbers = tuple[int, ...]


class Unusual(Exception):  # noqa: N818 - reads as what is found
    """The file has something that our own parsers leave to libav."""


def need(condition: object) -> None:
    """Raises `Unusual` if the condition is false."""
    if not condition:
        raise Unusual


def uint(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "big")


def pieces(body: bytes) -> list[tuple[bytes, bytes]]:
    """(kind, body) of the boxes that fill the body. Raises `Unusual`."""
    at, found = 0, []
    while at < len(body):
        size = uint(body, at)
        need(HEADER <= size <= len(body) - at)
        found.append((body[at + 4 : at + HEADER], body[at + HEADER : at + size]))
        at += size
    return found


def inside(body: bytes, needed: bytes, also: bytes = b"") -> Mapping[bytes, bytes]:
    """The boxes inside a box, by their kind: all needed ones, in this order, and perhaps the other ones.

    Raises `Unusual` if there is another kind, or two of one kind.
    """
    found = dict(boxes := pieces(body))
    wanted = needed.split()
    need(len(found) == len(boxes) and found.keys() <= {*wanted, *also.split()})
    need([kind for kind in found if kind in wanted] == wanted)
    return found


def table_rows(table: bytes, columns: int = 1, *, code: str = "I", versions: bytes = b"\0") -> Numbers:
    """The numbers of a table, one row after the other. Raises `Unusual`."""
    need(len(table) >= HEADER and table[0] in versions and not any(table[1:4]))
    count = columns * uint(table, 4)
    need(len(table) == HEADER + count * struct.calcsize(f">{code}"))
    return struct.unpack_from(f">{count}{code}", table, HEADER)
