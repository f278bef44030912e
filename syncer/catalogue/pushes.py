"""The drafts that were sent to the platform, in the catalogue's SQLite file."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from syncer.catalogue.connection import open_database, sqlite_errors
from syncer.catalogue.lock import lock
from syncer.catalogue.rows import Row, from_time, parsing, to_time
from syncer.catalogue.seals import SEALED, checked_row, inserted, sealed, selected
from syncer.push.model import Push, Pushed, PushState

_FIELDS = SEALED["push"]
_SELECT = f"SELECT number, {', '.join(_FIELDS)}, seal FROM push"
_ADD = f"{inserted('push')} RETURNING number"
_PUT = f"UPDATE push SET {', '.join(f'{field} = ?' for field in (*_FIELDS, 'seal'))} WHERE number = ?"
_ASSETS = f"{selected('pushed')} WHERE push = ?"
_LATEST = (
    "WHERE state <> 'refused' AND number IN (SELECT push FROM pushed WHERE identity = ?)"
    " ORDER BY number DESC LIMIT 1"
)


class SqlitePushes:
    def __init__(self, path: Path) -> None:
        """Creates the file if it is missing."""
        self._path = path
        self._db = open_database(path)
        with sqlite_errors(path):
            self._db.execute("PRAGMA synchronous = FULL")  # syncer would send again what a power cut lost

    def lock(self) -> AbstractContextManager[None]:
        return lock(self._path.with_name(f"{self._path.name}.push.lock"))

    def close(self) -> None:
        self._db.close()

    def add(self, push: Push) -> Push:
        with sqlite_errors(self._path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            number = int(self._db.execute(_ADD, _row(push)).fetchone()[0])
            for position, asset in enumerate(push.assets):
                fields = (asset.identity, asset.url, asset.sha256, asset.source, asset.key)
                self._db.execute(inserted("pushed"), sealed(number, position, *fields))
        return replace(push, number=number)

    def put(self, push: Push) -> None:
        self._run(_PUT, *_row(push), push.number)

    def latest(self, identity: str) -> Push | None:
        rows = self._run(f"{_SELECT} {_LATEST}", identity)
        return self._push(rows[0]) if rows else None

    def standing(self, *states: PushState) -> list[Push]:
        among = ", ".join("?" * len(states))
        rows = self._run(f"{_SELECT} WHERE state IN ({among}) ORDER BY number", *(s.value for s in states))
        return [self._push(row) for row in rows]

    def since(self, time: datetime) -> list[Push]:
        rows = self._run(
            f"{_SELECT} WHERE max(sent_at, ifnull(looked_at, '')) > ? ORDER BY number", from_time(time)
        )
        return [self._push(row) for row in rows]

    def _push(self, row: Row) -> Push:
        number, *fields = row
        assets = self._run(f"{_ASSETS} ORDER BY position", number)
        with sqlite_errors(self._path), parsing():
            state, sent_at, publish_id, status, code, looked_at, ended_at = checked_row(fields)
            return Push(
                PushState(state),
                tuple(Pushed(*checked_row(asset)[2:]) for asset in assets),
                datetime.fromisoformat(sent_at),
                number=number,
                publish_id=publish_id,
                status=status,
                code=code,
                looked_at=to_time(looked_at),
                ended_at=to_time(ended_at),
            )

    def _run(self, statement: str, *values: object) -> list[Any]:
        with sqlite_errors(self._path):
            return self._db.execute(statement, values).fetchall()


def _row(push: Push) -> Row:
    times = from_time(push.looked_at), from_time(push.ended_at)
    said = (push.state.value, from_time(push.sent_at), push.publish_id, push.status, push.code)
    return sealed(*said, *times)
