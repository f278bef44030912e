"""The settings, and the search for archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.config import json_schema, secrets
from syncer.errors import SourceError
from syncer.sources.takeout import Config, TakeoutSource
from tests import configs
from tests.configs import ORIGIN, complaint, loaded
from tests.sources.takeout.exports import lacking, listed, make, part, read

folder = configs.folder

EXPORT = ORIGIN + "sources:\n  photos:\n    kind: takeout\n"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", ["takeout-*.zip", "[takeout-*.zip, more]"])
def test_archives_are_one_glob_or_many_beside_the_config(text: str) -> None:
    source = loaded(EXPORT + f"    archives: {text}\n").sources["photos"]
    assert isinstance(source, Config)
    assert source.archives[0] == Path.cwd() / "takeout-*.zip"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "6:3: sources.photos: needs archives (globs or folders), or the source with the archives"),
        (
            "    archives: []\n",
            "6:3: sources.photos: needs archives (globs or folders), or the source with the archives",
        ),
        (
            "    archives: a\n    source: {kind: local, root: b}\n",
            "6:3: sources.photos: set either archives or source, not both",
        ),
        ("    archives: 5\n", "8:15: sources.photos.archives: must be a list, such as [a, b]; found 5"),
        ("    source: {kind: s3}\n", "8:5: sources.photos.source.bucket: is required, but missing"),
        (
            "    source: {root: a}\n",
            "8:5: sources.photos.source.kind: is required, but missing; the kinds are ",
        ),
        (
            "    source: {kind: takeout, archives: a}\n",
            '8:20: sources.photos.source.kind: unknown kind "takeout"; the kinds are ',
        ),
        (
            "    source: {kind: local, rot: a}\n",
            '8:27: sources.photos.source.rot: unknown key; did you mean "root"?',
        ),
        ("    source: a\n", '8:13: sources.photos.source: must hold lines of "key: value"; found text'),
    ],
)
@pytest.mark.usefixtures("folder")
def test_mistakes_are_reported_with_their_place(text: str, said: str) -> None:
    told = complaint(EXPORT + text)
    assert said in told


@pytest.mark.usefixtures("folder")
def test_secrets_of_the_source_inside_are_known_and_have_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{EXPORT}    source:\n      kind: s3\n      bucket: b\n"
    text += "      access_key: env:SYNCER_A\n      secret_key: env:SYNCER_B\n"
    assert (
        "11:19: sources.photos.source.access_key: the environment variable SYNCER_A is not set"
        in complaint(text)
    )
    for name in ("SYNCER_A", "SYNCER_B"):
        monkeypatch.setenv(name, "x")
    assert secrets(loaded(text))["sources.photos.source.secret_key"] == "env:SYNCER_B"


def test_the_schema_knows_the_kinds_inside() -> None:
    source = json_schema()["$defs"]["takeout-source"]["properties"]["source"]["anyOf"][0]
    assert {"local", "s3"} <= set(source["discriminator"]["mapping"])
    assert not {"takeout", "links"} & set(source["discriminator"]["mapping"])
    assert {"$ref": "#/$defs/s3-source"} in source["oneOf"]


def test_globs_folders_and_files_are_found(tmp_path: Path) -> None:
    for name in ("a", "b/c", "[odd] *"):
        (tmp_path / name).mkdir(parents=True)
    make(tmp_path / "a/one.zip", {"1.mp4": b"1"})
    make(tmp_path / "b/c/two.tgz", {"2.mp4": b"2"})
    make(tmp_path / "[odd] */three.zip", {"3.mp4": b"3"})
    (tmp_path / "a/notes.txt").write_text("no archive")
    (tmp_path / "a/folder.zip").mkdir()
    found = listed(tmp_path / "a", tmp_path / "**/two.*", tmp_path / "[odd] *", tmp_path / "a/one.zip")
    assert {
        key: read(asset, tmp_path / "a", tmp_path / "**/two.*", tmp_path / "[odd] *")
        for key, asset in found.items()
    } == {
        "1.mp4": b"1",
        "2.mp4": b"2",
        "3.mp4": b"3",
    }


def test_links_to_archives_are_followed_inside_their_folder_only(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    target = make(tmp_path / "target.zip", {"1.mp4": b"1"})
    (tmp_path / "a" / part(1)).symlink_to(target)
    _, error = lacking(tmp_path / "a")
    assert "leaves" in error.message


def test_a_folder_that_is_missing_is_reported(tmp_path: Path) -> None:
    _, error = lacking(tmp_path / "missing")
    assert error.code == "source.missing"
    assert f"no file matches {tmp_path}/missing" in error.message


def test_archives_behind_another_source_are_chosen_by_its_filters(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    make(tmp_path / "in" / part(1), {"1.mp4": b"1"})
    make(tmp_path / "in/other.zip", {"2.mp4": b"2"})
    (tmp_path / "in/takeout.html").write_text("<html>")
    config = Config.model_validate(
        {"kind": "takeout", "source": {"kind": "local", "root": tmp_path, "include": ("in/takeout*",)}}
    )
    source = TakeoutSource("photos", config)
    (asset,) = source.assets()
    with source.open(asset) as reader:
        assert (asset.key, reader.read(9)) == ("1.mp4", b"1")


def test_an_unreachable_server_is_the_inner_sources_error(tmp_path: Path) -> None:
    config = Config.model_validate({"kind": "takeout", "source": {"kind": "local", "root": tmp_path / "no"}})
    with pytest.raises(SourceError) as caught:
        next(TakeoutSource("photos", config).assets())
    assert caught.value.code == "source.missing"
