"""A slip in a config is shown where it was made, with what was meant."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from syncer.config import load
from syncer.errors import ConfigError
from tests.home import Home

ORIGIN = """origin:
  url: https://media.example.com/
  property: https://media.example.com/
  destination: {kind: local, root: web}
"""
SOURCE = "sources:\n  a: {kind: local, root: media}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("media", "web"):
        (tmp_path / name).mkdir()
    return tmp_path


def refused(text: str) -> str:
    Path("config.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(Path("config.yaml"))
    return str(caught.value)


@pytest.mark.parametrize(
    ("right", "place"),
    [("url: https", "2:6"), ("property: https", "3:11"), ("root: media", None), ("a: {", "6:4")],
)
def test_a_missing_space_after_a_colon_is_shown_in_its_line(right: str, place: str | None) -> None:
    text = (ORIGIN + SOURCE + "workers: 2\n").replace(right, right.replace(": ", ":"))
    said = refused(text)
    if place:
        assert said.startswith(f"config.yaml:{place}: is not valid YAML: a space is missing after this colon")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (ORIGIN + "sources: {a: {kind:s3, bucket: raw}}\n", "5:19"),
        (ORIGIN + "sources:\n  a: {kind: s3, bucket:raw}\n", "6:23"),
        (ORIGIN + 'sources:\n  a: {kind: local,\n    root:"/srv/in"}\n', "7:9"),
        ("origin: {url:https://m.example.com/}\n", "1:13"),
    ],
)
def test_a_missing_space_in_braces_is_shown_at_its_colon(text: str, place: str) -> None:
    assert refused(text) == f"config.yaml:{place}: is not valid as a key: a space is missing after this colon"


@pytest.mark.parametrize("text", ["kind:s3", "\n    kind:drive"])
def test_a_single_pair_without_a_space_is_not_just_text(text: str) -> None:
    said = refused(f"{ORIGIN}sources:\n  a: {text}\n")
    assert "sources.a: must hold lines" in said
    assert said.endswith("; found text; a space is missing after its colon")


def test_a_text_with_a_colon_may_be_a_value_in_braces() -> None:
    said = refused(ORIGIN + "sources: {a: {kind: local, root: media, include: [a:b], nothing: x:y}}\n")
    assert "a space is missing" not in said


def test_comments_and_empty_lines_between_do_not_hide_it() -> None:
    said = refused(ORIGIN + "workers:2\n\n# where media comes from: a folder\n" + SOURCE)
    assert said.startswith("config.yaml:5:8: ")


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("ssh", "sftp"),
        ("SCP", "sftp"),
        ("google drive", "drive"),
        ("Google-Drive", "drive"),
        ("gdrive", "drive"),
        ("minio", "s3"),
        ("R2", "s3"),
        ("folder", "local"),
        ("csv", "links"),
    ],
)
def test_another_name_of_a_kind_is_understood(kind: str, meant: str) -> None:
    assert f'did you mean "{meant}"?' in refused(ORIGIN + f"sources:\n  a: {{kind: {kind}}}\n")


@pytest.mark.parametrize(
    ("kind", "said"), [("ftp", 'did you mean "ftps"?'), ("webdav", "the kinds are ftps,")]
)
def test_a_destination_of_another_kind_is_named(kind: str, said: str) -> None:
    assert said in refused(ORIGIN.replace("kind: local", f"kind: {kind}"))


@pytest.mark.parametrize(("value", "means"), [("never", None), ("null", None), ("3d", timedelta(days=3))])
def test_recheck_may_be_never_as_delete_may(value: str, means: timedelta | None) -> None:
    Path("config.yaml").write_text(ORIGIN + SOURCE + f"check: {{recheck: {value}}}\ndelete: never\n")
    assert load(Path("config.yaml")).check.recheck == means


@pytest.mark.parametrize(("asked", "there"), [("config.yaml", "config.yml"), ("x.yml", "x.yaml")])
def test_the_other_ending_of_yaml_is_noticed(asked: str, there: str) -> None:
    Path(there).write_text(ORIGIN)
    ran = Home.syncer_alone("sync", "-c", asked)
    assert ran.code == 2
    assert f"there is {there} beside it: rename it, or name it with -c {there}" in ran.err


@pytest.mark.parametrize("host", ["medai.example.com", "media.exmaple.com"])
def test_a_mistyped_property_is_named_with_its_line_and_never_advised(host: str) -> None:
    text = ORIGIN.replace("property: https://media.example.com", f"property: https://{host}")
    Path("config.yaml").write_text(text + SOURCE)
    ran = Home.syncer_alone("sync")
    assert ran.code == 5
    assert f"config.yaml:3:13: origin.property https://{host}/ does not cover origin.url" in ran.err
    assert "correct the host that is mistyped" in ran.err
    assert "set origin.url" not in ran.err
