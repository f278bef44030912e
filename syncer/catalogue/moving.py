"""Changes of the destination and of paths, as statements inside a transaction."""

from __future__ import annotations

import sqlite3
from enum import IntEnum

from syncer.catalogue.rows import Row
from syncer.catalogue.seals import amended, inserted, unsealed
from syncer.protocols.tenure import Named


class Left(IntEnum):
    """What is known of the file at a retired path: the values of `retired.unpublished`."""

    ASIDE = 0
    """Its asset has another path or is gone; `delete` in the config says when the file goes, too."""
    HERE = 1
    """A user unpublished it, and syncer left it here."""
    UNPROVEN = 2
    """So, and the destination changed since: nothing shows that syncer left it here."""
    PROVEN = 3
    """So, and something shows it."""
    ABSENT = 4
    """A user unpublished it, and it was not here when it was to be deleted."""


BELONG = "REPLACE INTO belongs VALUES (1, ?, ?, ?)"
"""For the sealed origin and destination."""
RETIRE = inserted("retired", "REPLACE")
REMOVE = "DELETE FROM entry WHERE source = ? AND key = ?"
UNWITHDRAW = "DELETE FROM withdrawn WHERE source = ? AND key = ?"

_STATEMENTS = (  # like `transitions.moved`; the tests compare the two
    amended("entry", "state = 'rejected'", path="NULL", url="''"),
    amended("entry", "state IN ('published', 'stored', 'doomed')", state="'stored'"),
    amended("entry", "TRUE", checked_at="NULL"),
    amended("entry", "path IS NOT NULL", doubted="1"),
    "DELETE FROM retired WHERE NOT unpublished OR sha256 IS NULL",
    amended("retired", f"unpublished <> {Left.UNPROVEN:d}", unpublished=f"{Left.PROVEN:d}"),
    amended("proof", "TRUE", checked_at="NULL"),
)

UNCONFIRMED = "state = 'stored' AND path IS NOT NULL AND checked_at IS NULL"
"""Condition: the file was not looked for at this destination yet."""

_TRACES = (
    "entry WHERE path IS NOT NULL AND (published_at IS NOT NULL OR NOT in_place)",
    "retired",
    "wrote",
    "withdrawn",
    "proof WHERE checked_at IS NOT NULL",
    "push",
)
IN_USE = " UNION ALL ".join(f"SELECT * FROM (SELECT 1 FROM {table} LIMIT 1)" for table in _TRACES)  # noqa: S608 - no value stands in it
"""A row for each kind of trace of something that was published, proven or sent. Without any, the catalogue
may be used for another origin and destination: a config that was refused binds nothing. A file in place, or
a signature file, that was never seen at its URL is no trace.
"""

_OURS = (
    "path IS NOT NULL AND NOT in_place AND NOT found"
    " AND NOT (state IN ('stored', 'failed') AND checked_at IS NULL)"
)
"""Condition: `Entry.ours`."""

REPLACED = (
    "INSERT OR REPLACE INTO wrote (place, path, sha256, seal)"  # noqa: S608 - no value stands in it
    " SELECT place, path, sha256, seal(place, path, sha256)"
    " FROM entry, (SELECT destination AS place FROM belongs)"
    f" WHERE source = ? AND key = ? AND path = ? AND sha256 <> ? AND {_OURS} AND NOT {unsealed('entry')}"
)
"""Remembers the bytes that are replaced at a path of today's destination. If an older state of its disk comes
back, they prove that syncer wrote the file.
"""

_LEFT_THERE = "EXISTS (SELECT 1 FROM wrote WHERE place = {place} AND wrote.path = entry.path AND {bytes})"

_MOVED = amended(
    "entry",
    "path IS NOT NULL AND NOT in_place",
    found=f"NOT {_LEFT_THERE.format(place='?1', bytes='wrote.sha256 IS NOT NULL')}",
)
"""A file at another destination is somebody else's, unless syncer left one at its path there."""

_HAND_OVER = amended(
    "entry",
    "found AND NOT in_place AND state <> 'rejected' AND "
    + _LEFT_THERE.format(place="ifnull(?1, wrote.place)", bytes="wrote.sha256 = entry.sha256"),
    found="0",
    state="'stored'",
    checked_at="NULL",
    doubted="1",
)


_RECALL = (
    "INSERT OR IGNORE INTO retired (path, source, key, since, sha256, unpublished, seal)"  # noqa: S608 - no value stands in it
    f" SELECT path, source, key, since, sha256, {Left.UNPROVEN:d},"
    f" seal(path, source, key, since, sha256, {Left.UNPROVEN:d}) FROM recalled"
    f" WHERE NOT {unsealed('recalled')} AND path NOT IN (SELECT path FROM entry WHERE path IS NOT NULL)"
    " ORDER BY since DESC"
)
"""Look for each unpublished file again, unless an asset has its path."""

_LEFT_ORDER = (
    "EXISTS (SELECT 1 FROM wrote WHERE wrote.place = {place} AND wrote.path = retired.path"
    " AND wrote.sha256 = retired.sha256)"
)
_CAME_ALONG = (
    f"({_LEFT_ORDER.format(place='ifnull(?1, wrote.place)')} OR EXISTS (SELECT 1 FROM recalled"  # noqa: S608 - no value stands in it
    " WHERE recalled.place = ifnull(?1, recalled.place) AND recalled.path = retired.path"
    " AND recalled.sha256 = retired.sha256))"
)
"""Condition: syncer left, or had left, these bytes at the destination from which our mark was copied."""

RECALLED = (
    "INSERT OR REPLACE INTO recalled (place, path, source, key, since, sha256, head_sha256, seal)"
    " SELECT place, ?1, ?2, ?3, ?4, ?5, ?6, seal(place, ?1, ?2, ?3, ?4, ?5, ?6)"
    " FROM (SELECT destination AS place FROM belongs)"
)

_PLACES = (("wrote", "place"), ("recalled", "place"), ("tenure", "place"), ("belongs", "destination"))
"""Tables and columns that name a destination."""


def withdraw(db: sqlite3.Connection, row: Row) -> None:
    """The asset of this sealed row of `withdrawn` was unpublished by hand."""
    db.execute(REMOVE, tuple(row[:2]))
    db.execute(inserted("withdrawn", "REPLACE"), tuple(row))


def rename_place(db: sqlite3.Connection, before: str, now: str) -> None:
    """The same destination has another name. Rows of the new name stay."""
    for table, column in _PLACES:
        statement = amended(table, f"{column} = ?1", **{column: "?2"})
        db.execute(statement.replace("UPDATE", "UPDATE OR IGNORE", 1), (before, now))


def move(db: sqlite3.Connection, before: str, now: str) -> None:
    """Another destination is adopted. The paths that syncer wrote at `before` are remembered, and those that
    it wrote at `now` in earlier times are its own once their bytes were compared.
    """
    for table, condition, left in (
        ("retired", "NOT unpublished", "NULL"),
        ("retired", f"unpublished IN ({Left.HERE:d}, {Left.PROVEN:d}, {Left.ABSENT:d})", "sha256"),
        ("entry", _OURS, "sha256"),
    ):
        ours = f"SELECT ?1, path, {left}, seal(?1, path, {left}) FROM {table} WHERE {condition}"  # noqa: S608 - no value stands in it
        into = "INSERT OR REPLACE INTO wrote (place, path, sha256, seal)"
        db.execute(f"{into} {ours} AND NOT {unsealed(table)}", (before,))
    for statement in _STATEMENTS:
        db.execute(statement)
    db.execute(_MOVED, (now,))
    recall(db, now)


def hand_over(db: sqlite3.Connection, place: str | None) -> None:
    """Files at today's destination with the bytes that syncer left at `place` (`None`: at any) are its own
    once their bytes were compared.
    """
    db.execute(_HAND_OVER, (place,))
    db.execute(_RECALL)
    unproven = f"unpublished = {Left.UNPROVEN:d} AND {_CAME_ALONG}"
    db.execute(amended("retired", unproven, unpublished=f"{Left.PROVEN:d}"), (place,))


def look_again(db: sqlite3.Connection) -> None:
    """Look for every unpublished file once more, wherever it was deleted: another disk may still have it."""
    db.execute(_RECALL)


def recall(db: sqlite3.Connection, place: str) -> None:
    """The same, at a destination `place` that may have files of others. Only a file that syncer is known to
    have left there can be deleted.
    """
    look_again(db)
    here = _LEFT_ORDER.format(place="?1")
    state = f"CASE WHEN {here} THEN {Left.PROVEN:d} ELSE {Left.UNPROVEN:d} END"
    db.execute(amended("retired", f"unpublished > {Left.HERE:d}", unpublished=state), (place,))


def disown(db: sqlite3.Connection, listed: Named | None = None) -> None:
    """Our mark at today's destination is gone, or newer than this catalogue: syncer forgets which paths it
    wrote there.

    It remembers those whose bytes it knows. If the mark is newer, `listed` is what the newest manifest lists,
    and every other file counts as somebody else's: a later state of the catalogue may have deleted the one
    that syncer wrote.
    """
    for statement in _STATEMENTS:
        db.execute(statement)
    forgotten = "sha256 IS NULL"
    if listed is not None:
        _keep_listed(db, listed)
        forgotten += " OR path NOT IN (SELECT path FROM entry WHERE path IS NOT NULL AND NOT found)"
    db.execute(f"DELETE FROM wrote WHERE place = (SELECT destination FROM belongs) AND ({forgotten})")  # noqa: S608 - no value stands in it


def _keep_listed(db: sqlite3.Connection, listed: Named) -> None:
    copied = "path IS NOT NULL AND NOT in_place AND NOT found"
    for *name, url in db.execute(f"SELECT source, key, path, url FROM entry WHERE {copied}").fetchall():  # noqa: S608 - no value stands in it
        if tuple(name) not in listed and url not in listed:
            db.execute(amended("entry", "source = ?1 AND key = ?2 AND path = ?3", found="1"), name)
