"""The config file: what it means, its schema, its example and its reference."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from syncer import sources
from syncer.config import AT_ONCE, Config, json_schema, load
from syncer.protocols.patience import Patience
from syncer.settings.fields import DeleteLimit
from tests import configs
from tests.configs import CLIPS, ORIGIN, at_origin, complaint, loaded
from tests.reference import PAGE, tables, written

folder = configs.folder

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")


# What it means


def test_the_least_config(folder: Path) -> None:
    config = loaded(ORIGIN)
    assert config.origin.url == "https://media.example.com/"
    assert config.origin.property == "https://media.example.com/"
    assert config.origin.signature_files == ()
    assert (config.origin.ca, config.origin.connect_to, config.origin.dns) == (None, None, None)
    assert config.origin.txt_record is None
    assert config.origin.destination.kind == "local"
    assert config.sources == {}
    assert config.catalogue == f"sqlite:///{folder}/syncer.db"
    assert config.manifest == (folder / "urls.json",)
    assert (config.check.profile, config.check.rejected, config.check.verify) == ("tiktok", "skip", "head")
    assert config.check.recheck == timedelta(days=7)
    assert config.delete is None
    assert config.max_delete == DeleteLimit(share=0.1, at_least=3)
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
          dns: 127.0.0.1:5353
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
    assert config.origin.dns == "127.0.0.1:5353"
    assert list(config.sources) == ["2024", "no"]
    assert config.sources["2024"].include == ("*.mp4",)
    assert config.sources["2024"].max_size == 4 * 2**30
    assert config.catalogue == "sqlite:////var/syncer.db"
    assert config.manifest == (folder / "urls.csv", Path("/tmp/urls.txt"))  # noqa: S108 - is not written
    assert (config.check.rejected, config.check.verify) == ("publish", "full")
    assert config.check.recheck == timedelta(days=1)
    assert config.delete == timedelta(days=30)
    assert config.max_delete == DeleteLimit(share=0.5, at_least=3)
    assert (config.workers, config.bandwidth) == (64, 50_000_000)
    assert config.tiktok.access_token == "env:SYNCER_A"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "value"), [("never", None), ("null", None), ("mirror", AT_ONCE), ("{after: 2w}", timedelta(14))]
)
def test_delete(text: str, value: timedelta | None) -> None:
    assert loaded(f"{ORIGIN}delete: {text}\n").delete == value


@pytest.mark.usefixtures("folder")
def test_a_config_can_be_made_without_a_file() -> None:
    made = Config.model_validate({**loaded(ORIGIN).model_dump(), "delete": timedelta(14)})
    assert made.delete == timedelta(14)
    assert made.file == Path.cwd() / "config.yaml"


def test_reading_a_config_loads_no_sdk() -> None:
    loads = "import sys, syncer.config; print(*{'boto3', 'botocore', 'paramiko', 'httpx'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


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
    with monkeypatch.context() as patch:
        patch.chdir("/")
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


@pytest.mark.usefixtures("folder")
def test_the_patience_of_a_config_is_its_timeouts_and_its_retry() -> None:
    assert loaded(ORIGIN).patience == Patience()
    config = loaded(ORIGIN + "timeouts: {answer: 200ms, rate: 2KB/s}\nretry: {attempts: 2, wait: 20ms}\n")
    assert (config.patience.answer, config.patience.rate, config.patience.connect) == (0.2, 2000, 10.0)
    assert (config.patience.retry.attempts, config.patience.retry.first_wait) == (2, 0.02)
    assert pickle.loads(pickle.dumps(config.patience)) == config.patience  # noqa: S301 - our own


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("key", ["connect", "answer", "window", "give_up"])
def test_no_timeout_is_zero(key: str) -> None:
    assert "must be longer than 0s" in complaint(ORIGIN + f"timeouts: {{{key}: 0s}}\n")


@pytest.mark.parametrize(
    ("said", "share", "at_least"),
    [
        ("10%", 0.1, 3),
        ("100%", 1.0, 3),
        ("0%", 0.0, 0),
        ("0", 0.0, 0),
        ("{share: 20%}", 0.2, 3),
        ("{at_least: 5}", 0.1, 5),
        ("{share: 10%, at_least: 0}", 0.1, 0),
        ("{share: 0%, at_least: 2}", 0.0, 2),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_share_alone_leaves_a_small_mirror_three_files_to_lose(
    said: str, share: float, at_least: int
) -> None:
    """Nothing at all is nothing at all."""
    found = loaded(ORIGIN + f"max_delete: {said}\n").max_delete
    assert found == DeleteLimit(share=share, at_least=at_least)


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
        "Check",
        "DriveSettings",
        "Migrate",
        "Origin",
        "Refresh",
        "Retry",
        "S3Access",
        "Tiktok",
        "Timeouts",
        "drive-source",
        "links-source",
        "local-source",
        "s3-source",
        "sftp-source",
        "takeout-source",
        "local-destination",
        "s3-destination",
        "sftp-destination",
    }


@pytest.mark.parametrize(
    "text",
    [
        ORIGIN,
        CLIPS,
        ORIGIN + "delete: {after: 30d}\nmanifest: urls.csv\nmax_delete: 5%\nbandwidth: null\n",
        ORIGIN + "max_delete: {share: 20%, at_least: 0}\n",
        ORIGIN + "max_delete: {at_least: 5}\n",
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
        ORIGIN + "max_delete: {share: 10}\n",
        ORIGIN + "max_delete: {at_least: -1}\n",
        ORIGIN + "max_delete: {most: 1}\n",
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
    together = re.sub(
        r"(?m)^ +(profile: (media|raw|links)|txt_record: .*|source: .*)\n", "", switched_on(EXAMPLE)
    )
    head, *kinds = re.split(r"(?m)(?=^  destination:$)", together)
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


@pytest.mark.usefixtures("folder")
def test_the_example_is_a_config_of_a_domain_too() -> None:
    text = EXAMPLE.replace("property: https://media.example.com/", "property: example.com")
    config = loaded(text.replace("#txt_record", "txt_record"))
    assert config.origin.property == "example.com"
    assert str(config.origin.txt_record).startswith("tiktok-developers-site-verification=")


def test_the_example_shows_every_key_of_every_kind() -> None:
    schema = json_schema()
    shown: dict[str, set[str]] = {}
    for text in [
        *alternatives(),
        switched_on(EXAMPLE).split("  destination:")[0] + "  destination: {kind: local}",
    ]:
        found = yaml.safe_load(text)
        origin = found["origin"]
        shown.setdefault("", set()).update(found)
        shown.setdefault("Origin", set()).update(origin)
        shown.setdefault(f"{origin['destination']['kind']}-destination", set()).update(origin["destination"])
        for source in found.get("sources", {}).values():
            shown.setdefault(f"{source['kind']}-source", set()).update(source)
        if refresh := found.get("sources", {}).get("linked", {}).get("refresh"):
            shown.setdefault("Refresh", set()).update(refresh)
            shown.setdefault("S3Access", set()).update(refresh["s3"])
            shown.setdefault("DriveSettings", {"api_key"}).update(refresh["drive"])
        for part in ("check", "migrate", "retry", "tiktok", "timeouts"):
            shown.setdefault(part.title(), set()).update(found.get(part, {}))
    common = {"include", "exclude", "path", "min_size", "max_size", "min_age", "max_age"}
    for kind in sources.KINDS:
        shown[f"{kind}-source"] |= common & shown["s3-source"]
    for kind in ("local-source", "s3-source"):
        shown[kind] |= {"in_place"} & shown["sftp-source"]
    for kind in ("s3-destination", "s3-source", "S3Access"):
        shown[kind].add("profile")  # in the place of a pair of keys
        assert "#profile:" in EXAMPLE
    shown["takeout-source"].add("source")  # in the place of archives
    assert "#source:" in EXAMPLE
    shown["Origin"].add("txt_record")  # in the place of signature files
    assert shown == {"": set(schema["properties"])} | {
        name: set(part["properties"]) for name, part in schema["$defs"].items()
    }


# The reference


def test_the_reference_says_what_the_schema_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run python -m tests.reference"
    assert tables(page) == {"Config", *json_schema()["$defs"]}


@pytest.mark.usefixtures("folder")
def test_the_example_of_the_reference_is_a_config() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert list(loaded(text).sources) == ["clips"]
