"""Numbers in sentences: a count of one has the singular, and the words are true."""

from __future__ import annotations

import re
import shutil

import pytest

from syncer.settings.spelling import counted
from tests.home import Home, Ran
from tests.media import PNG, mp4

_PLURAL = re.compile(r"(?<![\d.,/])\b1 (?!is\b|as\b|of its\b)([a-z]{2,}s|files? are|links? are|entries)\b")


def of_one(ran: Ran) -> str:
    """Both streams; checks that no count of one has a plural."""
    said = ran.out + ran.err
    assert not _PLURAL.findall(said), said
    return said


def lose(home: Home) -> None:
    shutil.rmtree(home.folder / "syncer.db.copies", ignore_errors=True)
    (home.folder / "syncer.db").unlink()


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (1000, "1000 entries")]
)
def test_a_count_of_one_has_the_singular(number: int, said: str) -> None:
    assert counted(number, "entry", "entries") == said
    assert counted(number, "file") == f"{number} file{'' if number == 1 else 's'}"


def test_one_file_has_the_singular_in_every_command(home: Home) -> None:
    home.put("a.mp4", mp4())
    (home.folder / "posts.csv").write_text("url\nhttps://gone.invalid/a.mp4\n")
    for command in (["plan"], ["sync"], ["status"], ["check"], ["doctor"], ["tidy"], ["plan"]):
        of_one(home.syncer(*command))
    assert "1 link, in 1 place" in of_one(home.syncer("migrate", str(home.folder / "posts.csv"), "--plan"))
    said = of_one(home.syncer("migrate", str(home.folder / "posts.csv")))
    assert "1 link was not replaced" in said
    lose(home)
    said = of_one(home.syncer("catalogue", "rebuild"))
    assert "1 file is at the destination" in said
    assert "1 entry accepted as published" in said


def test_one_file_that_is_left_out_has_the_singular(home: Home) -> None:
    home.put("only.mp4", mp4())
    home.put("Thumbs.db", b"x")
    home.config["sources"]["clips"]["include"] = ["*.mov"]
    said = of_one(home.syncer("sync"))
    assert "0 of 1 object match include" in said
    assert "1 file of macOS, Windows or a NAS is left out" in said
    home.config["sources"]["clips"] |= {"include": ["*"], "exclude": ["sub"]}
    home.put("sub/shot.png", PNG)
    assert "1 object in sub/ is taken" in of_one(home.syncer("plan"))


def test_rebuild_says_that_files_in_place_are_checked_and_not_copied(home: Home) -> None:
    uploads = home.site.root / "uploads"
    uploads.mkdir()
    home.config["sources"]["own"] = {"kind": "local", "root": str(uploads), "in_place": True}
    for name in ("a.mp4", "b.mp4"):
        (uploads / name).write_bytes(mp4(seed=ord(name[0])))
        home.put(name, mp4(seed=ord(name[0]) + 9))
    home.sync()
    lose(home)
    for folder in (uploads, home.media):
        (folder / "b.mp4").write_bytes(mp4(seed=77))
    said = of_one(home.syncer("catalogue", "rebuild"))
    copied, in_place = said.index("to copy\n"), said.index("for the next `syncer sync` to check\n")
    assert said.index("clips:b.mp4") > copied
    assert copied < said.index("own:b.mp4") > in_place
    assert said[said.index("clips:b.mp4") : in_place].count("own:") == 0
    before = (uploads / "b.mp4").stat().st_mtime_ns
    done = home.sync()
    assert done["counts"]["copied"] == 1
    assert done["counts"]["in_place"] == 1
    assert (uploads / "b.mp4").stat().st_mtime_ns == before
