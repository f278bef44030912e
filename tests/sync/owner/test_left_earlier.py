"""What a catalogue does not know about files that it left at an earlier destination."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from syncer.catalogue.seals import seal_all, teach
from tests.catalogue.older import downgrade
from tests.home import Home
from tests.sync.owner.test_brought import served
from tests.sync.owner.test_deleted_elsewhere import GONE, Back, back, delete, deleted, move

__all__ = ["back", "move"]


def test_an_older_catalogue_knows_what_was_left_but_not_whose_it_was(home: Home, back: Back) -> None:
    delete(home)
    downgrade(home.folder / "syncer.db", "_LEFT_BY")
    back()
    deleted(home)


def test_a_file_whose_bytes_nobody_knows_is_named_and_deleted_only_by_hand(home: Home, back: Back) -> None:
    delete(home)
    with closing(sqlite3.connect(home.folder / "syncer.db")) as db, db:
        teach(db)
        db.execute("UPDATE wrote SET sha256 = NULL")
        seal_all(db)
    back()
    url = f"{home.site.url}clips/{GONE}"
    done = home.sync()
    (said,) = [each for each in done["findings"] if each["rule"] == "unpublish.public"]
    assert (done["exit_code"], said["hint"]) == (3, f"run `syncer unpublish {url}`")
    assert home.syncer("unpublish", url).code == 0
    assert (home.sync()["exit_code"], served(home, GONE)) == (0, None)
