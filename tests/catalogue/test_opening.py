"""Opening a catalogue: many at once, migrations, and another program that holds it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.catalogue.migrate import MIGRATIONS, migrate
from syncer.errors import CatalogueError


def test_six_first_starts_at_once_all_succeed(tmp_path: Path) -> None:
    script = (
        "import sys; from syncer.catalogue import open_catalogue\n"
        "for line in sys.stdin:\n"
        "    catalogue = open_catalogue('sqlite:///' + line.strip())\n"
        "    catalogue.retire(str(id(catalogue)), 'a', 'b', __import__('datetime').datetime.now())\n"
        "    catalogue.close(); print('ok', flush=True)"
    )
    command = [sys.executable, "-c", script]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    try:
        for number in range(40):
            for process in started:
                assert process.stdin is not None
                process.stdin.write(f"{tmp_path / str(number)}.db\n")
                process.stdin.flush()
            for process in started:
                assert process.stdout is not None
                assert process.stdout.readline() == "ok\n"
    finally:
        for process in started:
            process.communicate(timeout=20)
    assert {process.returncode for process in started} == {0}


def test_migrations_lead_to_todays_version_or_change_nothing(tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "syncer.db"
    with closing(open_catalogue(f"sqlite:///{file}")):
        pass
    good = "CREATE TABLE one (a TEXT DEFAULT ';'); -- and; so\nCREATE TABLE two (a);"
    today = 1 + len(MIGRATIONS)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        with pytest.raises(sqlite3.OperationalError):
            migrate(db, (*MIGRATIONS, good, "CREATE TABLE one (a)"))
        assert db.execute("PRAGMA user_version").fetchone() == (today,)
        assert not db.in_transaction
        migrate(db, (*MIGRATIONS, good))
        assert db.execute("PRAGMA user_version").fetchone() == (today + 1,)
        assert db.execute("SELECT count(*) FROM one, two").fetchone() == (0,)
    with pytest.raises(CatalogueError, match=f"version {today + 1}, and this syncer knows up to {today}"):
        open_catalogue(f"sqlite:///{file}")


def test_a_catalogue_that_another_program_holds_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    monkeypatch.setattr("syncer.catalogue.migrate.WAIT", 0.1)
    file = tmp_path / "syncer.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as db,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            migrate(db)
        other.execute("ROLLBACK")
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        assert catalogue.count() == 0
