"""The table `run`: what each `sync` did, and whether the clock has jumped since the last one."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from syncer.catalogue.rows import from_findings, from_time, to_findings, to_time
from syncer.catalogue.seals import SEALED, amended, checked_row, inserted, sealed, selected
from syncer.model import MOST_FINDINGS, Run

KEPT = 1000
"""Runs that are kept."""

_COLUMNS = ", ".join((*SEALED["run"], "seal"))

# Whether the previous run is later than this one, or the run with the latest time before now is another one.
_CLOCK_JUMPED = """
SELECT (SELECT started_at FROM run ORDER BY number DESC LIMIT 1)
       IS NOT (SELECT max(started_at) FROM run WHERE started_at <= ?)
"""


def begin(db: sqlite3.Connection, now: datetime) -> int:
    """Inside a transaction. See `protocols.catalogue.Runs.begin_run`."""
    at = from_time(now)
    if db.execute(_CLOCK_JUMPED, (at,)).fetchone()[0]:
        db.execute(amended("entry", "gone_since IS NOT NULL", gone_since="?1"), (at,))
        db.execute(amended("retired", "TRUE", since="?1"), (at,))
    db.execute(amended("retired", "since > ?1", since="?1"), (at,))  # another clock wrote it
    row = sealed(at, None, None, "{}", None, "[]")
    number = int(db.execute(f"{inserted('run')} RETURNING number", row).fetchone()[0])
    # Keep the run with the latest time: it shows that the clock was ahead once, however many runs ago.
    latest = "(SELECT max(started_at) FROM run)"
    db.execute(f"DELETE FROM run WHERE number <= ? AND started_at <> {latest}", (number - KEPT,))
    return number


def end(db: sqlite3.Connection, number: int, run: Run) -> None:
    row = sealed(
        from_time(run.started_at),
        from_time(run.ended_at),
        None if run.exit_code is None else int(run.exit_code),
        json.dumps(run.counts),
        run.error,
        from_findings(run.findings[:MOST_FINDINGS]),
    )
    db.execute(f"UPDATE run SET ({_COLUMNS}) = (?, ?, ?, ?, ?, ?, ?) WHERE number = ?", (*row, number))


def last_run(db: sqlite3.Connection) -> Run | None:
    """Raises `Unreadable` if the row is damaged."""
    row = db.execute(f"{selected('run')} ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        return None
    started_at, ended_at, exit_code, counts, error, findings = checked_row(row)
    begun, ended = datetime.fromisoformat(started_at), to_time(ended_at)
    return Run(begun, ended, exit_code, json.loads(counts), error, to_findings(findings))
