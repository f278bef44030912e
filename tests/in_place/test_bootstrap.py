"""`bootstrap --in-place`: from a domain with files to a config that works, without writing one by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncer.cli import written
from syncer.cli.adhoc import Flags, config_of
from syncer.config import load
from syncer.errors import ConfigError
from syncer.sources import is_in_place
from tests.home import SIGNATURE, Home, Ran
from tests.in_place.ground import UPLOADS, Ground
from tests.media import PNG, mp4


def once(home: Home, *flags: str) -> Ran:
    origin = ("--url", home.site.url, "--ca", str(home.site.ca), "--connect-to", home.site.connect_to)
    place = ("--destination", str(home.site.root), "--signature", str(home.sign()))
    return home.syncer_alone("bootstrap", *origin, *place, *flags)


@pytest.mark.parametrize(
    "folder", ["storage/uploads", "{root}/storage/uploads/", "{here}/storage/uploads", "."]
)
def test_the_config_that_is_written_publishes_the_files_where_they_lie(web: Ground, folder: str) -> None:
    web.upload(a=mp4(seed=1), b=mp4(seed=2), page=PNG)
    root, file = web.home.site.root, web.home.folder / "mine.yaml"
    given = folder.format(root=root, here=os.path.relpath(root))
    ran = once(web.home, "--in-place", given, "--write-config", str(file))
    assert ran.code == 0, ran.err
    assert f"next: syncer sync -c {file}" in ran.err
    before = web.everything()
    done = web.home.syncer_alone("sync", "-c", str(file), "--json")
    assert (done.code, done.json["counts"]) == (4, {"in_place": 2, "rejected": 1})
    urls = web.home.syncer_alone("urls", "-c", str(file)).out.splitlines()
    assert urls == [web.url(f"{UPLOADS}{name}.mp4") for name in ("a", "b")]
    assert web.home.syncer_alone("check", "-c", str(file)).code == 0
    assert web.everything() == before
    assert (root / SIGNATURE).exists()


def test_without_the_flag_the_config_holds_both_ways_behind_a_mark(web: Ground) -> None:
    web.upload(a=mp4())
    file = web.home.folder / "mine.yaml"
    assert once(web.home, "--write-config", str(file)).code == 0
    (web.home.site.root / "uploads").symlink_to("storage/uploads")
    text = file.read_text()
    head, mirrored, lying = text.split("#sources:\n")
    rest = f"{head}#sources:\n{mirrored}"
    file.write_text(rest + "\n".join(line.removeprefix("#") for line in f"#sources:\n{lying}".splitlines()))
    done = web.home.syncer_alone("sync", "-c", str(file), "--json")
    assert (done.code, done.json["counts"]) == (0, {"in_place": 1}), done.err
    assert load(file).manifest


@pytest.mark.parametrize(
    ("destination", "folder", "name", "where"),
    [
        ("sftp://me@host:2222/var/www/html", "storage/uploads", "uploads", "/var/www/html/storage/uploads"),
        ("sftp://me@host/var/www/html/", "/var/www/html/my media", "my-media", "/var/www/html/my media"),
        ("sftp://me@host/var/www/html", ".", "html", "/var/www/html"),
        ("s3://bucket/pre/fix", "clips/", "clips", "pre/fix/clips/"),
        ("s3://bucket/pre/fix", "pre/fix/clips", "clips", "pre/fix/clips/"),
        ("s3://bucket", "日本", "uploads", "日本/"),
        ("s3://bucket", ".", "uploads", ""),
    ],
)
def test_each_kind_of_destination_has_its_source_in_place(
    tmp_path: Path, destination: str, folder: str, name: str, where: str
) -> None:
    proof = tmp_path / SIGNATURE
    proof.write_text("made up")
    config = config_of(Flags("https://a.test/", None, destination, (proof,), in_place=folder))
    for file, sources in ((tmp_path / "one.yaml", config.sources), (tmp_path / "two.yaml", {})):
        written.write_config(config.model_copy(update={"sources": sources}), file)
    assert load(tmp_path / "one.yaml").sources == config.sources
    ((found, source),) = config.sources.items()
    assert (found, is_in_place(source)) == (name, True)
    assert getattr(source, "prefix" if destination.startswith("s3") else "root") == where


@pytest.mark.parametrize("folder", ["/srv/media", "../uploads", "a/../../b", "sftp://me@host/var/www/html/a"])
def test_a_folder_elsewhere_is_refused_before_anything_is_done(folder: str) -> None:
    proof = (Path(__file__),)
    with pytest.raises(ConfigError, match="is not inside the destination"):
        config_of(Flags("https://a.test/", None, "sftp://me@host/var/www/html", proof, in_place=folder))


def test_a_folder_that_is_not_there_is_refused_before_anything_is_placed(web: Ground) -> None:
    before = web.everything()
    for flags, says in (
        (("--in-place", "nowhere", "--write-config", "x.yaml"), "there is no folder"),
        (("--in-place", UPLOADS), "use both"),
    ):
        ran = once(web.home, *flags)
        assert ran.code == 2
        assert says in ran.err
    assert web.everything() == before
