"""The schema of the config, its example and its reference agree, and are complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from syncer import sources
from syncer.config import json_schema
from tests import configs
from tests.configs import CLIPS, ORIGIN, at_origin, loaded
from tests.reference import PAGE, tables, written

folder = configs.folder

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "config.example.yaml").read_text(encoding="utf-8")


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
    """Reads like an editor: YAML 1.2, where a date is text."""

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
        "ftps-destination",
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
def test_the_schema_accepts_valid_configs(text: str) -> None:
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
def test_the_schema_refuses_invalid_configs(text: str) -> None:
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
    """A folder with the example's files, and an environment with its variables."""
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
    assert [config.origin.destination.kind for config in found] == ["sftp", "ftps", "local", "s3"]
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
