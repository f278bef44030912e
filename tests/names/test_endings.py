"""The law of endings: what a file is served as, by its name, is what its bytes are."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from syncer.model import Asset
from syncer.origin.addresses import OriginAddresses
from syncer.origin.paths import PathTemplate
from syncer.probe.media_types import MEDIA
from tests.home import Home
from tests.in_place.ground import UPLOADS, folder, settle
from tests.media import mp4, sample

ORIGIN = "https://media.example.com/"
SHA = "0" * 64
KINDS = sorted(set(MEDIA.values()))
ENDINGS = sorted({*MEDIA, "MP4", "3GP", "Jpg"})

FAMILIES = ({"video/mp4", "video/quicktime"}, {"image/heic", "image/heif"})
"""Types that have each other's endings, kept apart from the program's own table."""
BYTES = {
    "video/mp4": mp4(),
    "video/quicktime": sample("müsli-tasting.mov"),
    "video/webm": sample("street-food.webm"),
    "image/jpeg": sample("Sunset at the Lake.jpg"),
    "image/webp": sample("café.webp"),
}
"""All that the platform takes."""


def right(ending: str, kind: str) -> bool:
    stands_for = MEDIA[ending.lower()]
    return stands_for == kind or any({stands_for, kind} <= family for family in FAMILIES)


def addresses(template: str) -> OriginAddresses:
    return OriginAddresses(ORIGIN, ORIGIN, {"clips": PathTemplate.parse(template)})


@pytest.mark.parametrize(
    "template", ["{key}", "x/{stem}.{ext}", "{slug}.{ext}", "{slug}", "{sha256:12}.{ext}"]
)
def test_a_new_name_ends_as_its_bytes_do_and_a_right_one_stays(template: str) -> None:
    ours = addresses(template)
    for kind, ending in product(KINDS, ENDINGS):
        asset = Asset("clips", f"a.{ending}", "")
        plain, fitting = ours.path(asset, SHA), ours.fitting(asset, kind)
        path = ours.path(fitting, SHA, kind) or ""
        assert right(path.rpartition(".")[2], kind), (kind, ending, path)
        assert (path == plain) is right(ending, kind), (kind, ending, path)
        assert ours.fitting(fitting, kind) == fitting
        assert ours.path(replace(fitting, ending=fitting.ending or f".{ending}"), SHA) == path


@pytest.mark.parametrize("template", ["x/{stem}.mp4", "{slug}.webp"])
def test_an_ending_that_the_template_gives_stays(template: str) -> None:
    ours = addresses(template)
    for kind, ending in product(KINDS, ENDINGS):
        asset = Asset("clips", f"a.{ending}", "")
        assert ours.path(ours.fitting(asset, kind), SHA, kind) == ours.path(asset, SHA)


def pairs() -> dict[str, tuple[str, str]]:
    """Kind and ending, by key."""
    return {f"{kind.replace('/', '-')}.{ending}": (kind, ending) for kind, ending in product(BYTES, ENDINGS)}


@pytest.mark.parametrize("template", ["{key}", "{stem}-{sha256:8}.{ext}"])
def test_whatever_it_is_called_what_is_published_ends_as_its_bytes_do(home: Home, template: str) -> None:
    home.config["sources"]["clips"]["path"] = template
    for key, (kind, _) in pairs().items():
        home.put(key, BYTES[kind])
    done = home.sync()
    assert (done["exit_code"], done["counts"]["copied"]) == (0, len(pairs()))
    listed = home.manifest()
    for key, (kind, ending) in pairs().items():
        path = listed[key]["path"]
        assert listed[key]["content_type"] == kind
        assert right(path.rpartition(".")[2], kind), path
        assert path.endswith(f".{ending}") is right(ending, kind)
    assert home.public() == {record["path"] for record in listed.values()}
    assert home.sync()["counts"] == {"kept": len(pairs())}


def test_a_name_is_chosen_once_whatever_its_bytes_become(home: Home) -> None:
    home.put("a.3gp", BYTES["video/mp4"])
    home.put("b.png", BYTES["image/webp"])
    home.put("c.mp4", BYTES["video/mp4"])
    home.sync()
    first = {key: record["url"] for key, record in home.manifest().items()}
    assert [url.rpartition("/")[2] for url in first.values()] == ["a.3gp.mp4", "b.png.webp", "c.mp4"]
    home.put("a.3gp", BYTES["video/webm"])
    home.put("b.png", BYTES["image/jpeg"])
    home.put("c.mp4", BYTES["video/webm"])
    assert home.sync()["counts"]["copied"] == 3
    assert {key: record["url"] for key, record in home.manifest().items()} == first
    assert {record["content_type"] for record in home.manifest().values()} == {"video/webm", "image/jpeg"}


def test_what_an_earlier_syncer_published_under_another_ending_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.put("a.3gp", BYTES["video/mp4"])
    with monkeypatch.context() as earlier:
        earlier.setattr(OriginAddresses, "fitting", lambda _self, asset, _media_type: asset)
        home.sync()
    assert home.public() == {"clips/a.3gp"}
    assert home.sync()["counts"] == {"kept": 1}
    home.put("a.3gp", mp4(3000, seed=1))
    assert home.sync()["counts"]["copied"] == 1
    assert home.public() == {"clips/a.3gp"}


def test_two_files_never_share_a_name_that_one_got_from_its_bytes(home: Home) -> None:
    home.put("a.3gp", BYTES["video/mp4"])
    home.put("a.3gp.mp4", mp4(3000, seed=1))
    done = home.sync()
    assert (done["exit_code"], done["counts"]["copied"], done["counts"]["failed"]) == (3, 1, 1)
    assert {each["code"] for each in home.troubles().values()} == {"plan.collision"}


@pytest.mark.parametrize("lost", [[], ["urls.json"]])
def test_a_rebuild_finds_a_file_under_the_ending_of_its_bytes(home: Home, lost: list[str]) -> None:
    home.put("a.3gp", BYTES["video/mp4"])
    home.sync()
    before = home.public()
    for file in (home.folder / "syncer.db", *(home.folder / name for name in lost)):
        file.unlink()
    home.syncer("catalogue", "rebuild")
    home.sync()
    assert home.public() == before
    assert home.manifest().keys() == {"a.3gp"}


# In place


def test_no_file_in_place_is_renamed_and_check_says_which_name_is_wrong(home: Home) -> None:
    web, root = folder(home), str(home.site.root)
    settle(home, {"kind": "local", "root": root}, {"kind": "local", "root": f"{root}/{UPLOADS}"})
    for key, (kind, _) in pairs().items():
        web.put(f"{UPLOADS}{key}", BYTES[kind])
    done = home.sync()
    assert (done["exit_code"], done["counts"]) == (0, {"in_place": len(pairs())})
    assert {key: record["path"] for key, record in home.manifest().items()} == {
        key: f"{UPLOADS}{key}" for key in pairs()
    }
    results = home.syncer("check", "--json").json["results"]
    told = {each["url"].rpartition("/")[2]: each["findings"] for each in results}
    for key, (kind, ending) in pairs().items():
        served = home.site.fetch(web.url(f"{UPLOADS}{key}")).headers["content-type"]
        findings = [each for each in told[key] if each["rule"] == "origin.type"]
        assert bool(findings) is (served != kind), (key, served)
        for each in findings:
            assert each["severity"] == "warn"
            assert ("rename the file" in each["hint"]) is (served == MEDIA[ending.lower()]), (key, each)
