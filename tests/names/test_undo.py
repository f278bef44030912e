"""What was unpublished is named in each way in which it can be unpublished, and `status --all` names it."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.in_place.ground import UPLOADS, Ground, folder, settle
from tests.media import mp4

KEYS = ("a.mp4", "dir/ü c 0000000000.mp4")

TEMPLATES = {
    "plain": None,
    "hashed": "{sha256:12}/{key}",
    "slug": "v/{slug}-{sha256:8}{ext}",
}


@pytest.fixture(params=TEMPLATES)
def synced(home: Home, request: pytest.FixtureRequest) -> Home:
    if TEMPLATES[request.param]:
        home.config["sources"]["clips"]["path"] = TEMPLATES[request.param]
    for number, key in enumerate((*KEYS, "stays.mp4")):
        home.put(key, mp4(seed=number))
    assert home.sync()["exit_code"] == 0
    return home


@pytest.mark.parametrize("by", ["url", "path"])
def test_it_is_undone_by_the_url_and_path_that_it_had(synced: Home, by: str) -> None:
    before = synced.manifest()
    names = [before[key][by] for key in KEYS]
    assert synced.syncer("unpublish", *names).code == 0
    assert synced.manifest().keys() == {"stays.mp4"}
    told = synced.syncer("status", "--all").out
    assert "2 unpublished" in told
    for key, name in zip(KEYS, names, strict=True):
        assert f"clips:{key}" in told
        undone = synced.syncer("unpublish", "--undo", name)
        assert (undone.code, undone.out.count("\n")) == (0, 1), undone.err
        assert f"publishes clips:{key} again" in undone.out
    synced.sync()
    assert {key: each["url"] for key, each in synced.manifest().items()} == {
        key: each["url"] for key, each in before.items()
    }


def test_in_place_it_is_undone_by_its_url(home: Home) -> None:
    ground: Ground = folder(home)
    root = str(home.site.root)
    settle(home, {"kind": "local", "root": root}, {"kind": "local", "root": f"{root}/storage/uploads"})
    ground.upload(a=mp4(seed=1), b=mp4(seed=2))
    home.sync()
    for name in (ground.url(f"{UPLOADS}a.mp4"), f"{UPLOADS}b.mp4"):
        assert home.syncer("unpublish", name).code == 0
        assert home.syncer("unpublish", "--undo", name).code == 0
    assert home.sync()["counts"] == {"in_place": 2}


@pytest.mark.parametrize("name", ["https://media.example.test/clips/stays.mp4", "clips/nowhere.mp4"])
def test_what_was_not_unpublished_is_answered_with_where_to_look(home: Home, name: str) -> None:
    home.put("stays.mp4", mp4(seed=1))
    home.put("gone.mp4", mp4(seed=2))
    home.sync()
    home.syncer("unpublish", "gone.mp4")
    ran = home.syncer("unpublish", "--undo", name)
    assert ran.code == 2
    assert "`syncer status --all` lists what was unpublished" in ran.err
    assert "clips:gone.mp4" in home.syncer("status", "--all").out
    assert "clips:gone.mp4" not in home.syncer("status").out
