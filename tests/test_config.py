"""The config file: what it means, and one exact sentence for everything that can be wrong with it."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer import yamlfile
from syncer.config import AT_ONCE, Config, json_schema, load
from syncer.errors import ConfigError

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")

ORIGIN = """\
origin:
  url: https://media.example.com/
  property: https://media.example.com/
  destination: {kind: local, root: web}
"""
"""Four lines that are a whole config."""

CLIPS = ORIGIN + "sources:\n  clips:\n    kind: s3\n    bucket: raw\n"
"""And a source, in lines 5 to 8."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("SYNCER_A", "SYNCER_B"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def loaded(text: str, *, secrets: bool = True) -> Config:
    Path("config.yaml").write_text(text, encoding="utf-8")
    return load(Path("config.yaml"), secrets=secrets)


def complaint(text: str | bytes) -> str:
    Path("config.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as caught:
        load(Path("config.yaml"))
    assert caught.value.code.startswith("config")
    return str(caught.value).replace(str(Path.cwd()), "FOLDER")


# What it means


def test_the_least_config(folder: Path) -> None:
    config = loaded(ORIGIN)
    assert config.origin.url == "https://media.example.com/"
    assert config.origin.property == "https://media.example.com/"
    assert config.origin.signature_files == ()
    assert (config.origin.ca, config.origin.connect_to) == (None, None)
    assert config.origin.destination.kind == "local"
    assert config.sources == {}
    assert config.catalogue == f"sqlite:///{folder}/syncer.db"
    assert config.manifest == (folder / "urls.json",)
    assert (config.check.profile, config.check.rejected, config.check.verify) == ("tiktok", "skip", "head")
    assert config.check.recheck == timedelta(days=7)
    assert config.delete is None
    assert config.max_delete == 0.1
    assert config.workers == 8
    assert config.bandwidth is None
    assert config.tiktok.access_token is None
    assert config.file == folder / "config.yaml"


def test_every_key(folder: Path) -> None:
    (folder / "tiktokA.txt").touch()
    (folder / "ca.pem").touch()
    config = loaded(
        """\
        origin:
          url: https://Media.Example.com:8443/v/
          property: https://media.example.com:8443/
          signature_files: [tiktokA.txt]
          ca: ca.pem
          connect_to: "[::1]:8443"
          destination: {kind: local, root: /var/www}
        sources:
          2024: {kind: local, root: in, include: ["*.mp4"], path: "{slug}.{ext}", max_size: 4GiB}
          "no": {kind: s3, bucket: raw}
        catalogue: sqlite:////var/syncer.db
        manifest: [urls.csv, /tmp/urls.txt]
        check: {profile: tiktok, rejected: publish, verify: full, recheck: 1d}
        delete: {after: 30d}
        max_delete: 50%
        workers: 64
        bandwidth: 50MB/s
        tiktok: {access_token: "env:SYNCER_A"}
        """
    )
    assert config.origin.url == "https://media.example.com:8443/v/"
    assert config.origin.signature_files == (folder / "tiktokA.txt",)
    assert config.origin.ca == folder / "ca.pem"
    assert config.origin.connect_to == "[::1]:8443"
    assert list(config.sources) == ["2024", "no"]
    assert config.sources["2024"].include == ("*.mp4",)
    assert config.sources["2024"].max_size == 4 * 2**30
    assert config.catalogue == "sqlite:////var/syncer.db"
    assert config.manifest == (folder / "urls.csv", Path("/tmp/urls.txt"))  # noqa: S108 - is not written
    assert (config.check.rejected, config.check.verify) == ("publish", "full")
    assert config.check.recheck == timedelta(days=1)
    assert config.delete == timedelta(days=30)
    assert config.max_delete == 0.5
    assert (config.workers, config.bandwidth) == (64, 50_000_000)
    assert config.tiktok.access_token == "env:SYNCER_A"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "value"), [("never", None), ("null", None), ("mirror", AT_ONCE), ("{after: 2w}", timedelta(14))]
)
def test_delete(text: str, value: timedelta | None) -> None:
    assert loaded(f"{ORIGIN}delete: {text}\n").delete == value


@pytest.mark.usefixtures("folder")
def test_a_config_travels_to_a_worker() -> None:
    config = loaded(CLIPS)
    travelled = pickle.loads(pickle.dumps(config))  # noqa: S301 - our own bytes
    assert travelled == config
    assert travelled.file == config.file


@pytest.mark.usefixtures("folder")
def test_a_part_with_nothing_below_it_means_its_defaults_and_null_means_null() -> None:
    assert loaded(ORIGIN + "sources:\ncheck:\nworkers:\nmanifest: ~\n") == loaded(ORIGIN)
    assert loaded(ORIGIN + "check: {recheck: null}\n").check.recheck is None


def test_one_file_may_stand_for_a_list_of_one(folder: Path) -> None:
    (folder / "a.txt").touch()
    config = loaded(ORIGIN + "  signature_files: a.txt\nmanifest: urls.csv\n")
    assert config.origin.signature_files == (folder / "a.txt",)
    assert config.manifest == (folder / "urls.csv",)


def test_paths_are_relative_to_the_folder_of_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "etc").mkdir()
    (folder / "etc/config.yaml").write_text(ORIGIN + "catalogue: sqlite:///../syncer.db\n")
    config = load(Path("etc/config.yaml"))
    assert config.manifest == (folder / "etc/urls.json",)
    assert config.catalogue == f"sqlite:///{folder}/etc/../syncer.db"
    monkeypatch.chdir("/")
    assert config.file == folder / "etc/config.yaml"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("example.com", "example.com"),
        ("Example.COM", "example.com"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("https://Media.Example.com/A%C3%A9/", "https://media.example.com/A%C3%A9/"),
        ("https://media.example.com:443/@me/", "https://media.example.com/@me/"),
        ("https://localhost:8443/", "https://localhost:8443/"),
    ],
)
def test_properties(text: str, value: str) -> None:
    config = loaded(ORIGIN.replace("property: https://media.example.com/", f"property: {text}"))
    assert config.origin.property == value


@pytest.mark.usefixtures("folder")
def test_what_yaml_1_1_would_change_stays_as_it_was_written() -> None:
    source = "    prefix: {}\n"
    for text in (
        "no",
        "on",
        "off",
        "yes",
        "y",
        "1:30",
        "2024-01-01",
        "010",
        "0x1F",
        "1_000",
        "1e3",
        ".inf",
        ".nan",
    ):
        assert loaded(CLIPS + source.format(text)).sources["clips"].model_dump()["prefix"] == text


@pytest.mark.usefixtures("folder")
def test_anchors_and_merge_keys() -> None:
    config = loaded(
        ORIGIN
        + """\
sources:
  a: &a {kind: local, root: a, path: "a/{key}", include: &globs ["*.mp4"]}
  b: &b {<<: *a, root: b}
  c: {root: c, <<: [{path: "c/{key}"}, *b]}
  d: {kind: local, root: d, include: *globs}
"""
    )
    found = [
        (source.model_dump()["root"].name, source.path, *source.include) for source in config.sources.values()
    ]
    assert found == [
        ("a", "a/{key}", "*.mp4"),
        ("b", "a/{key}", "*.mp4"),
        ("c", "c/{key}", "*.mp4"),
        ("d", "{source}/{key}", "*.mp4"),
    ]


@pytest.mark.usefixtures("folder")
def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    Path("config.yaml").write_bytes(b"\xef\xbb\xbf" + ORIGIN.replace("\n", "\r\n").encode())
    assert load(Path("config.yaml")) == loaded(ORIGIN)


# What can be wrong with the file


def test_a_missing_file(folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(folder / "none.yaml")
    assert str(caught.value) == (
        f"there is no config file {folder}/none.yaml; copy config.example.yaml there and adapt it,"
        " or name another file with --config"
    )


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (".", "the config file '.' can't be read: Is a directory"),
        ("a\0b", "the config file 'a\\x00b' can't be read: its name has a NUL character"),
        ("a" * 300, f"the config file '{'a' * 300}' can't be read: File name too long"),
        ("/dev/zero", "/dev/zero: is larger than 4 MiB, so it is no config file"),
        ("/dev/null", "/dev/null:1:1: is empty; config.example.yaml shows what belongs here"),
    ],
)
def test_what_is_no_file_to_read(path: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(Path(path))
    assert str(caught.value) == sentence


BOMB = "a: &a [1,2,3,4,5,6,7,8,9]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{','.join([f'*{before}'] * 9)}]}}\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "1:1: is empty; config.example.yaml shows what belongs here"),
        ("# nothing\n", "1:1: is empty; config.example.yaml shows what belongs here"),
        ("---\n~\n", "1:1: is empty; config.example.yaml shows what belongs here"),
        ("- a\n", '1:1: must hold lines of "key: value", such as "origin:"'),
        ("\n  origin\n", '2:3: must hold lines of "key: value", such as "origin:"'),
        (b"a: 1\nb: caf\xe9\n", "2:7: byte 0xe9 is not UTF-8; save it as UTF-8"),
        (ORIGIN.encode("utf-16"), "1:1: byte 0xff is not UTF-8; save it as UTF-8"),
        ("a: \x07\n", "1:4: has a control character, U+0007"),
        ("a: b: c\n", '1:5: is not valid YAML: a second ": " in one line, or a wrong indentation;'
         ' a text with ": " in it needs quotes'),
        ("a:\n\tb: 1\n", "2:1: is not valid YAML: a tab stands where only spaces may"),
        ("a:\n  b: 1\n c: 2\n", "3:2: is not valid YAML: the indentation does not fit the lines above"),
        ("a: [*.mp4]\n", "1:6: is not valid YAML: an alias without its anchor;"
         ' a text that begins with * needs quotes, as in "*.mp4"'),
        ("a: *hunter2\n", "1:4: is not valid YAML: an alias without its anchor;"
         ' a text that begins with * needs quotes, as in "*.mp4"'),
        ("a: 1\nb\n", '3:1: is not valid YAML: a line that is no "key: value"'),
        ("a: 1\n---\nb: 1\n", "2:1: is not valid YAML: a second document (after ---); one file holds one"),
        ("a: 'b\n", "2:1: is not valid YAML: a quote that is never closed"),
        ("a: [1\nb: 2\n", "2:2: is not valid YAML: a bracket that is not closed, or a comma is missing"),
        ("a: @b\n", "1:4: is not valid YAML: while scanning for the next token"
         " found character '@' that cannot start any token"),
        ("a: !x!hunter2 b\n", "1:4: is not valid YAML: while parsing a node found undefined tag handle …"),
        ('a: "\\U00110000"\n', "1:7: has an escape that is not a Unicode character"),
        ('a: "\\ud800"\n', "1:4: a: has half a character (a lone surrogate)"),
        ("a: " + "[" * 60, "1:64: is not valid YAML: it is nested too deeply"),
        ("a: 1\nb: 2\na: 3\n", "3:1: a: is given twice; the first time in line 1"),
        ("a: {b: 1, b: 2}\n", "1:11: a.b: is given twice; the first time in line 1"),
        ("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n", "2:13: b.<<: is given twice; the first time in line 2"),
        ("a: {<<: 1}\n", "1:9: a.<<: must name a mapping, as in <<: *anchor"),
        ("[a]: 1\n", "1:1: has a list or a mapping as a key; keys are words"),
        ("a: !x b\n", "1:4: a: has a tag (!…), which means nothing here; a text that begins with ! needs quotes"),
        ("a: !!set {b}\n", "1:4: a: has a tag (!…), which means nothing here;"
         " a text that begins with ! needs quotes"),
        ("a: !!int b\n", "1:4: a: can't be read as int: it is too long or not one"),
        ("a: !!bool yes\n", "1:4: a: can't be read as bool: it is too long or not one"),
        (f"a: {'9' * 5000}\n", "1:4: a: can't be read as int: it is too long or not one"),
        ("a: 1.0e999\n", "1:4: a: can't be read as float: it is too long or not one"),
        ("a: &a [*a]\n", "1:4: a[0]: has an anchor that contains itself"),
        ("a: &a {<<: *a}\n", "1:4: a.<<: has an anchor that contains itself"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_of_ours(text: str | bytes, sentence: str) -> None:
    assert complaint(text) == f"config.yaml:{sentence}"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", [BOMB, MERGE_BOMB])
def test_an_alias_bomb_is_bounded(text: str) -> None:
    assert complaint(text).endswith(": is too much: aliases make it over 100000 values")


# What can be wrong with its contents


def at_origin(key: str, value: str) -> str:
    text, count = re.subn(rf"(?m)^  {key}: .*$", lambda _: f"  {key}: {value}", ORIGIN)
    return text if count else f"{ORIGIN}  {key}: {value}\n"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        # Keys
        (ORIGIN + "source: {}\n", '5:1: source: unknown key; did you mean "sources"?'),
        (ORIGIN + "file: x\n", "5:1: file: unknown key; what else may stand here: bandwidth, catalogue, check,"
         " delete, manifest, max_delete, sources, tiktok, workers"),
        (at_origin("xyz", "1"), "5:3: origin.xyz: unknown key; what else may stand here: ca, connect_to,"
         " signature_files"),
        (CLIPS + "    bukcet: x\n    prefix: p\n",
         "9:5: sources.clips.bukcet: unknown key; what else may stand here: access_key, addressing, anonymous,"
         " ca, checksums, endpoint, exclude, include, max_age, max_size, min_age, min_size, path, profile,"
         " region, secret_key"),
        (CLIPS.replace("bucket", "bukcet"),
         '6:3: sources.clips.bucket: is required, but missing\n'
         '8:5: sources.clips.bukcet: unknown key; did you mean "bucket"?'),
        (CLIPS + "    Endpoint:\n", '9:5: sources.clips.Endpoint: unknown key; did you mean "endpoint"?'),
        (ORIGIN + "tiktok: {access_token: 'env:A', token: x}\n",
         "5:33: tiktok.token: unknown key; what else may stand here: nothing"),
        ("sources: {}\n", "1:1: origin: is required, but missing"),
        ("origin: {}\n", "1:1: origin.destination: is required, but missing\n"
         "1:1: origin.property: is required, but missing\n1:1: origin.url: is required, but missing"),
        # Kinds
        (at_origin("destination", "{root: x}"),
         "4:3: origin.destination.kind: is required, but missing; the kinds are local, s3, sftp"),
        (at_origin("destination", "{kind: stfp}"),
         '4:23: origin.destination.kind: unknown kind "stfp"; did you mean "sftp"?'),
        (at_origin("destination", "{kind: 5}"),
         "4:23: origin.destination.kind: unknown kind 5; the kinds are local, s3, sftp"),
        (at_origin("destination", "{kind: drive}"),
         '4:23: origin.destination.kind: unknown kind "drive"; the kinds are local, s3, sftp'),
        (at_origin("destination", "sftp://deploy:hunter2@vps/"),
         '4:16: origin.destination: must hold lines of "key: value"; found text'),
        (at_origin("destination", ""),
         '4:15: origin.destination: must hold lines of "key: value"; found no value'),
        *[(ORIGIN + f"sources: {{a: {{kind: {kind}}}}}\n",
           f'5:21: sources.a.kind: "{kind}" is not in this release yet; the kinds are local, s3')
          for kind in ("drive", "takeout", "links", "sftp")],
        (ORIGIN + "sources: {s3: {kind: [a]}}\n",
         "5:22: sources.s3.kind: unknown kind a list; the kinds are local, s3"),
        (ORIGIN + "sources: {a: {kind:}}\n",
         "5:20: sources.a.kind: is required, but missing; the kinds are local, s3"),
        (ORIGIN + "sources: {a: }\n",
         '5:13: sources.a: must hold lines of "key: value"; found no value'),
        (ORIGIN + "sources: [a]\n", '5:10: sources: must hold lines of "key: value"; found a list'),
        # Types
        (CLIPS.replace("bucket: raw", "bucket: 10"),
         '8:13: sources.clips.bucket: must be text; found 10, put it in quotes: "10"'),
        (CLIPS.replace("bucket: raw", "bucket: true"),
         '8:13: sources.clips.bucket: must be text; found true, put it in quotes: "true"'),
        (CLIPS.replace("bucket: raw", "bucket:"),
         "8:12: sources.clips.bucket: must be text; found no value"),
        (CLIPS.replace("bucket: raw", "bucket: [a]"),
         "8:13: sources.clips.bucket: must be text; found a list"),
        (CLIPS + "    include: '*.mp4'\n",
         '9:14: sources.clips.include: must be a list, such as [a, b]; found "*.mp4"'),
        (CLIPS + "    include: [a, 5]\n",
         '9:18: sources.clips.include[1]: must be text; found 5, put it in quotes: "5"'),
        (CLIPS + "    include: [./a]\n", "9:15: sources.clips.include[0]: must not begin with ./ or ../:"
         ' it is compared with the whole key; found "./a"'),
        (CLIPS + "    anonymous: yes\n",
         '9:16: sources.clips.anonymous: must be true or false; found "yes"'),
        (CLIPS + "    addressing: paht\n",
         '9:17: sources.clips.addressing: must be auto, path or virtual; found "paht"; did you mean "path"?'),
        (ORIGIN + "check: full\n", '5:8: check: must hold lines of "key: value"; found text'),
        (ORIGIN + "check: {profile: instagram}\n", '5:18: check.profile: must be tiktok; found "instagram"'),
        (ORIGIN + "check: {verify: true}\n", "5:17: check.verify: must be head or full; found true"),
        (ORIGIN + "check: {rejected: skp}\n",
         '5:19: check.rejected: must be skip or publish; found "skp"; did you mean "skip"?'),
        (ORIGIN + "check: {recheck: 7 days}\n",
         '5:18: check.recheck: must be a duration such as 90s, 15m, 12h, 7d or 2w; found "7 days"'),
        (ORIGIN + "workers: 0\n", "5:10: workers: must be at least 1; found 0"),
        (ORIGIN + f"workers: {'9' * 100}\n", f"5:10: workers: must be at most 64; found {'9' * 79}…"),
        (ORIGIN + "workers: 1.5\n", "5:10: workers: must be a whole number; found 1.5"),
        (ORIGIN + "workers: '8'\n", '5:10: workers: must be a whole number; found "8"'),
        (ORIGIN + "workers: 010\n", '5:10: workers: must be a whole number; found "010"'),
        (ORIGIN + "workers: true\n", "5:10: workers: must be a whole number; found true"),
        (ORIGIN + "max_delete: 10\n",
         "5:13: max_delete: must be a share from 0% to 100%, such as 10%; found 10"),
        (ORIGIN + "bandwidth: fast\n",
         '5:12: bandwidth: must be a rate such as 500KB/s or 50MB/s; found "fast"'),
        (ORIGIN + "delete: always\n", '5:9: delete: must be never, mirror or {after: 30d}; found "always"'),
        (ORIGIN + "delete: {before: 1d}\n", "5:1: delete: must be never, mirror or {after: 30d}"),
        (ORIGIN + "delete: {after: 1}\n",
         "5:1: delete: after must be a duration such as 90s, 15m, 12h, 7d or 2w; found 1"),
        (ORIGIN + "manifest: [a.json, 5]\n", "5:20: manifest[1]: must be a path; found 5"),
        (ORIGIN + "manifest: 5\n", "5:11: manifest: must be a list, such as [a, b]; found 5"),
        (ORIGIN + "manifest: urls.xml\n",
         '5:11: manifest: must end in .json, .jsonl, .csv or .txt; found "urls.xml"'),
        (ORIGIN + "manifest: [a.json, urls.JSON]\n",
         '5:20: manifest[1]: must end in .json, .jsonl, .csv or .txt; found "urls.JSON"'),
        *[(ORIGIN + f"catalogue: '{url}'\n", "5:12: catalogue: must be sqlite:///syncer.db for a file beside this"
           f' one, or sqlite:////var/lib/syncer.db; found "{url}"')
          for url in ("syncer.db", "sqlite://syncer.db", "sqlite:///", "sqlite:///:memory:", "mysql:///a")],
        (ORIGIN + "catalogue: 5\n", "5:12: catalogue: must be sqlite:///syncer.db for a file beside this one,"
         " or sqlite:////var/lib/syncer.db; found 5"),
        (ORIGIN + "catalogue: postgresql://user:hunter2@db/x\n", "5:12: catalogue: must be sqlite:///PATH:"
         ' a catalogue in PostgreSQL is not in this release yet; found "postgresql://***@db/x"'),
        # Names and limits of sources
        (ORIGIN + "sources: {my clips: {kind: local, root: a}}\n", "5:11: sources.my clips: the name must be 1 to"
         " 64 letters, digits, - and _, and begin with a letter or digit"),
        (CLIPS + "    min_size: 2MB\n    max_size: 1MB\n",
         "6:3: sources.clips: min_size is above max_size, so nothing would be taken"),
        # Path templates
        (CLIPS + "    path: '{kee}'\n",
         '9:11: sources.clips.path: "{kee}" has an unknown field {kee}; did you mean "{key}"?'),
        (CLIPS + "    path: '{key'\n", '9:11: sources.clips.path: "{key" has a brace without its partner;'
         " braces only stand around a field, as in {key}"),
        (CLIPS + "    path: '/{key}'\n", "9:11: sources.clips.path: \"/{key}\" won't do: '/name.mp4' can't be a"
         " public path: it is absolute"),
        (CLIPS + "    path: ''\n", "9:11: sources.clips.path: \"\" won't do: '' can't be a public path:"
         " it has an empty segment"),
        (CLIPS + "    path: 'a/../{key}'\n", "9:11: sources.clips.path: \"a/../{key}\" won't do:"
         " 'a/../name.mp4' can't be a public path: it has a segment .."),
        # Files
        (ORIGIN + "manifest: [no/urls.json]\n",
         '5:12: manifest[0]: there is no folder "FOLDER/no"; create it'),
        (ORIGIN + "manifest: no/urls.json\n", '5:11: manifest: there is no folder "FOLDER/no"; create it'),
        (ORIGIN + f"manifest: {'a' * 300}/urls.json\n",
         '5:11: manifest: there is no folder "FOLDER/aaa…"; create it'),
        (ORIGIN + "catalogue: sqlite:///no/a.db\n",
         '5:12: catalogue: there is no folder "FOLDER/no"; create it'),
        (ORIGIN + "catalogue: sqlite:///.\n", '5:12: catalogue: "FOLDER" is a folder; name a file'),
        (at_origin("ca", "no.pem"), '5:7: origin.ca: there is no file "FOLDER/no.pem"'),
        (at_origin("signature_files", "[a.txt]"),
         '5:21: origin.signature_files[0]: there is no file "FOLDER/a.txt"'),
        (at_origin("signature_files", "a.txt"),
         '5:20: origin.signature_files: there is no file "FOLDER/a.txt"'),
        (at_origin("signature_files", "[config.yaml, ./config.yaml]"),
         '5:34: origin.signature_files[1]: two signature files are named "config.yaml"'),
        (at_origin("property", "example.com") + "  signature_files: config.yaml\n",
         "5:20: origin.signature_files: the domain example.com is proven by a DNS TXT record, not by a file:"
         " leave this out, or verify a URL prefix such as https://media.example.com/ and make that the property"),
        # Secrets
        (CLIPS + "    access_key: AKIAhunter2\n    secret_key: 12345\n",
         "9:17: sources.clips.access_key: must be a reference, env:NAME or file:PATH, not the secret itself"
         " (it would leak)\n"
         "10:17: sources.clips.secret_key: must be a reference, env:NAME or file:PATH, not the secret itself"
         " (it would leak)"),
        (CLIPS + "    access_key: env:SYNCER_A\n    secret_key: file:none\n",
         "9:17: sources.clips.access_key: the environment variable SYNCER_A is not set; export SYNCER_A=…\n"
         "10:17: sources.clips.secret_key: the secret file FOLDER/none can't be read: No such file or directory"),
        (at_origin("destination", "{kind: s3, bucket: a, access_key: 'env:SYNCER_A', secret_key: 'env:SYNCER_B'}"),
         "4:50: origin.destination.access_key: the environment variable SYNCER_A is not set; export SYNCER_A=…\n"
         "4:78: origin.destination.secret_key: the environment variable SYNCER_B is not set; export SYNCER_B=…"),
        (CLIPS + "    access_key: env:SYNCER_A\n",
         "6:3: sources.clips: access_key and secret_key belong together: set both or neither"),
        (CLIPS + "    hunter2key: hunter2\n", None),
        (ORIGIN + "tiktok: hunter2\n", '5:9: tiktok: must hold lines of "key: value"; found text'),
        (ORIGIN + "tiktok: {access_token: hunter2}\n", "5:24: tiktok.access_token: must be a reference,"
         " env:NAME or file:PATH, not the secret itself (it would leak)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(text: str, sentence: str | None) -> None:
    said = re.sub(r"aaa+…?", "aaa…", complaint(text))
    assert "hunter2" not in said.replace("hunter2key", "")
    if sentence is not None:
        assert said == "\n".join(f"config.yaml:{line}" for line in sentence.split("\n"))


URL = "https://media.example.com/"
LABELS = "must have a full DNS name, such as media.example.com"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("https://media.example.com", f'must end with "/": write {URL}'),
        ("https://media.example.com/v", f'must end with "/": write {URL}v/'),
        ("media.example.com", f"must begin with https://: write {URL}"),
        ("u:p@media.example.com/", "must begin with https://"),
        ("http://media.example.com/", "must begin with https://, which is all that platforms pull from, not http://"),
        ("https://u:p@media.example.com/", "must not have a user name or password: it is a public URL"),
        ("https://media.example.com/?a=b", "must not have a query (?…) or a fragment (#…)"),
        ("https://media.example.com/#a", "must not have a query (?…) or a fragment (#…)"),
        ("https://192.0.2.1/", "must have a DNS name: platforms refuse IP addresses"),
        ("https://[2001:db8::1]/", "must have a DNS name: platforms refuse IP addresses"),
        ("https://127.1/", "must have a DNS name: platforms refuse IP addresses"),
        ("https://0x7f000001/", "must have a DNS name: platforms refuse IP addresses"),
        ("https://media/", LABELS),
        ("https:///v/", LABELS),
        ("https://-a.example.com/", LABELS),
        ("https://a_b.example.com/", LABELS),
        (f"https://{'a' * 64}.example.com/", LABELS),
        (f"https://{'a.' * 127}com/", LABELS),
        ("https://media.example.com./", "must not have a dot after the host name: write media.example.com"),
        ("https://straße.example/", "must have its host name in the xn-- form"),
        ("https://ü..example/", "must have its host name in the xn-- form"),
        ("https://media.example.com:0/", f"must be a URL such as {URL}"),
        ("https://media.example.com:99999/", f"must be a URL such as {URL}"),
        ("https://media.example.com:/", f"must be a URL such as {URL}"),
        ("https://[/", f"must be a URL such as {URL}"),
        ("https://media.example.com\\v/", f"must be a URL such as {URL}"),
        (" https://media.example.com/", f"must be a URL such as {URL}"),
        ("https://media.example.com/my clips/", f"must have its path percent-encoded: write {URL}my%20clips/"),
        ("https://media.example.com/é%/%41", f"must have its path percent-encoded: write {URL}%C3%A9%25/%41/"),
        ("https://media.example.com/%ff/", "must have its path percent-encoded as UTF-8"),
        ("https://media.example.com/a/../", "must not have . or .. or an empty part in its path"),
        ("https://media.example.com/%2E/", "must not have . or .. or an empty part in its path"),
        ("https://media.example.com//", "must not have . or .. or an empty part in its path"),
        ("https://media.example.com/a%2Fb/", "must not have an encoded slash, backslash or NUL in its path"),
    ],
)  # fmt: skip
def test_a_url_that_no_platform_would_pull_from(url: str, sentence: str) -> None:
    for key, place in (("url", "2:8"), ("property", "3:13")):
        if "://" not in url and key == "property":
            continue
        said = complaint(at_origin(key, yaml.safe_dump(url).split("\n")[0] if " " in url else f"'{url}'"))
        assert said.startswith(f"config.yaml:{place}: origin.{key}: {sentence}; found ")
        assert "u:p" not in said


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("example.com/", "must be the property as verified: a URL prefix, such as https://media.example.com/,"
         " or a bare domain, such as example.com"),
        ("example.com:443", "must be the property as verified: a URL prefix, such as https://media.example.com/,"
         " or a bare domain, such as example.com"),
        ("'*.example.com'", "must not have a wildcard: a domain covers all below it, so write example.com"),
        ("no", LABELS),
        ("localhost", LABELS),
        ("192.0.2.1", "must have a DNS name: platforms refuse IP addresses"),
    ],
)  # fmt: skip
def test_what_is_no_property(text: str, sentence: str) -> None:
    shown = text.strip("'")
    assert (
        complaint(at_origin("property", text))
        == f'config.yaml:3:13: origin.property: {sentence}; found "{shown}"'
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "text", ["a", "a:", ":1", "a:0", "a:65536", "::1:8443", "[a]:1", "https://a:1", "a b:1"]
)
def test_what_is_no_host_and_port(text: str) -> None:
    said = complaint(at_origin("connect_to", f"'{text}'"))
    assert said == (
        f'config.yaml:5:15: origin.connect_to: must be host:port, such as 127.0.0.1:8443; found "{text}"'
    )


@pytest.mark.usefixtures("folder")
def test_a_manifest_never_overwrites_a_signature_file() -> None:
    Path("a.txt").touch()
    assert complaint(at_origin("signature_files", "a.txt") + "manifest: a.txt\n") == (
        'config.yaml:6:11: manifest: "FOLDER/a.txt" is a signature file and would be overwritten'
    )


@pytest.mark.usefixtures("folder")
def test_a_folder_that_may_not_be_entered_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no folder" in complaint(f"{ORIGIN}manifest: {'a' * 300}/urls.json\n")


@pytest.mark.usefixtures("folder")
def test_ten_problems_are_told_in_the_order_of_the_file() -> None:
    lines = complaint(ORIGIN + "".join(f"unknown{number:02}: 1\n" for number in range(13))).split("\n")
    assert [line.split(":")[1] for line in lines[:10]] == [str(5 + number) for number in range(10)]
    assert lines[10:] == ["config.yaml: and 3 more"]


@pytest.mark.usefixtures("folder")
def test_secrets_are_looked_for_only_where_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CLIPS + "    access_key: env:SYNCER_A\n    secret_key: env:SYNCER_B\n"
    assert loaded(text, secrets=False).sources["clips"].model_dump()["access_key"] == "env:SYNCER_A"
    monkeypatch.setenv("SYNCER_A", "hunter2")
    monkeypatch.setenv("SYNCER_B", "hunter2")
    assert "hunter2" not in repr(loaded(text))
    assert loaded(ORIGIN + "tiktok: {access_token: 'env:SYNCER_UNSET'}\n").tiktok.access_token is not None


words = st.sampled_from(
    [
        "origin",
        "url",
        "sources",
        "clips",
        "kind",
        "local",
        "s3",
        "root",
        "workers",
        "check",
        "delete",
        "5",
        "~",
        "''",
    ]
)
data: st.SearchStrategy[Any] = st.recursive(
    words | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
broken = st.builds(
    lambda text, at, put: text[:at] + put + text[at:],
    st.sampled_from([CLIPS, BOMB[:60], ORIGIN + "delete: {after: 1d}\n"]),
    st.integers(0, 160),
    st.text(max_size=3)
    | st.sampled_from(list("[]{}&*!|>'\"%@`#,:-?\n\t") + ["<<: *a", "\n  - ", "!!int ", "---\n"]),
)


def refused_or_data(text: str) -> None:
    try:
        yamlfile.parse(text, "config.yaml")
    except ConfigError as error:
        assert re.match(r"config\.yaml:\d+:\d+: ", error.message)  # noqa: PT017 - some texts are refused


@given(st.text() | broken)
@settings(deadline=None)
def test_any_text_is_data_or_refused_with_its_place(text: str) -> None:
    refused_or_data(text)


@given(st.dictionaries(words, data, max_size=5) | st.dictionaries(words, data, max_size=5).map(
    lambda found: {**yaml.safe_load(CLIPS), **found}))  # fmt: skip
@settings(deadline=None)
def test_any_data_is_a_config_or_refused_with_its_place(
    tmp_path_factory: pytest.TempPathFactory, found: Any
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(yaml.safe_dump(found, allow_unicode=True), encoding="utf-8")
    try:
        load(file)
    except ConfigError as error:
        lines = error.message.split("\n")
        assert all(line.startswith(f"{file}:") for line in lines)  # noqa: PT017 - some are refused


# The schema


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        for name, part in schema.get("properties", {}).items():
            yield f"{path}/{name}", part
        for name, part in schema.items():
            yield from objects(part, f"{path}/{name}")
    if isinstance(schema, list):
        for part in schema:
            yield from objects(part, path)


def valid(text: str) -> bool:
    return jsonschema.Draft202012Validator(json_schema()).is_valid(yaml.load(text, plain_loader()))  # noqa: S506 - safe


def plain_loader() -> type[yaml.SafeLoader]:
    """Reads as editors do: YAML 1.2, where a date is text."""

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way
            first: [pair for pair in pairs if not pair[0].endswith(("timestamp", "value"))]
            for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return Loader


def test_the_schema_is_one() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_every_property_of_the_schema_says_what_it_is_for() -> None:
    undescribed = [path for path, part in objects(json_schema()) if not part.get("description")]
    assert undescribed == []


def test_kinds_have_plain_names_in_the_schema() -> None:
    assert set(json_schema()["$defs"]) == {
        "Check", "Origin", "Tiktok",
        "local-source", "s3-source", "local-destination", "s3-destination", "sftp-destination",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        ORIGIN,
        CLIPS,
        ORIGIN + "delete: {after: 30d}\nmanifest: urls.csv\nmax_delete: 5%\nbandwidth: null\n",
        at_origin("property", "example.com"),
    ],
)
def test_the_schema_takes_what_is_right(text: str) -> None:
    assert valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        ORIGIN + "source: {}\n",
        CLIPS + "    bukcet: x\n",
        CLIPS.replace("    bucket: raw\n", ""),
        CLIPS.replace("s3", "s4"),
        CLIPS.replace("bucket: raw", "bucket: 5"),
        CLIPS.replace("clips", "my clips"),
        CLIPS + "    include: '*.mp4'\n",
        CLIPS + "    include: [./a]\n",
        CLIPS + "    access_key: AKIAsecret\n    secret_key: env:A\n",
        at_origin("url", "http://media.example.com/"),
        at_origin("url", "https://media.example.com"),
        ORIGIN + "workers: 100\n",
        ORIGIN + "max_delete: 10\n",
        ORIGIN + "delete: always\n",
        ORIGIN + "manifest: urls.xml\n",
        ORIGIN + "catalogue: postgresql://db/x\n",
        ORIGIN + "bandwidth: fast\n",
        ORIGIN + "check: {recheck: 7 days}\n",
        ORIGIN + "check: {verify: fully}\n",
    ],
)
def test_the_schema_refuses_what_is_wrong(text: str) -> None:
    assert not valid(text)


# The example


def switched_on(text: str) -> str:
    """All settings that are commented out, switched on: `#` right before a word."""
    return re.sub(r"(?m)^(\s*)#(?=\w)", r"\1", text)


def alternatives() -> list[str]:
    """The example with everything in it switched on, once for each kind of destination."""
    head, *kinds = re.split(r"(?m)(?=^  destination:$)", switched_on(EXAMPLE).replace("    profile: media\n", "")
                            .replace("    profile: raw\n", ""))  # fmt: skip
    kinds[-1], tail = re.split(r"(?m)(?=^# Where media comes from)", kinds[-1])
    return [head + kind + tail for kind in kinds]


@pytest.fixture
def beside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files and an environment with the variables that the example speaks of."""
    for name in ("tiktokAbCdEfGhIjKlMnOpQrStUvWxYz012345.txt", "ca.pem"):
        (folder / name).touch()
    for name in re.findall(r"env:(\w+)", EXAMPLE):
        monkeypatch.setenv(name, "set")
    return folder


@pytest.mark.usefixtures("folder")
def test_the_example_is_a_config_as_it_is() -> None:
    config = loaded(EXAMPLE)
    assert valid(EXAMPLE)
    assert config.origin.destination.kind == "sftp"
    assert list(config.sources) == ["clips"]


@pytest.mark.usefixtures("beside")
def test_the_example_is_a_config_with_everything_switched_on() -> None:
    found = [loaded(text) for text in alternatives()]
    assert [config.origin.destination.kind for config in found] == ["sftp", "local", "s3"]
    assert all(map(valid, alternatives()))
    assert {config.origin.connect_to for config in found} == {"127.0.0.1:8443"}


def test_the_example_shows_every_key_of_every_kind() -> None:
    schema = json_schema()
    shown: dict[str, set[str]] = {}
    for text in alternatives() + [
        switched_on(EXAMPLE).split("  destination:")[0] + "  destination: {kind: local}"
    ]:
        found = yaml.safe_load(text)
        origin = found["origin"]
        shown.setdefault("", set()).update(found)
        shown.setdefault("Origin", set()).update(origin)
        shown.setdefault(f"{origin['destination']['kind']}-destination", set()).update(origin["destination"])
        for source in found.get("sources", {}).values():
            shown.setdefault(f"{source['kind']}-source", set()).update(source)
        for part in ("check", "tiktok"):
            shown.setdefault(part.title(), set()).update(found.get(part, {}))
    common = {"include", "exclude", "path", "min_size", "max_size", "min_age", "max_age"}
    shown["local-source"] |= common & shown["s3-source"]
    for kind in ("s3-destination", "s3-source"):
        shown[kind].add("profile")  # in the place of a pair of keys
        assert "#profile:" in EXAMPLE
    assert shown == {"": set(schema["properties"])} | {
        name: set(part["properties"]) for name, part in schema["$defs"].items()
    }
