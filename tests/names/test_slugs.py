"""Different names have different slugs, whatever their script; a URL that an earlier syncer gave stays."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syncer.model import Asset
from syncer.origin import paths
from syncer.origin.paths import PathTemplate
from tests.home import Home
from tests.media import mp4

NAMES = (
    "Фото 7.mp4",
    "图片 7.mp4",
    "写真7.mp4",
    "7.mp4",
    "Ωmega.mp4",
    "mega.mp4",
    "🎉 party.mp4",
    "party.mp4",
)


def slug(key: str, *, plain: bool = False) -> str:
    return PathTemplate.parse("{slug}").render(Asset("s", key, key, plain_slug=plain))


def test_names_of_other_scripts_are_published_beside_each_other(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "{slug}.{ext}"
    for number, name in enumerate(NAMES):
        home.put(name, mp4(seed=number))
    assert home.sync()["exit_code"] == 0
    assert len(home.public()) == len(NAMES)
    assert {"7.mp4", "mega.mp4", "party.mp4"} <= home.public(), "what is all ASCII stays short"
    assert home.sync()["counts"] == {"kept": len(NAMES)}


@pytest.mark.parametrize("template", ["{slug}.{ext}", "{slug}-{sha256:12}.{ext}"])
def test_a_url_that_an_earlier_syncer_gave_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    """Of two that had one slug, the first was published; now the second is too."""
    home.config["sources"]["clips"]["path"] = template
    home.put("Фото 7.mp4", mp4(seed=1))
    now = paths._slug  # noqa: SLF001 - what an earlier release did is this with `plain`
    with monkeypatch.context() as patch:
        patch.setattr(paths, "_slug", lambda key, **_: now(key, plain=True))
        home.sync()
        before = home.manifest()["Фото 7.mp4"]["url"]
    home.put("图片 7.mp4", mp4(seed=2))
    assert home.sync()["counts"]["copied"] == 1
    assert home.manifest()["Фото 7.mp4"]["url"] == before
    assert home.manifest().keys() == {"Фото 7.mp4", "图片 7.mp4"}
    assert home.sync()["counts"] == {"kept": 2}
    home.put("Фото 7.mp4", mp4(seed=3, size=3000))
    assert home.sync()["counts"]["copied"] == 1
    after = home.manifest()["Фото 7.mp4"]["url"]
    assert (after == before) is ("sha256" not in template)
    assert after.rpartition("/")[2].startswith("7")


def test_a_new_catalogue_finds_it_at_the_url_of_before(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.config["sources"]["clips"]["path"] = "{slug}.{ext}"
    home.put("Фото 7.mp4", mp4())
    now = paths._slug  # noqa: SLF001 - as above
    with monkeypatch.context() as patch:
        patch.setattr(paths, "_slug", lambda key, **_: now(key, plain=True))
        home.sync()
    before = home.manifest()
    for file in home.folder.glob("syncer.db*"):
        if file.is_file():
            file.unlink()
    assert home.syncer("catalogue", "rebuild").code == 0
    assert home.sync()["counts"] == {"kept": 1}
    assert json.dumps(home.manifest()["Фото 7.mp4"]["url"]) == json.dumps(before["Фото 7.mp4"]["url"])


@given(st.lists(st.text("aé1 ŁłФф图🎉½-", min_size=1, max_size=6), min_size=2, max_size=4, unique=True))
def test_what_ascii_lacks_tells_names_apart(stems: list[str]) -> None:
    keys = [f"{stem}.mp4" for stem in stems if not stem.isascii()]
    for one, other in itertools.combinations(keys, 2):
        accents = {char for char in one + other if not char.isascii()} <= {"é"}
        assume(not accents and one.casefold() != other.casefold())
        assert slug(one) != slug(other)


@pytest.mark.parametrize("key", ["2024/Été 1.MP4", "Straße.mp4", "ﬁn.mp4", "日本.mp4", "a b!c.mp4", "ÇA.mp4"])
def test_slugs_that_dropped_no_letter_or_all_are_as_before(key: str) -> None:
    assert slug(key) == slug(key, plain=True)
