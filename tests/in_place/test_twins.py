"""Two spellings of one name in a folder: the one that the URL has is published, the other one is told."""

from __future__ import annotations

import unicodedata

import pytest

from tests.in_place.ground import UPLOADS, Ground
from tests.media import mp4


def spelt(name: str, form: str) -> str:
    return unicodedata.normalize("NFC" if form == "NFC" else "NFD", name)


@pytest.mark.parametrize("name", ["größe.mp4", "é/Ångström 1.mp4", "が.mp4"])
def test_the_right_spelling_is_published_and_the_hint_mends_the_other(web: Ground, name: str) -> None:
    right, wrong = spelt(name, "NFC"), spelt(name, "NFD")
    web.put(UPLOADS + wrong, mp4(seed=1))
    web.put(UPLOADS + right, mp4(seed=2))
    for _ in range(2):
        ran = web.home.syncer("sync")
        assert ran.code == 3
        assert web.home.manifest().keys() == {right}
        assert web.home.site.fetch(web.home.manifest()[right]["url"]).content == mp4(seed=2)
        assert "exclude" not in ran.err + ran.out, "that would leave out both"
        assert "rename it there" in ran.err + ran.out
    root = web.home.site.root / UPLOADS
    (root / wrong).rename(root / "other.mp4")
    done = web.home.sync()
    assert done["exit_code"] == 0
    assert web.home.manifest().keys() == {right, "other.mp4"}


@pytest.mark.parametrize("name", ["größe.mp4", "Müsli.mov"])
def test_a_wrong_spelling_alone_is_published_once_it_is_renamed(web: Ground, name: str) -> None:
    right, wrong = spelt(name, "NFC"), spelt(name, "NFD")
    web.put(UPLOADS + wrong, mp4(seed=1))
    assert web.home.sync()["exit_code"] == 3
    root = web.home.site.root / UPLOADS
    (root / wrong).rename(root / right)
    assert web.home.sync()["exit_code"] == 0
    assert web.home.manifest().keys() == {right}
