"""`syncer migrate` replaces no file of the config, and the document only on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer import Mirror
from syncer.errors import ConfigError
from tests.home import SIGNATURE, Home

TEXT = "http://127.0.0.1:9/never-requested.mp4\n"


@pytest.fixture
def yard(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A folder with a file for each role in the config."""
    home.sign()
    home.config["sources"]["lists"] = {"kind": "links", "list": "lists.csv", "ca": "extra.pem"}
    archives = {"kind": "local", "root": "exports"}
    home.config["sources"]["album"] = {"kind": "takeout", "source": archives}
    bucket = {"kind": "s3", "bucket": "raw", "access_key": "file:access", "secret_key": "file:secret"}
    home.config["sources"]["raw"] = bucket
    (home.folder / "exports").mkdir()
    (home.folder / "access").write_text("AKIAIOSFODNN7EXAMPLE")
    (home.folder / "secret").write_text("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    (home.folder / "exports/takeout-1.zip").write_text("an archive")
    home.config["manifest"] = ["urls.json", "feed.csv"]
    for name in (
        "posts.csv",
        "lists.csv",
        "extra.pem",
        "syncer.db",
        "syncer.db-wal",
        "urls.json",
        "feed.csv",
    ):
        (home.folder / name).write_text(TEXT)
    home.put("summer/a.mp4", b"a film")
    home.put("summer/notes.txt", b"words")
    (home.site.root / "poster.jpg").write_bytes(b"a picture")
    for name in ("copies", "uploads"):
        (home.folder / f"syncer.db.{name}").mkdir()
    monkeypatch.chdir(home.folder)
    home.write()
    return home


def tree(home: Home) -> dict[str, bytes]:
    places = [*home.folder.rglob("*"), *home.site.root.rglob("*")]
    return {str(path): path.read_bytes() for path in places if path.is_file()}


CLAIMED = {
    "config.yaml": "the config",
    SIGNATURE: "a signature file",
    "syncer.db": "the catalogue",
    "syncer.db-wal": "a file of the catalogue",
    "syncer.db.lock": "a file of the catalogue",
    "syncer.db.copies/1.db": "in the folder of the catalogue's copies",
    "syncer.db.uploads/1": "in the folder of the catalogue's uploads",
    "urls.json": "a manifest",
    "feed.csv": "a manifest",
    "lists.csv": "the file of sources.lists.list",
    "extra.pem": "the file of sources.lists.ca",
    "secret": "the file of sources.raw.secret_key",
    "exports/takeout-1.zip": "a file of the source album",
    "media/summer/a.mp4": "a file of the source clips",
    "media/summer/notes.txt": "a file of the source clips",
}


def test_python_refuses_the_same_outputs(yard: Home) -> None:
    before = tree(yard)
    mirror = Mirror.load(yard.folder / "config.yaml")
    for name, claim in CLAIMED.items():
        with pytest.raises(ConfigError, match=claim):
            mirror.migrate("posts.csv", name)
    assert tree(yard) == before


@pytest.mark.parametrize("option", ["-o", "--map"])
def test_no_output_replaces_a_file_of_the_config(yard: Home, option: str) -> None:
    before = tree(yard)
    for name, claim in CLAIMED.items():
        for spelled in (name, f"media/../{name}", str(yard.folder / name)):
            ran = yard.syncer("migrate", "posts.csv", option, spelled)
            assert ran.code == 2
            assert f"{spelled} is {claim}, and is not overwritten" in ran.err
    assert tree(yard) == before


def test_no_output_is_written_below_the_served_root(yard: Home) -> None:
    before = tree(yard)
    (yard.folder / "served").symlink_to(yard.site.root)
    for name in ("poster.jpg", "new.csv", "below/new.csv"):
        for target in (yard.site.root / name, Path("served") / name):
            ran = yard.syncer("migrate", "posts.csv", "-o", str(target))
            assert (ran.code, "is below the destination's root" in ran.err) == (2, True)
    (yard.folder / "served").unlink()
    assert tree(yard) == before


def test_a_link_to_such_a_file_is_the_same_file(yard: Home) -> None:
    names = ("config.yaml", SIGNATURE, "urls.json")
    for name in names:
        (yard.folder / f"hard-{name}").hardlink_to(yard.folder / name)
        (yard.folder / f"soft-{name}").symlink_to(yard.folder / name)
    before = tree(yard)
    for name in names:
        for other in (f"hard-{name}", f"soft-{name}"):
            for options in (("posts.csv", "-o", other), ("posts.csv", "--map", other), (name, "-o", name)):
                ran = yard.syncer("migrate", *options)
                assert (ran.code, CLAIMED[name] in ran.err) == (2, True)
    assert tree(yard) == before


def test_the_map_replaces_neither_input_nor_output(yard: Home) -> None:
    (yard.folder / "same.csv").hardlink_to(yard.folder / "posts.csv")
    before = tree(yard)
    for options, said in (
        (("--map", "posts.csv"), "the document to migrate"),
        (("-o", "posts.csv", "--map", "media/../posts.csv"), "the document to migrate"),
        (("--map", "same.csv"), "the document to migrate"),
        (("-o", "a.csv", "--map", "./a.csv"), "the output as well"),
        (("--map", "posts.migrated.csv"), "the output as well"),
    ):
        ran = yard.syncer("migrate", "posts.csv", *options)
        assert (ran.code, said in ran.err) == (2, True)
    assert tree(yard) == before


def test_the_document_may_be_written_in_place(yard: Home) -> None:
    """Even if it is a file of a source."""
    (yard.folder / "syncer.db").unlink()
    (yard.folder / "syncer.db-wal").unlink()
    for name in ("posts.csv", "media/summer/notes.txt"):
        (yard.folder / name).write_text("https://shop.example/about\n")
        for _ in range(2):
            ran = yard.syncer("migrate", name, "-o", f"./{name}", "--map", "map.csv")
            assert (ran.code, ran.err) == (0, "")
        assert yard.syncer("migrate", name, "--map", "map.csv").code == 0


def test_a_config_never_replaces_its_own_files(yard: Home) -> None:
    (yard.folder / "link.txt").symlink_to(SIGNATURE)
    (yard.folder / "config.json").symlink_to("config.yaml")
    whole = yard.config | {"catalogue": "sqlite:///base.json"}
    for key, value, said in (
        ("manifest", ["urls.json", "./urls.json"], "is listed twice"),
        ("manifest", ["config.json"], "is the config"),
        ("manifest", ["base.json"], "is the catalogue"),
        ("manifest", ["link.txt"], "is a signature file"),
        ("manifest", ["lists.csv"], "is the file of sources.lists.list"),
        ("catalogue", "sqlite:///lists.csv", "is the file of sources.lists.list"),
        ("catalogue", "sqlite:///config.json", "is the config"),
    ):
        yard.config = whole | {key: value}
        yard.write()
        before = tree(yard)
        ran = yard.syncer("sync")
        assert (ran.code, f"{said} and would be overwritten" in ran.err) == (2, True)
        assert tree(yard) == before
