"""A check value for each row, as SQLite does not notice a flipped byte in a text;
and statements that use it.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping

from syncer.catalogue.rows import COLUMNS, Row, Unreadable

SEALED: Mapping[str, tuple[str, ...]] = {
    "entry": COLUMNS,
    "retired": ("path", "source", "key", "since", "sha256", "unpublished"),
    "recalled": ("place", "path", "source", "key", "since", "sha256", "head_sha256"),
    "superseded": ("path", "sha256", "source", "key", "since"),
    "wrote": ("place", "path", "sha256", "source", "key", "since"),
    "withdrawn": ("source", "key", "sha256", "version", "since"),
    "belongs": ("origin", "destination"),
    "proof": ("path", "url", "sha256", "placed_at", "checked_at"),
    "run": ("started_at", "ended_at", "exit_code", "counts", "error", "findings"),
    "tenure": ("place", "catalogue", "turn", "before"),
    "push": ("state", "sent_at", "publish_id", "status", "code", "looked_at", "ended_at"),
    "pushed": ("push", "position", "identity", "url", "sha256", "source", "key"),
}
"""The columns of each table from which its column `seal` is computed, in this order."""


def seal(*values: object) -> int:
    """CRC-32: it finds every flipped byte, but is no protection against an attacker."""
    return zlib.crc32("\0".join(map(str, values)).encode("utf-8", "surrogatepass"))


def sealed(*values: object) -> tuple[object, ...]:
    """The values, and their seal."""
    return (*values, seal(*values))


def checked_row(row: Row) -> Row:
    """The values of a row without their seal, the last one. Raises `Unreadable` if the seal does not fit."""
    *values, kept = row
    if seal(*values) != kept:
        raise Unreadable("a row does not fit its check value")
    return values


def selected(table: str) -> str:
    """A statement without a condition: all columns, and the seal."""
    return f"SELECT {', '.join(SEALED[table])}, seal FROM {table}"


def inserted(table: str, verb: str = "INSERT") -> str:
    """A statement for the values that `sealed` returns."""
    columns = (*SEALED[table], "seal")
    return f"{verb} INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def unsealed(table: str) -> str:
    """A condition: the seal does not fit. Added to another one with OR, it finds every damaged row."""
    return f"seal <> seal({', '.join(SEALED[table])})"


def amended(table: str, condition: str, **changes: str) -> str:
    """A statement that sets columns to SQL expressions, in the rows whose seal fits."""
    columns = SEALED[table]
    assigned = ", ".join(f"{column} = {value}" for column, value in changes.items())
    values = ", ".join(changes.get(column, column) for column in columns)
    whole = f"({condition}) AND NOT {unsealed(table)}"
    return f"UPDATE {table} SET {assigned}, seal = seal({values}) WHERE {whole}"


def seal_all(db: sqlite3.Connection) -> None:
    """Seal every row anew: an older syncer wrote no seals, or those of fewer columns."""
    for table, columns in SEALED.items():
        db.execute(f"UPDATE {table} SET seal = seal({', '.join(columns)})")


def teach(db: sqlite3.Connection) -> None:
    """Let the statements of this connection call `seal`."""
    db.create_function("seal", -1, seal, deterministic=True)
