"""Each reason why a catalogue can't be read or written has its own message."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.catalogue.faults import fault
from syncer.catalogue.seals import seal_all, teach
from syncer.errors import CatalogueError
from tests.catalogue.test_damage import entry
from tests.home import Home
from tests.media import mp4
from tests.mounts import mounted
from tests.users import somebody_else

NOW = datetime(2026, 1, 2, tzinfo=UTC)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks and be somebody else")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A catalogue with one entry."""
    made = tmp_path / "syncer.db"
    with closing(open_catalogue(f"sqlite:///{made}")) as catalogue:
        catalogue.put(entry(1))
    return made


def refusal(file: Path) -> CatalogueError:
    """The error of reading everything, which has a hint."""
    with pytest.raises(CatalogueError) as caught:
        read(file)
    assert caught.value.hint
    return caught.value


def read(file: Path) -> None:
    with closing(open_catalogue(f"sqlite:///{file}", read_only=True)) as catalogue:
        list(catalogue.entries())
        catalogue.last_run()
        catalogue.proofs()
        list(catalogue.retired(NOW))
        catalogue.recognise("https://media.example.test/", "local /srv")


# Rows with a value that syncer never writes, but a check value that fits


@pytest.mark.parametrize(
    "change",
    [
        "facts = '{'",
        "facts = '{\"colour\": 1}'",
        "facts = '7'",
        "findings = '[{}]'",
        "findings = '{\"rule\": 1}'",
        "error = 'null '",
        "error = '{\"no\": 1}'",
        "state = 'gone'",
        "checked_at = 'yesterday'",
        "published_at = '2026-02-30T00:00:00+00:00'",
        "facts = replace(hex(zeroblob(50000)), '0', '[')",
        "version = CAST(x'ff61' AS TEXT)",
        "url = CAST(x'c328' AS TEXT)",
    ],
)
def test_a_row_that_can_not_be_read_is_damage(file: Path, change: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        teach(db)
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute(f"UPDATE entry SET {change}")  # noqa: S608 - the test's own
        try:
            seal_all(db)
        except sqlite3.OperationalError:  # a text that is not UTF-8 has no seal
            assert "CAST" in change
    assert refusal(file).code == "catalogue.broken"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET url = 'https://media.example.test/clips/2.mp4'",
        "UPDATE entry SET size = 2",
        "UPDATE entry SET gone_since = '2020-01-01T00:00:00.000000+00:00'",
        "UPDATE entry SET sha256 = NULL",
        "DROP INDEX entry_by_url",
        "DROP TABLE retired",
        "DROP TABLE proof",
        "ALTER TABLE entry DROP COLUMN findings",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -3",
        "PRAGMA application_id = 7",
        "INSERT INTO proof VALUES ('p', 'u', 's', 'now', NULL, 0)",
        "INSERT INTO belongs VALUES (1, 'https://other.example/', 'local /srv', 0)",
    ],
)
def test_what_another_hand_changed_is_not_believed(file: Path, change: str) -> None:
    """Rows with a wrong check value, and an incomplete schema."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute(change)
    assert refusal(file).code == "catalogue.broken"


def test_a_path_that_was_left_is_deleted_only_if_its_row_is_right(file: Path) -> None:
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        catalogue.retire("old/a.mp4", "clips", "a", NOW)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("UPDATE retired SET path = 'new/a.mp4'")
    assert refusal(file).code == "catalogue.broken"


# The file in the place of a catalogue


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "syncer.db").mkdir()
    error = refusal(tmp_path / "syncer.db")
    assert (error.code, "it is a folder" in error.message) == ("catalogue.denied", True)


def test_an_empty_file_has_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "syncer.db").touch()
    assert refusal(tmp_path / "syncer.db").code == "catalogue.missing"


def test_a_newer_version(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 99")
    assert refusal(file).code == "catalogue.newer"


@as_root
def test_a_file_that_this_user_may_not_read(file: Path) -> None:
    file.chmod(0o600)
    for folder in file.parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(0o755)
    with somebody_else():
        error = refusal(file)
    assert (error.code, f"{file} can't be read by this user" in error.message) == ("catalogue.denied", True)


def test_a_catalogue_in_use_by_another_program_is_no_damage(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
            catalogue._db.execute("PRAGMA busy_timeout = 1")  # type: ignore[attr-defined] # noqa: SLF001 - waits 10 s
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(CatalogueError) as caught:
                catalogue.put(entry(2))
        assert (caught.value.code, caught.value.transient) == ("catalogue.busy", True)


@as_root
class TestDisks:
    def test_a_full_disk_has_its_own_message_and_nothing_is_lost(self, home: Home) -> None:
        state = home.folder / "state"
        state.mkdir()
        home.config["catalogue"] = "sqlite:///state/syncer.db"
        for number in range(6):
            home.put(f"{number}.mp4", mp4(1000, number))
        with mounted(state, "-t", "tmpfs", "-o", "size=1m,mode=755", "none"):
            assert home.sync()["exit_code"] == 0
            listed = home.manifest()
            filler = state / "filler"
            filler.write_bytes(bytes(shutil.disk_usage(state).free))
            home.put("0.mp4", mp4(2000, 77))
            for command in ("sync", "check", "bootstrap"):
                if command == "bootstrap":
                    home.sign()
                ran = home.syncer(command)
                (line,) = [line for line in ran.err.splitlines() if line.startswith("syncer: ")]
                assert ran.code == 1, ran
                assert f"the disk below {state} is full" in line, ran
                assert "free some space there" in line
            assert home.manifest() == listed
            filler.unlink()
            assert home.syncer("bootstrap").code == 0
            assert home.sync()["exit_code"] == 0
            assert home.manifest().keys() == listed.keys()
            assert home.manifest()["0.mp4"]["size"] == 2000

    def test_a_read_only_disk(self, home: Home) -> None:
        state = home.folder / "state"
        state.mkdir()
        home.config["catalogue"] = "sqlite:///state/syncer.db"
        home.put("a.mp4", mp4())
        assert home.sync()["exit_code"] == 0
        with mounted(state, "--bind", "-o", "ro", str(state)):
            ran = home.syncer("sync")
            assert ran.code == 1
            assert "read-only" in ran.err.lower(), ran
            assert home.syncer("urls").code == 0, "it can be read"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (sqlite3.SQLITE_FULL, "catalogue.full"),
        (sqlite3.SQLITE_IOERR_READ, "catalogue.failed"),
        (sqlite3.SQLITE_IOERR_FSYNC, "catalogue.failed"),
        (sqlite3.SQLITE_IOERR_SHORT_READ, "catalogue.broken"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "catalogue.denied"),
        (sqlite3.SQLITE_CANTOPEN, "catalogue.denied"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "catalogue.busy"),
        (sqlite3.SQLITE_LOCKED, "catalogue.busy"),
        (sqlite3.SQLITE_CORRUPT_INDEX, "catalogue.broken"),
        (sqlite3.SQLITE_SCHEMA, "catalogue.broken"),
        (sqlite3.SQLITE_TOOBIG, "catalogue.broken"),
        (sqlite3.SQLITE_MISMATCH, "catalogue.broken"),
        (sqlite3.SQLITE_NOTADB, "catalogue.foreign"),
    ],
)
def test_each_of_sqlites_errors_has_its_sentence(tmp_path: Path, number: int, code: str) -> None:
    """Errors that no disk gives on demand."""
    error = sqlite3.OperationalError("what it says")
    error.sqlite_errorcode = number
    told = fault(error, tmp_path / "syncer.db")
    assert told.code == code
    assert str(tmp_path) in told.message
    assert told.hint


def test_each_of_the_systems_errors_has_its_sentence(tmp_path: Path) -> None:
    for number, code in {
        errno.ENOSPC: "full",
        errno.EDQUOT: "full",
        errno.EIO: "failed",
        errno.EACCES: "denied",
    }.items():
        assert fault(OSError(number, os.strerror(number)), tmp_path / "syncer.db").code == f"catalogue.{code}"
    assert fault(MemoryError(), tmp_path / "syncer.db").code == "catalogue.broken"
