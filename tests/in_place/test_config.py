"""What a config may say of sources in place, and what it says where it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.config.places import places
from tests import configs
from tests.configs import ORIGIN, complaint, loaded

folder = configs.folder

SFTP = "kind: sftp, host: {host}, port: {port}, user: {user}, root: {root}"
S3 = "kind: s3, endpoint: https://s3.example.com, bucket: {bucket}"


def local(root: str) -> str:
    return f"kind: local, root: {root}"


def sftp(root: str, host: str = "vps.example.com", port: int = 22, user: str = "u") -> str:
    return f"kind: sftp, host: {host}, port: {port}, user: {user}, root: {root}"


def s3(prefix: str, bucket: str = "b", endpoint: str = "https://s3.example.com") -> str:
    keys = "access_key: env:SYNCER_A, secret_key: env:SYNCER_B"
    return f"kind: s3, endpoint: {endpoint}, {keys}, bucket: {bucket}, prefix: {prefix!r}"


def config(destination: str, *sources: str, **named: str) -> str:
    """`sources` are in place."""
    origin = ORIGIN.replace("{kind: local, root: web}", f"{{{destination}}}")
    lines = [f"  up{number}: {{{source}, in_place: true}}" for number, source in enumerate(sources)]
    lines += [f"  {name}: {{{source}}}" for name, source in named.items()]
    return "\n".join([origin + "sources:", *lines, ""])


@pytest.fixture(autouse=True)
def keys(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SYNCER_A", "SYNCER_B"):
        monkeypatch.setenv(name, "set")
    (folder / "web/storage/uploads").mkdir(parents=True)
    (folder / "link").symlink_to("web/storage")
    (folder / "aside").mkdir()
    (folder / "web/shared").symlink_to("../aside")


@pytest.mark.parametrize(
    ("destination", "source", "place"),
    [
        (local("web"), local("web"), ""),
        (local("web"), local("web/storage/../storage/uploads/"), "storage/uploads/"),
        (local("web"), local("link/uploads"), "storage/uploads/"),
        (local("link"), local("web/storage/uploads"), "uploads/"),
        (local("web"), local("web/shared"), "shared/"),
        (local("web"), local("'web/{a} ü'"), "{a} ü/"),
        (sftp("/srv"), sftp("/srv/in/", host="VPS.example.com."), "in/"),
        (sftp("/srv"), sftp("/srv", user="w"), ""),
        (sftp("web"), sftp("./web/in"), "in/"),
        (sftp("'~/web'"), sftp("web/in"), "in/"),
        (sftp("."), sftp("'$HOME/web'"), "web/"),
        (s3(""), s3("in/"), "in/"),
        (s3("site"), s3("site/in/", endpoint="https://S3.example.com/"), "in/"),
        (s3("site/"), s3("site/"), ""),
        (s3("site"), s3("site"), ""),
        (s3("site/"), s3("site/in"), "in/"),
        (s3(""), s3("in/clip-*"), "in/clip-"),
    ],
)
def test_where_files_lie_is_told_by_the_two_roots(destination: str, source: str, place: str) -> None:
    assert places(loaded(config(destination, source))) == {"up0": place}


@pytest.mark.parametrize(
    ("destination", "source", "said"),
    [
        (local("web"), local("aside"), 'root: "FOLDER/aside" is not inside the destination'),
        (
            local("web/storage"),
            local("web"),
            "correct root, or let the destination be the folder that origin.url",
        ),
        (local("web"), sftp("/srv"), "is of the kind local; this source is of the kind sftp"),
        (sftp("/srv"), sftp("/srv/in", host="other.example.com"), "correct host, port, user or root"),
        (sftp("/srv"), sftp("/srv/in", port=23), "correct host, port, user or root"),
        (sftp("/srv"), sftp("in"), "is not inside"),
        (sftp("web"), sftp("web/in", user="w"), "is not inside"),
        (sftp("/srv"), sftp("~/in"), "is not inside"),
        (s3("site/"), s3("other/"), '"b/other/" is not inside the destination\'s root "b/site/"'),
        (s3("site/"), s3("site-old/"), "correct endpoint, bucket or prefix"),
        (s3("site"), s3("site*"), "correct endpoint, bucket or prefix"),
        (s3(""), s3("/storage/uploads/"), 'if no key begins with that, write "storage/uploads/"'),
        (s3(""), s3("storage//uploads"), 'if no key begins with that, write "storage/uploads"'),
        (s3(""), s3("storage\\uploads"), 'if no key begins with that, write "storage/uploads"'),
        (s3(""), s3("in/", bucket="c"), "correct endpoint, bucket or prefix"),
        (local("web"), local("web/.well-known"), "its files can't be published where they are"),
        (local("web"), local("web/app.php"), "its files can't be published where they are"),
        (local("web"), local("web") + ', path: "{key}"', "path: a source in place has no path"),
    ],
)
def test_a_place_that_gives_no_url_is_refused_with_line_and_column(
    destination: str, source: str, said: str
) -> None:
    told = complaint(config(destination, source))
    assert told.startswith("config.yaml:6:")
    assert told.split(": ")[1].startswith("sources.up0")
    assert said in told


@pytest.mark.parametrize(
    ("destination", "source"),
    [
        (local("web"), local("web/storage/uploads")),
        (local("web"), local("link/uploads")),
        (local("web"), local("web")),
        (local("web"), local("'web/a: b #1'")),
        (sftp("/srv", port=2222), sftp("/srv/in", port=2222)),
        (s3("site"), s3("site/")),
        (s3("site"), s3("site")),
        (s3(""), s3("clips*")),
    ],
)
def test_a_copying_source_that_lies_inside_is_refused_with_the_lines_to_write(
    destination: str, source: str
) -> None:
    first, *more = complaint(config(destination, clips=source)).split("\n")
    assert first.startswith("config.yaml:6:")
    assert first.endswith("To publish these files where they are, without a copy, write")
    kind = source.partition(",")[0]
    assert more[:3] == ["sources:", "  clips:", f"    {kind}"]
    assert "    in_place: true" in more
    written = "\n".join(more[: more.index("    in_place: true") + 1])
    if kind != "kind: s3":  # whose keys are not repeated
        origin = ORIGIN.replace("{kind: local, root: web}", f"{{{destination}}}")
        assert places(loaded(origin + written)).keys() == {"clips"}


def test_a_bucket_may_hold_a_source_and_copies_beside_it() -> None:
    """Folders of one bucket are apart where no copy is listed again."""
    assert loaded(config(s3(""), clips=s3("raw/"))).sources
    assert loaded(config(s3("public/"), clips=s3("raw/"))).sources
    assert loaded(config(s3("public"), clips=s3("pub"))).sources, "a prefix is the whole name of a folder"
    assert len(places(loaded(config(s3(""), s3("in"), s3("in-old"))))) == 2
    assert "would list the same files" in complaint(config(s3(""), s3("in"), s3("in/old")))
    assert "must be separate" in complaint(config(s3("public/"), clips=s3("")))


@pytest.mark.parametrize(
    ("roots", "path", "said"),
    [
        (["web/storage"], "storage/{key}", '"storage/{key}" may lead into the folder of the source up0'),
        (["web/storage"], "{key}", "let it begin with another folder, such as path: clips/{key}"),
        (["web/storage/uploads"], "{source}{key}", "let it begin with another folder"),
        (["web"], "clips/{key}", "give up0 a root below the destination's"),
        (["web/storage", "web/storage/uploads"], "clips/{key}", "it and the source up0 would list the same"),
        (["web", "link"], "clips/{key}", "it and the source up0 would list the same files"),
    ],
)
def test_two_sources_never_claim_one_path(roots: list[str], path: str, said: str) -> None:
    clips = f"kind: local, root: aside, path: {path!r}"
    assert said in complaint(config(local("web"), *map(local, roots), clips=clips))


def test_copies_may_lie_beside_what_is_in_place() -> None:
    for path in ("clips/{key}", "{slug}.{ext}", "storage2/{key}"):
        clips = f"kind: local, root: aside, path: {path!r}"
        assert places(loaded(config(local("web"), local("web/storage/uploads"), clips=clips)))


@pytest.mark.parametrize("kind", ["drive", "takeout", "links"])
def test_a_source_of_another_kind_knows_no_such_key(kind: str) -> None:
    assert "sources.up0.in_place: unknown key" in complaint(config(local("web"), f"kind: {kind}"))


def test_archives_are_not_in_place() -> None:
    inner = "kind: takeout, source: {kind: local, root: web, in_place: true}"
    assert "remove in_place there" in complaint(config(local("web"), exported=inner))
