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
    EARLIER = 5
    """syncer left it here before the destination changed, and no entry has its path since."""


BELONG = "REPLACE INTO belongs VALUES (1, ?, ?, ?)"
"""For the sealed origin and destination."""
RETIRE = inserted("retired", "REPLACE")
REMOVE = "DELETE FROM entry WHERE source = ? AND key = ?"
UNWITHDRAW = "DELETE FROM withdrawn WHERE source = ? AND key = ? AND (version = ? OR sha256 = ?)"
"""For an asset that is published with this version and these bytes."""

_STATEMENTS = (  # like `transitions.moved`; the tests compare the two
    amended("entry", "state = 'rejected'", path="NULL", url="''"),
    amended("entry", "state <> 'rejected' AND (state <> 'failed' OR path IS NOT NULL)", state="'stored'"),
    amended("entry", "TRUE", checked_at="NULL"),
    amended("entry", "path IS NOT NULL", doubted="1"),
    f"DELETE FROM retired WHERE unpublished IN ({Left.ASIDE:d}, {Left.EARLIER:d}) OR sha256 IS NULL",  # noqa: S608 - no value stands in it
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
WITHDRAWN = (
    "SELECT DISTINCT source, key FROM withdrawn AS old WHERE NOT EXISTS"
    " (SELECT 1 FROM entry WHERE source = old.source AND key = old.key AND path IS NOT NULL)"
)
"""The assets that are unpublished today."""
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

_INTO_WROTE = "INSERT OR REPLACE INTO wrote (place, path, sha256, source, key, since, seal)"

REPLACED = (
    f"{_INTO_WROTE} SELECT place, path, sha256, source, key, '',"  # noqa: S608 - no value stands in it
    " seal(place, path, sha256, source, key, '')"
    " FROM entry, (SELECT destination AS place FROM belongs)"
    " WHERE source = ? AND key = ? AND path = ? AND sha256 IS NOT ? AND sha256 IS NOT NULL"
    f" AND {_OURS} AND NOT {unsealed('entry')}"
)
"""Remembers the bytes that are replaced at a path of today's destination, or that stay there when a new
version is rejected. If an older state of its disk comes back, they prove that syncer wrote the file.
"""

_ASIDE = ("retired", "NOT unpublished", "since", "sha256")
_LEAVING = (
    _ASIDE,
    ("retired", f"unpublished IN ({Left.HERE:d}, {Left.PROVEN:d}, {Left.ABSENT:d})", "since", "sha256"),
    (
        "entry",
        _OURS,
        "ifnull(gone_since, '')",
        "ifnull(sha256, (SELECT w.sha256 FROM wrote AS w WHERE w.place = ?1 AND w.path = entry.path))",
    ),
)
"""The files that syncer leaves at a destination: table, condition, the time since which no asset needs the
file, and its hash.
"""

_RETIRED_SINCE = "(SELECT since FROM retired WHERE retired.path = wrote.path AND NOT unpublished)"
_STILL_SERVED = amended("wrote", f"place = ?1 AND {_RETIRED_SINCE} > since", since=_RETIRED_SINCE)
"""A path at `?1` was in use at today's destination, too, and later than it was known there."""

_EARLIER = (
    "INSERT OR IGNORE INTO retired (path, source, key, since, sha256, unpublished, seal)"  # noqa: S608 - no value stands in it
    f" SELECT path, source, key, since, sha256, {Left.EARLIER:d},"
    f" seal(path, source, key, since, sha256, {Left.EARLIER:d}) FROM wrote"
    f" WHERE place = ifnull(?1, place) AND NOT {unsealed('wrote')}"
    " AND path NOT IN (SELECT path FROM entry WHERE path IS NOT NULL UNION SELECT path FROM recalled)"
    " ORDER BY sha256 IS NULL, since DESC"
)
"""Nothing else would delete or name a file that syncer left at `?1` and whose path no entry has now."""

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


LATER = f"unpublished IN ({Left.UNPROVEN:d}, {Left.PROVEN:d}, {Left.ABSENT:d})"
_RECALL, _RECALL_OLD = (
    "INSERT OR IGNORE INTO retired (path, source, key, since, sha256, unpublished, seal)"  # noqa: S608 - no value stands in it
    f" SELECT path, source, key, since, sha256, {Left.UNPROVEN:d},"
    f" seal(path, source, key, since, sha256, {Left.UNPROVEN:d}) FROM {table}"
    f" WHERE ifnull(path = ?1, TRUE) AND NOT {unsealed(table)}"
    " AND path NOT IN (SELECT path FROM entry WHERE path IS NOT NULL)"
    " ORDER BY since DESC"
    for table in ("recalled", "superseded")
)
"""Look for each unpublished file (at a path) again, unless an asset has its path."""

_LEFT_BYTES = (
    "(SELECT ifnull(max(wrote.sha256) FILTER (WHERE wrote.sha256 = retired.sha256), max(wrote.sha256))"
    " FROM wrote WHERE wrote.place = {place} AND wrote.path = retired.path)"
)
"""The hash of the bytes that syncer left at a path that a user unpublished; maybe of an older version."""
_LEFT_HERE, _LEFT_ANY = (_LEFT_BYTES.format(place=place) for place in ("?1", "ifnull(?1, wrote.place)"))
_CAME_ALONG = (
    f"({_LEFT_ANY} IS NOT NULL OR EXISTS (SELECT 1 FROM recalled"  # noqa: S608 - no value stands in it
    " WHERE place = ifnull(?1, place) AND place <> '' AND recalled.path = retired.path"
    " AND recalled.sha256 = retired.sha256))"
)
"""Condition: syncer left, or had left, a file at the destination from which our mark was copied."""

RECALLED = (
    "INSERT OR REPLACE INTO recalled (place, path, source, key, since, sha256, head_sha256, seal)"
    " SELECT place, ?1, ?2, ?3, ?4, ?5, ?6, seal(place, ?1, ?2, ?3, ?4, ?5, ?6)"
    " FROM (SELECT iif(?7, '', destination) AS place FROM belongs)"
)
"""`?7` says whether syncer found the file there: then it shows nothing about other destinations."""

SUPERSEDE = (
    "INSERT OR REPLACE INTO superseded (path, sha256, source, key, since, seal)"  # noqa: S608 - no value stands in it
    " SELECT path, sha256, source, key, since, seal(path, sha256, source, key, since) FROM recalled"
    f" WHERE path = ? AND sha256 IS NOT ? AND place <> '' AND NOT {unsealed('recalled')}"
)

_PLACES = (("wrote", "place"), ("recalled", "place"), ("tenure", "place"), ("belongs", "destination"))
"""Tables and columns that name a destination."""


def withdraw(db: sqlite3.Connection, row: Row) -> None:
    """The version or the bytes of this sealed row of `withdrawn` were unpublished by hand."""
    its = "source = ?1 AND key = ?2 AND (version = ?4 OR sha256 = ?3)"
    db.execute(f"DELETE FROM entry WHERE {its}", tuple(row[:4]))  # noqa: S608 - no value stands in it
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
    for leaving in _LEAVING:
        _leave(db, before, *leaving)
    db.execute(_STILL_SERVED, (now,))
    for statement in _STATEMENTS:
        db.execute(statement)
    db.execute(_MOVED, (now,))
    recall(db, now)


def _leave(db: sqlite3.Connection, place: str, table: str, condition: str, since: str, sha256: str) -> None:  # noqa: PLR0913 - as `_LEAVING` has them
    values = f"?1, path, {sha256}, source, key, {since}"
    ours = f"SELECT {values}, seal({values}) FROM {table} WHERE ({condition}) AND NOT {unsealed(table)}"  # noqa: S608 - no value stands in it
    db.execute(f"{_INTO_WROTE} {ours}", (place,))


def hand_over(db: sqlite3.Connection, place: str | None) -> None:
    """Files at today's destination with the bytes that syncer left at `place` (`None`: at any) are its own
    once their bytes were compared.
    """
    db.execute(_HAND_OVER, (place,))
    look_again(db)
    unproven = f"unpublished = {Left.UNPROVEN:d} AND {_CAME_ALONG}"
    known = {"sha256": f"ifnull({_LEFT_ANY}, sha256)", "unpublished": f"{Left.PROVEN:d}"}
    db.execute(amended("retired", unproven, **known), (place,))
    name_earlier(db, place)


def look_again(db: sqlite3.Connection, path: str | None = None) -> None:
    """Look for every unpublished file (at `path`) once more, wherever it was deleted: another disk may still
    have it.
    """
    db.execute(_RECALL, (path,))
    if path is not None:
        db.execute(_RECALL_OLD, (path,))


def recall(db: sqlite3.Connection, place: str) -> None:
    """The same, at a destination `place` that may have files of others. Only a file that syncer is known to
    have left there can be deleted.
    """
    look_again(db)
    state = f"CASE WHEN {_LEFT_HERE} IS NOT NULL THEN {Left.PROVEN:d} ELSE {Left.UNPROVEN:d} END"
    db.execute(amended("retired", LATER, sha256=f"ifnull({_LEFT_HERE}, sha256)", unpublished=state), (place,))
    name_earlier(db, place)


def name_earlier(db: sqlite3.Connection, place: str | None) -> None:
    """Retire each path at which syncer left a file at `place` (`None`: at any), unless something names it."""
    db.execute(_EARLIER, (place,))


def disown(db: sqlite3.Connection, listed: Named | None = None) -> None:
    """Our mark at today's destination is gone, or newer than this catalogue: syncer forgets which paths it
    wrote there.

    It remembers those whose bytes it knows. If the mark is newer, `listed` is what the newest manifest lists,
    and every other file counts as somebody else's: a later state of the catalogue may have deleted the one
    that syncer wrote.
    """
    place = next(db.execute("SELECT destination FROM belongs"), (None,))[0]
    if place is not None:
        _leave(db, place, *_ASIDE)
    for statement in _STATEMENTS:
        db.execute(statement)
    forgotten = "sha256 IS NULL"
    if listed is not None:
        _keep_listed(db, listed)
        forgotten += " OR path NOT IN (SELECT path FROM entry WHERE path IS NOT NULL AND NOT found)"
    db.execute(f"DELETE FROM wrote WHERE place = ? AND ({forgotten})", (place,))  # noqa: S608 - no value stands in it
    if place is not None:
        name_earlier(db, place)


def _keep_listed(db: sqlite3.Connection, listed: Named) -> None:
    copied = "path IS NOT NULL AND NOT in_place AND NOT found"
    for *name, url in db.execute(f"SELECT source, key, path, url FROM entry WHERE {copied}").fetchall():  # noqa: S608 - no value stands in it
        if tuple(name) not in listed and url not in listed:
            db.execute(amended("entry", "source = ?1 AND key = ?2 AND path = ?3", found="1"), name)
