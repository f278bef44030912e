"""`syncer unpublish`: out of the manifest, then off the origin, and not back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from syncer.catalogue import open_catalogue
from syncer.protocols import Catalogue
from tests.home import SIGNATURE, Home
from tests.media import mp4
from tests.names.polyglots import jpeg, published_before


@pytest.fixture
def synced(home: Home) -> Home:
    for number, key in enumerate(("a.mp4", "b.mp4", "dir/ü c.mp4")):
        home.put(key, mp4(seed=number))
    home.sync()
    return home


@pytest.fixture
def catalogue(synced: Home) -> Iterator[Catalogue]:
    with closing(open_catalogue(f"sqlite:///{synced.folder}/syncer.db")) as opened:
        yield opened


@pytest.mark.parametrize(
    "name",
    [
        "dir/ü c.mp4",
        "clips:dir/ü c.mp4",
        "clips/dir/ü c.mp4",
        "https://media.example.test/clips/dir/%C3%BC%20c.mp4",
        "HTTPS://Media.Example.Test:443/%63lips/dir/%c3%bc%20c%2emp4#t=1",
    ],
)
def test_an_asset_is_named_by_key_path_or_url(synced: Home, name: str) -> None:
    ran = synced.syncer("unpublish", "--json", name)
    assert ran.code == 0
    assert ran.json == {
        "unpublished": [
            {
                "source": "clips",
                "key": "dir/ü c.mp4",
                "path": "clips/dir/ü c.mp4",
                "url": "https://media.example.test/clips/dir/%C3%BC%20c.mp4",
                "served": False,
            }
        ],
        "failed": [],
    }
    assert synced.manifest().keys() == {"a.mp4", "b.mp4"}
    assert synced.public() == {"clips/a.mp4", "clips/b.mp4"}


def test_it_does_not_come_back_while_its_version_stays(synced: Home) -> None:
    assert synced.syncer("unpublish", "a.mp4", "b.mp4").code == 0
    synced.config["delete"] = "mirror"
    for _ in range(2):
        done = synced.sync()
        assert (done["exit_code"], done["counts"]) == (0, {"kept": 1, "unpublished": 2})
        assert synced.public() == {"clips/dir/ü c.mp4"}
    assert synced.syncer("plan").out == "3 to keep\n"
    status = synced.syncer("status", "--json").json
    assert (status["unpublished"], status["troubles"]) == (2, [])
    synced.put("a.mp4", mp4(seed=77))
    assert synced.sync()["counts"]["copied"] == 1
    assert synced.manifest().keys() == {"a.mp4", "dir/ü c.mp4"}
    assert synced.syncer("status", "--json").json["unpublished"] == 1


def test_it_can_be_undone(synced: Home) -> None:
    synced.syncer("unpublish", "a.mp4")
    assert "nothing that was unpublished" in synced.syncer("unpublish", "--undo", "b.mp4").err
    assert synced.syncer("unpublish", "--undo", "--json", "clips:a.mp4").json == {
        "readmitted": [{"source": "clips", "key": "a.mp4"}]
    }
    assert synced.sync()["counts"]["copied"] == 1
    assert synced.manifest().keys() == {"a.mp4", "b.mp4", "dir/ü c.mp4"}


def test_what_an_asset_left_behind_is_deleted_by_its_path_alone(synced: Home) -> None:
    """And with the asset, if that is what is named."""
    synced.config["sources"]["clips"]["path"] = "new/{key}"
    synced.sync()
    assert synced.syncer("unpublish", "https://media.example.test/clips/a.mp4").code == 0
    assert synced.manifest().keys() == {"a.mp4", "b.mp4", "dir/ü c.mp4"}
    assert {"new/a.mp4", "clips/b.mp4"} < synced.public()
    assert "clips/a.mp4" not in synced.public()
    assert synced.syncer("unpublish", "clips:b.mp4").code == 0
    assert not {"new/b.mp4", "clips/b.mp4"} & synced.public()
    assert synced.sync()["counts"] == {"kept": 2, "unpublished": 1}


def test_a_dotfile_that_an_earlier_syncer_published_is_taken_back_for_good(home: Home) -> None:
    home.put("x.jpg", jpeg())
    home.sync()
    home.put(".htaccess", jpeg(1))
    home.put("plain.jpg", jpeg(1))
    home.sync()
    url = published_before(home, "plain.jpg", "clips/.htaccess")
    (home.media / "plain.jpg").unlink()
    assert home.syncer("unpublish", url).code == 0
    assert home.public() == {"clips/x.jpg"}
    assert home.syncer("check").code == 0


def test_what_can_not_be_deleted_is_out_of_the_manifest_and_deleted_when_asked_again(
    synced: Home, catalogue: Catalogue
) -> None:
    (synced.site.root / "clips").rename(synced.site.root / "aside")
    (synced.site.root / "clips").symlink_to("/")
    ran = synced.syncer("unpublish", "--json", "a.mp4", "b.mp4")
    assert (ran.code, ran.json["unpublished"]) == (3, [])
    assert {failed["code"] for failed in ran.json["failed"]} == {"destination.outside"}
    assert synced.manifest().keys() == {"dir/ü c.mp4"}
    (synced.site.root / "clips").unlink()
    (synced.site.root / "aside").rename(synced.site.root / "clips")
    assert synced.syncer("unpublish", "a.mp4", "clips/b.mp4").code == 0
    assert synced.public() == {"clips/dir/ü c.mp4"}
    assert [path for path, *_ in catalogue.paths()] == ["clips/dir/ü c.mp4"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.mp4", "nothing that is published is named 'nowhere.mp4'"),
        ("https://elsewhere.test/clips/a.mp4?token=secret", "is not below https://media.example.test/"),
        ("*.mp4", "nothing that is published is named '*.mp4'"),
        ("twice.mp4", "'twice.mp4' is ambiguous: 'clips:twice.mp4' and 'more:twice.mp4'"),
    ],
)
def test_a_name_that_means_nothing_or_too_much_does_nothing(synced: Home, name: str, said: str) -> None:
    synced.put("twice.mp4", mp4(seed=8))
    synced.config["sources"]["more"] = {"kind": "local", "root": "media", "include": ["twice.mp4"]}
    synced.sync()
    public = synced.public()
    ran = synced.syncer("unpublish", "a.mp4", name)
    assert ran.code == 2
    assert said in ran.err
    assert "secret" not in ran.err
    assert synced.public() == public


def test_a_signature_file_is_never_taken_back(synced: Home) -> None:
    synced.sign()
    synced.syncer("bootstrap")
    for name in (SIGNATURE, f"https://media.example.test/{SIGNATURE}"):
        assert synced.syncer("unpublish", name).code == 2
    assert SIGNATURE in synced.public()


def test_it_waits_for_nobody_who_runs(synced: Home, catalogue: Catalogue) -> None:
    with catalogue.lock():
        assert synced.syncer("unpublish", "a.mp4").code == 6
    assert "clips/a.mp4" in synced.public()


def test_a_run_that_is_killed_before_the_delete_leaves_a_path_that_is_known(
    synced: Home, catalogue: Catalogue
) -> None:
    """Nothing is public that nobody knows of."""
    from datetime import UTC, datetime

    entry = catalogue.entry("clips", "a.mp4")
    assert entry
    catalogue.withdraw(entry, datetime.now(UTC))
    assert ("clips/a.mp4", "clips", "a.mp4") in list(catalogue.paths())
    assert synced.syncer("unpublish", "a.mp4").code == 0
    assert "a.mp4" not in synced.manifest()
    assert "clips/a.mp4" not in synced.public()


def test_nothing_is_deleted_where_it_was_never_seen(
    synced: Home, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The destination is another one now, and no run has looked there yet."""
    other = tmp_path_factory.mktemp("other")
    (other / "clips").mkdir()
    (other / "clips" / "a.mp4").write_bytes(b"somebody else's")
    synced.config["origin"]["destination"] = {"kind": "local", "root": str(other)}
    ran = synced.syncer("unpublish", "a.mp4")
    assert (ran.code, "run `syncer sync` first" in ran.err) == (1, True)
    assert (other / "clips" / "a.mp4").read_bytes() == b"somebody else's"
    assert "clips/a.mp4" in synced.public()
    assert "a.mp4" in synced.manifest()
