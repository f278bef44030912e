"""What somebody else put at the destination is neither replaced nor deleted by `unpublish` or later."""

from __future__ import annotations

from contextlib import closing

import pytest

from syncer.config import load
from syncer.connect.pace import SharedPace
from syncer.destinations import open_destination
from tests.contracts.stores import publish
from tests.home import Home
from tests.media import mp4
from tests.sync.owner.test_brought import KINDS, OURS, SIZE, Move, move, served

__all__ = ["move"]

KEY = "q.mp4"


@KINDS
@pytest.mark.parametrize("found", [False, True])
def test_a_users_file_with_the_unpublished_bytes_stays_when_a_new_version_comes(
    home: Home, move: Move, *, found: bool
) -> None:
    first, before = home.site, dict(home.config["origin"])
    move(False)  # noqa: FBT003 - as `Move` says
    second, after = home.site, dict(home.config["origin"])
    if found:
        assert home.sync()["listed"] == len(OURS)
        for _ in range(2):
            ran = home.syncer("unpublish", KEY)
            assert (ran.code, "! clips:" in ran.out, "the file is yours" in ran.out) == (0, True, True), ran
    else:
        home.site, home.config["origin"] = first, before
        assert home.syncer("unpublish", KEY).code == 0
        home.site, home.config["origin"] = second, after
        assert home.sync()["exit_code"] == 3
        ran = home.syncer("unpublish", KEY)
        assert (ran.code, "so it leaves it" in ran.out) == (3, True)
        assert "tries the delete again" not in ran.out
        assert "copy `.syncer-owner` from there" in ran.out
    home.put(KEY, mp4(SIZE, 9))
    done = home.sync()
    assert (done["exit_code"], home.troubles()[KEY]["code"]) == (3, "destination.taken")
    assert served(home, KEY) == OURS[KEY]


@KINDS
def test_another_file_at_the_path_stays_when_the_asset_is_unpublished(home: Home, move: Move) -> None:
    del move
    home.write()
    theirs = mp4(SIZE, 50)
    store = load(home.folder / "config.yaml").origin.destination
    with closing(open_destination(store, SharedPace())) as there:
        publish(there, f"clips/{KEY}", theirs)
    told = home.syncer("unpublish", "--json", KEY, "p.mp4").json["unpublished"]
    assert {each["key"]: each.get("changed") for each in told} == {KEY: True, "p.mp4": None}
    assert (served(home, KEY), served(home, "p.mp4")) == (theirs, None)
    assert home.manifest().keys() == {"r.mp4"}
