"""Whose a file is stays known when a catalogue is brought back: what syncer wrote is replaced and deleted as
before, and the user's own file never is.
"""

from __future__ import annotations

import pytest

from tests.catalogue.wrecks import DAMAGES, deleting, recover
from tests.home import Home
from tests.media import mp4


def brought_back(*ways: str) -> pytest.MarkDecorator:
    """Ways such as `row-restore`: how it is damaged, and the command."""
    return pytest.mark.parametrize(("damage", "command"), [way.split("-") for way in ways])


@brought_back(*(f"{damage}-{command}" for damage in DAMAGES for command in ("restore", "rebuild")))
def test_what_syncer_wrote_since_the_copy_stays_its_own(home: Home, damage: str, command: str) -> None:
    home.put("first.mp4", mp4(1000, 1))
    assert home.sync()["exit_code"] == 0
    for number in range(4):
        home.put(f"n{number}.mp4", mp4(1000, 10 + number))
    assert home.sync()["exit_code"] == 0
    before = home.manifest()
    home.put("n1.mp4", mp4(2000, 20))
    (home.media / "n3.mp4").unlink()  # as a link that has expired
    recover(home, damage, command)
    done = home.sync()
    assert (done["exit_code"], done["counts"].get("found", 0)) == (0, 0)
    assert home.manifest().keys() == before.keys(), "what no source has any more is still served"
    assert home.manifest()["n3.mp4"] | {"checked_at": None} == before["n3.mp4"] | {"checked_at": None}
    home.put("n0.mp4", mp4(2000, 30))
    (home.media / "n2.mp4").unlink()
    deleting(home)
    done = home.sync()
    assert (done["exit_code"], done["counts"]["copied"], done["counts"]["deleted"]) == (0, 1, 2)
    assert home.public() == {"clips/first.mp4", "clips/n0.mp4", "clips/n1.mp4"}
    for key in ("n0.mp4", "n1.mp4"):
        assert home.site.get(f"clips/{key}").content == (home.media / key).read_bytes()


@brought_back("row-restore", "garbage-restore", "row-rebuild", "lost-rebuild")
def test_a_users_own_file_never_becomes_syncers(home: Home, damage: str, command: str) -> None:
    """One file was always the user's; the other is at a path that syncer had when the copy was made."""
    deleting(home)
    home.put("first.mp4", mp4(1000, 1))
    home.put("once.mp4", mp4(1000, 2))
    assert home.sync()["exit_code"] == 0
    (home.media / "once.mp4").unlink()
    assert home.sync()["counts"]["deleted"] == 1
    there = home.site.root / "clips"
    for name in ("once.mp4", "theirs.mp4"):
        home.put(name, mp4(1000, 3))
        (there / name).write_bytes(mp4(1000, 3))
    assert home.sync()["counts"]["found"] == 2
    recover(home, damage, command)
    assert home.sync()["exit_code"] == 0
    home.put("once.mp4", mp4(2000, 4))
    home.put("theirs.mp4", mp4(2000, 4))
    assert home.sync()["exit_code"] == 3
    assert {each["code"] for each in home.troubles().values()} == {"destination.taken"}
    for name in ("once.mp4", "theirs.mp4"):
        (home.media / name).unlink()
    home.sync()
    for name in ("once.mp4", "theirs.mp4"):
        assert (there / name).read_bytes() == mp4(1000, 3)


@brought_back("row-restore", "garbage-restore", "lost-rebuild")
def test_what_the_user_puts_where_something_was_unpublished_is_the_users(
    home: Home, damage: str, command: str
) -> None:
    deleting(home)
    home.put("first.mp4", mp4(1000, 1))
    home.put("secret.mp4", mp4(1000, 2))
    assert home.sync()["exit_code"] == 0
    assert home.syncer("unpublish", "secret.mp4").code == 0
    there = home.site.root / "clips/secret.mp4"
    there.write_bytes(mp4(3000, 3))
    recover(home, damage, command)
    for _ in range(2):
        home.sync()
    (home.media / "secret.mp4").unlink()
    home.sync()
    assert there.read_bytes() == mp4(3000, 3)


@brought_back("row-restore", "page-restore", "row-rebuild")
def test_what_was_published_again_after_it_was_unpublished_stays_published(
    home: Home, damage: str, command: str
) -> None:
    home.put("first.mp4", mp4(1000, 1))
    home.put("second.mp4", mp4(1000, 2))
    assert home.syncer("sync").code == 0
    (home.folder / "syncer.db.copies").rename(home.folder / "first copies")
    assert home.syncer("unpublish", "second.mp4").code == 0
    assert home.sync()["counts"]["unpublished"] == 1, "of which there is a copy now"
    assert home.syncer("unpublish", "--undo", "second.mp4").code == 0
    assert home.sync()["counts"]["copied"] == 1
    recover(home, damage, command)
    done = home.sync()
    assert (done["exit_code"], "unpublished" in done["counts"]) == (0, False)
    home.put("second.mp4", mp4(2000, 3))
    assert home.sync()["counts"]["copied"] == 1
    assert home.site.get("clips/second.mp4").content == mp4(2000, 3)


@brought_back("row-restore", "garbage-restore", "page-rebuild")
def test_the_file_of_a_source_that_turned_to_in_place_is_the_users(
    home: Home, damage: str, command: str
) -> None:
    """When the copy was made, syncer had written that path; now the user's own file lies there."""
    deleting(home)
    home.config["sources"]["clips"]["path"] = "up/{key}"
    home.put("first.mp4", mp4(1000, 1))
    home.put("a.mp4", mp4(1000, 2))
    assert home.sync()["exit_code"] == 0
    copying, up = dict(home.config["sources"]["clips"]), home.site.root / "up"
    for name in ("first.mp4", "a.mp4"):
        assert home.syncer("unpublish", name).code == 0
        (up / name).write_bytes(mp4(1000, 4))
    home.config["sources"]["clips"] = {"kind": "local", "root": str(up), "in_place": True}
    assert home.sync()["counts"] == {"in_place": 2}
    recover(home, damage, command)
    home.put("a.mp4", mp4(2000, 3))
    home.config["sources"]["clips"] = copying
    home.sync()
    (home.media / "a.mp4").unlink()
    home.sync()
    assert (up / "a.mp4").read_bytes() == mp4(1000, 4)


@brought_back("row-restore", "row-rebuild", "garbage-rebuild")
def test_the_file_of_a_source_that_copies_again_is_syncers(home: Home, damage: str, command: str) -> None:
    """It lay in place when the copy was made. The user removed it, and syncer wrote another file."""
    up = home.site.root / "up"
    up.mkdir()
    for name in ("first.mp4", "a.mp4"):
        (up / name).write_bytes(mp4(1000, 1))
    home.config["sources"]["clips"] = {"kind": "local", "root": str(up), "in_place": True}
    assert home.sync()["counts"] == {"in_place": 2}
    for name in ("first.mp4", "a.mp4"):
        (up / name).unlink()
        home.put(name, mp4(1000, 2))
    home.config["sources"]["clips"] = {"kind": "local", "root": "media", "path": "up/{key}"}
    assert home.sync()["counts"]["copied"] == 2
    recover(home, damage, command)
    home.put("a.mp4", mp4(2000, 3))
    assert home.sync()["exit_code"] == 0
    assert (up / "a.mp4").read_bytes() == mp4(2000, 3)
    deleting(home)
    (home.media / "a.mp4").unlink()
    assert home.sync()["counts"]["deleted"] == 1
