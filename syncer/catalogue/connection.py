"""One SQLite file, opened: brought up to today's schema, its errors told as `CatalogueError`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncer.catalogue.migrate import is_outdated, migrate
from syncer.errors import CatalogueError


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """In autocommit mode: every write is kept when it returns. Made if missing, unless it is only read."""
    if read_only and not path.exists():
        raise CatalogueError(
            f"there is no catalogue {path} yet", code="catalogue.missing", hint="run `syncer sync` first"
        )
    with translated(path):
        db = _open(path, read_only=read_only)
        try:
            if read_only and is_outdated(db):  # by an older syncer; whoever only reads can't change that
                db.close()
                connect(path).close()
                db = _open(path, read_only=True)
            db.execute("PRAGMA synchronous = NORMAL")
            migrate(db)
        except BaseException:
            db.close()
            raise
        return db


def _open(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A file that nobody writes can be read even where nothing may be written beside it."""
    uri = path.absolute().as_uri()
    if read_only:
        written = path.with_name(f"{path.name}-wal").exists()
        uri += f"?mode=ro{'' if written else '&immutable=1'}"
    return sqlite3.connect(uri, uri=True, timeout=10, isolation_level=None)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        denied = "unable to open" in str(error) or "readonly" in str(error)
        hint = "check that its folder exists, has space and can be written" if denied else None
        if "not a database" in str(error):
            hint = "let `catalogue` name a file of its own"
        raise CatalogueError(
            f"the catalogue {path} can't be used: {error}",
            code="catalogue.denied" if denied else "catalogue.broken",
            hint=hint,
            transient="locked" in str(error),
        ) from None
