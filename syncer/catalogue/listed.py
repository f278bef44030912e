"""Writes the manifest's records into a copy of the catalogue, which may be older."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime

from syncer.catalogue.rows import to_entry
from syncer.catalogue.salvage import mark, record_writer, take_entry
from syncer.catalogue.seals import checked_row, selected
from syncer.manifest.records import Record
from syncer.model import Entry, State


def enter(
    db: sqlite3.Connection, records: Mapping[tuple[str, str], Record], place: str, *, is_known: bool
) -> None:
    """Write each record that differs from the copy.

    Write none if the records may be about another destination. That is so if syncer never wrote at the copy's
    destination; or if the config has another one (`place`), and it is not known (`is_known`) where syncer
    published last.
    """
    now = datetime.now(UTC)
    for (here,) in db.execute("SELECT destination FROM belongs").fetchall():
        wrote = db.execute("SELECT 1 FROM tenure WHERE place = ?", (here,)).fetchone()
        for record in records.values() if wrote and (is_known or here == place) else ():
            _enter(db, record, here, now)


def _enter(db: sqlite3.Connection, record: Record, place: str, now: datetime) -> None:
    known, said = _known(db, record), _entry(record, now)
    same = known and (known.path, known.sha256) == (said.path, said.sha256)
    if known and same and (said.found or not known.in_place):
        mark(db, said.path, found=said.found)
        record_writer(db, said, place)
    else:
        take_entry(db, said, place)


def _known(db: sqlite3.Connection, record: Record) -> Entry | None:
    statement = f"{selected('entry')} WHERE source = ? AND key = ?"
    row = db.execute(statement, (record.source, record.key)).fetchone()
    return to_entry(checked_row(row)) if row else None


def _entry(record: Record, now: datetime) -> Entry:
    """An entry without the head's hash and the media facts: the next look at the URL finds them."""
    return Entry(
        record.source,
        record.key,
        State.STORED,
        version=record.version,
        path=record.path,
        url=record.url,
        size=record.size,
        sha256=record.sha256,
        media_type=record.media_type,
        verified_by=record.verified_by,
        published_at=record.published_at,
        checked_at=now,
        found=record.in_place,
    )
