"""What can be wrong with a config: bad text on the left, the exact sentence on the right."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from syncer import sources
from syncer.config import load, yamlfile
from syncer.config.complaints import problems, refusal, shown
from syncer.errors import ConfigError
from syncer.settings.fields import Settings
from tests import configs
from tests.configs import CLIPS, ORIGIN, at_origin, complaint, loaded

folder = configs.folder

SOURCES = ", ".join(sorted(sources.KINDS))


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        # Keys
        (ORIGIN + "source: {}\n", '5:1: source: unknown key; did you mean "sources"?'),
        (
            ORIGIN + "file: x\n",
            (
                "5:1: file: unknown key; what else may stand here: bandwidth, catalogue, catalogue_copies,"
                " check, delete, manifest, max_delete, migrate, retry, sources, tiktok, timeouts, workers"
            ),
        ),
        (
            at_origin("xyz", "1"),
            (
                "5:3: origin.xyz: unknown key; what else may stand here: ca, connect_to, dns,"
                " signature_files, txt_record"
            ),
        ),
        (
            CLIPS + "    bukcet: x\n    prefix: p\n",
            (
                "9:5: sources.clips.bukcet: unknown key; what else may stand here: access_key,"
                " addressing, anonymous,"
                " ca, checksums, endpoint, exclude, in_place, include, max_age, max_size, min_age,"
                " min_size, path, profile,"
                " region, secret_key"
            ),
        ),
        (
            CLIPS.replace("bucket", "bukcet"),
            (
                "6:3: sources.clips.bucket: is required, but missing\n"
                '8:5: sources.clips.bukcet: unknown key; did you mean "bucket"?'
            ),
        ),
        (CLIPS + "    Endpoint:\n", '9:5: sources.clips.Endpoint: unknown key; did you mean "endpoint"?'),
        (
            ORIGIN + "tiktok: {access_token: 'env:A', token: x}\n",
            "5:33: tiktok.token: unknown key; what else may stand here: ca, connect_to, endpoint",
        ),
        ("sources: {}\n", "1:1: origin: is required, but missing"),
        (
            "origin: {}\n",
            (
                "1:1: origin.destination: is required, but missing\n"
                "1:1: origin.property: is required, but missing\n1:1: origin.url: is required, but missing"
            ),
        ),
        # Kinds
        (
            at_origin("destination", "{root: x}"),
            "4:3: origin.destination.kind: is required, but missing; the kinds are local, s3, sftp",
        ),
        (
            at_origin("destination", "{kind: stfp}"),
            '4:23: origin.destination.kind: unknown kind "stfp"; did you mean "sftp"?',
        ),
        (
            at_origin("destination", "{kind: 5}"),
            "4:23: origin.destination.kind: unknown kind 5; the kinds are local, s3, sftp",
        ),
        (
            at_origin("destination", "{kind: drive}"),
            '4:23: origin.destination.kind: unknown kind "drive"; the kinds are local, s3, sftp',
        ),
        (
            at_origin("destination", "sftp://deploy:hunter2@vps/"),
            '4:16: origin.destination: must hold lines of "key: value"; found text',
        ),
        (
            at_origin("destination", ""),
            '4:15: origin.destination: must hold lines of "key: value"; found no value',
        ),
        (
            ORIGIN + "sources: {s3: {kind: [a]}}\n",
            f"5:22: sources.s3.kind: unknown kind a list; the kinds are {SOURCES}",
        ),
        (
            ORIGIN + "sources: {a: {kind:}}\n",
            f"5:20: sources.a.kind: is required, but missing; the kinds are {SOURCES}",
        ),
        (ORIGIN + "sources: {a: }\n", '5:13: sources.a: must hold lines of "key: value"; found no value'),
        (ORIGIN + "sources: {a: [b]}\n", '5:14: sources.a: must hold lines of "key: value"; found a list'),
        (ORIGIN + "sources: [a]\n", '5:10: sources: must hold lines of "key: value"; found a list'),
        # Types
        (
            CLIPS.replace("bucket: raw", "bucket: 10"),
            '8:13: sources.clips.bucket: must be text; found 10, put it in quotes: "10"',
        ),
        (
            CLIPS.replace("bucket: raw", "bucket: true"),
            '8:13: sources.clips.bucket: must be text; found true, put it in quotes: "true"',
        ),
        (CLIPS.replace("bucket: raw", "bucket:"), "8:12: sources.clips.bucket: must be text; found no value"),
        (
            CLIPS.replace("bucket: raw", "bucket: [a]"),
            "8:13: sources.clips.bucket: must be text; found a list",
        ),
        (
            CLIPS + "    include: '*.mp4'\n",
            '9:14: sources.clips.include: must be a list, such as [a, b]; found "*.mp4"',
        ),
        (
            CLIPS + "    include: [a, 5]\n",
            '9:18: sources.clips.include[1]: must be text; found 5, put it in quotes: "5"',
        ),
        (
            CLIPS + "    include: [./a]\n",
            (
                "9:15: sources.clips.include[0]: matches no key: no key begins with /, ./, ../ or ~/:"
                " a key begins below the source's root or prefix;"
                ' write "a"; found "./a"'
            ),
        ),
        (CLIPS + "    anonymous: yes\n", '9:16: sources.clips.anonymous: must be true or false; found "yes"'),
        (
            CLIPS + "    addressing: paht\n",
            (
                '9:17: sources.clips.addressing: must be auto, path or virtual; found "paht";'
                ' did you mean "path"?'
            ),
        ),
        (ORIGIN + "check: full\n", '5:8: check: must hold lines of "key: value"; found text'),
        (ORIGIN + "check: {profile: instagram}\n", '5:18: check.profile: must be tiktok; found "instagram"'),
        (ORIGIN + "check: {verify: true}\n", "5:17: check.verify: must be head or full; found true"),
        (
            ORIGIN + "check: {rejected: skp}\n",
            '5:19: check.rejected: must be skip or publish; found "skp"; did you mean "skip"?',
        ),
        (
            ORIGIN + "check: {recheck: 7 days}\n",
            '5:18: check.recheck: must be a duration such as 90s, 15m, 12h, 7d or 2w; found "7 days"',
        ),
        (ORIGIN + "workers: 0\n", "5:10: workers: must be at least 1; found 0"),
        (ORIGIN + f"workers: {'9' * 100}\n", f"5:10: workers: must be at most 64; found {'9' * 79}…"),
        (ORIGIN + "workers: 1.5\n", "5:10: workers: must be a whole number; found 1.5"),
        (ORIGIN + "workers: '8'\n", '5:10: workers: must be a whole number; found "8"'),
        (ORIGIN + "workers: 010\n", '5:10: workers: must be a whole number; found "010"'),
        (ORIGIN + "workers: true\n", "5:10: workers: must be a whole number; found true"),
        (
            ORIGIN + "max_delete: 10\n",
            "5:13: max_delete: must be a share from 0% to 100%, such as 10%; found 10",
        ),
        (
            ORIGIN + "max_delete: {share: much}\n",
            '5:21: max_delete.share: must be a share from 0% to 100%, such as 10%; found "much"',
        ),
        (
            ORIGIN + "max_delete: {at_least: some}\n",
            '5:24: max_delete.at_least: must be a whole number; found "some"',
        ),
        (
            ORIGIN + "bandwidth: fast\n",
            '5:12: bandwidth: must be a rate such as 500KB/s or 50MB/s; found "fast"',
        ),
        (ORIGIN + "delete: always\n", '5:9: delete: must be never, mirror or {after: 30d}; found "always"'),
        (ORIGIN + "delete: {before: 1d}\n", "5:1: delete: must be never, mirror or {after: 30d}"),
        (
            ORIGIN + "delete: {after: 1}\n",
            "5:1: delete: after must be a duration such as 90s, 15m, 12h, 7d or 2w; found 1",
        ),
        (ORIGIN + "manifest: [a.json, 5]\n", "5:20: manifest[1]: must be a path; found 5"),
        (ORIGIN + "manifest: 5\n", "5:11: manifest: must be a list, such as [a, b]; found 5"),
        (
            ORIGIN + "manifest: urls.xml\n",
            '5:11: manifest: must end in .json, .jsonl, .csv or .txt; found "urls.xml"',
        ),
        (
            ORIGIN + "manifest: [a.json, urls.JSON]\n",
            '5:20: manifest[1]: must end in .json, .jsonl, .csv or .txt; found "urls.JSON"',
        ),
        *[
            (
                ORIGIN + f"catalogue: '{url}'\n",
                (
                    "5:12: catalogue: must be sqlite:///syncer.db for a file beside this"
                    f' one, or sqlite:////var/lib/syncer.db; found "{url}"'
                ),
            )
            for url in ("syncer.db", "sqlite://syncer.db", "sqlite:///", "sqlite:///:memory:", "mysql:///a")
        ],
        (
            ORIGIN + "catalogue: 5\n",
            (
                "5:12: catalogue: must be sqlite:///syncer.db for a file beside this one,"
                " or sqlite:////var/lib/syncer.db; found 5"
            ),
        ),
        (
            ORIGIN + "catalogue: postgresql://user:hunter2@db/x\n",
            (
                "5:12: catalogue: must be sqlite:///PATH:"
                ' a catalogue in PostgreSQL is not in this release yet; found "postgresql://***@db/x"'
            ),
        ),
        # Names and limits of sources
        (
            ORIGIN + "sources: {my clips: {kind: local, root: a}}\n",
            (
                "5:11: sources.my clips: the name must be 1 to"
                " 64 letters, digits, - and _, and begin with a letter or digit"
            ),
        ),
        (
            CLIPS + "    min_size: 2MB\n    max_size: 1MB\n",
            "6:3: sources.clips: min_size is above max_size, so nothing would be taken",
        ),
        # Path templates
        (
            CLIPS + "    path: '{kee}'\n",
            '9:11: sources.clips.path: "{kee}" has an unknown field {kee}; did you mean "{key}"?',
        ),
        (
            CLIPS + "    path: '{key'\n",
            (
                '9:11: sources.clips.path: "{key" has a brace without its partner;'
                " braces only stand around a field, as in {key}"
            ),
        ),
        (
            CLIPS + "    path: '/{key}'\n",
            (
                "9:11: sources.clips.path: \"/{key}\" won't do: '/name.mp4' can't be a"
                " public path: it begins with a slash"
            ),
        ),
        (
            CLIPS + "    path: ''\n",
            (
                "9:11: sources.clips.path: \"\" won't do: '' can't be a"
                " public path: a part of it is empty (a//b, a/)"
            ),
        ),
        (
            CLIPS + "    path: 'a/../{key}'\n",
            (
                '9:11: sources.clips.path: "a/../{key}" won\'t do:'
                " 'a/../name.mp4' can't be a public path: a part of it is .."
            ),
        ),
        # Files
        (
            ORIGIN + "manifest: [no/urls.json]\n",
            '5:12: manifest[0]: there is no folder "FOLDER/no"; create it',
        ),
        (ORIGIN + "manifest: no/urls.json\n", '5:11: manifest: there is no folder "FOLDER/no"; create it'),
        (
            ORIGIN + f"manifest: {'a' * 300}/urls.json\n",
            '5:11: manifest: there is no folder "FOLDER/aaa…"; create it',
        ),
        (
            ORIGIN + "catalogue: sqlite:///no/a.db\n",
            '5:12: catalogue: there is no folder "FOLDER/no"; create it',
        ),
        (ORIGIN + "catalogue: sqlite:///.\n", '5:12: catalogue: "FOLDER" is a folder; name a file'),
        (at_origin("ca", "no.pem"), '5:7: origin.ca: there is no file "FOLDER/no.pem"'),
        (
            at_origin("signature_files", "[a.txt]"),
            '5:21: origin.signature_files[0]: there is no file "FOLDER/a.txt"',
        ),
        (
            at_origin("signature_files", "a.txt"),
            '5:20: origin.signature_files: there is no file "FOLDER/a.txt"',
        ),
        (
            at_origin("signature_files", "[config.yaml, ./config.yaml]"),
            '5:34: origin.signature_files[1]: two signature files are named "config.yaml"',
        ),
        (
            at_origin("property", "example.com") + "  signature_files: config.yaml\n",
            (
                "5:20: origin.signature_files: the domain example.com is proven by a DNS TXT"
                " record, not by a file:"
                " leave this out, or verify a URL prefix such as https://media.example.com/ and"
                " make that the property"
            ),
        ),
        # Secrets
        (
            CLIPS + "    access_key: AKIAhunter2\n    secret_key: 12345\n",
            (
                "9:17: sources.clips.access_key: must be a reference, env:NAME or file:PATH, not"
                " the secret itself"
                " (it would leak)\n"
                "10:17: sources.clips.secret_key: must be a reference, env:NAME or file:PATH,"
                " not the secret itself"
                " (it would leak)"
            ),
        ),
        (
            CLIPS + "    access_key: env:SYNCER_A\n    secret_key: file:none\n",
            (
                "9:17: sources.clips.access_key: the environment variable SYNCER_A is not set;"
                " export SYNCER_A=…\n"
                "10:17: sources.clips.secret_key: the secret file FOLDER/none can't be read: No"
                " such file or directory"
            ),
        ),
        (
            at_origin(
                "destination", "{kind: s3, bucket: a, access_key: 'env:SYNCER_A', secret_key: 'env:SYNCER_B'}"
            ),
            (
                "4:50: origin.destination.access_key: the environment variable SYNCER_A is not"
                " set; export SYNCER_A=…\n"
                "4:78: origin.destination.secret_key: the environment variable SYNCER_B is not"
                " set; export SYNCER_B=…"
            ),
        ),
        (
            CLIPS + "    access_key: env:SYNCER_A\n",
            "6:3: sources.clips: access_key and secret_key belong together: set both or neither",
        ),
        (CLIPS + "    hunter2key: hunter2\n", None),
        (ORIGIN + "tiktok: hunter2\n", '5:9: tiktok: must hold lines of "key: value"; found text'),
        (
            ORIGIN + "tiktok: {access_token: hunter2}\n",
            (
                "5:24: tiktok.access_token: must be a reference,"
                " env:NAME or file:PATH, not the secret itself (it would leak)"
            ),
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, sentence: str | None) -> None:
    said = re.sub(r"aaa+…?", "aaa…", complaint(text))
    assert "hunter2" not in said.replace("hunter2key", "")
    if sentence is not None:
        assert said == "\n".join(f"config.yaml:{line}" for line in sentence.split("\n"))


@pytest.mark.usefixtures("folder")
def test_a_manifest_never_overwrites_a_signature_file() -> None:
    Path("a.txt").touch()
    assert complaint(at_origin("signature_files", "a.txt") + "manifest: a.txt\n") == (
        'config.yaml:6:11: manifest: "FOLDER/a.txt" is a signature file and would be overwritten'
    )


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


@given(
    st.dictionaries(words, data, max_size=5)
    | st.dictionaries(words, data, max_size=5).map(lambda found: {**yaml.safe_load(CLIPS), **found})
)
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
        assert all(line.startswith(f"{file}:") for line in lines)


class Strange(Settings):
    """Every limit that a kind's settings may have."""

    above: float = Field(default=1, gt=0.5, lt=9.5)
    short: str = Field(default="ab", min_length=2, max_length=3)
    named: str = Field(default="a", min_length=1, pattern="^[a-z]*$")
    few: tuple[int, ...] = Field(default=(1, 1), max_length=2)
    many: tuple[int, ...] = Field(default=(1, 1), min_length=2)
    when: timedelta = timedelta(0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("above: 0", "1:8: above: must be more than 0.5; found 0"),
        ("above: 10", "1:8: above: must be less than 9.5; found 10"),
        ("above: a", '1:8: above: must be a number; found "a"'),
        ("short: a", '1:8: short: must have at least 2 characters; found "a"'),
        ("short: abcd", '1:8: short: must have at most 3 characters; found "abcd"'),
        ("named: ''", '1:8: named: must not be empty; found ""'),
        ("named: A", '1:8: named: must look like ^[a-z]*$; found "A"'),
        ("many: [1]", "1:7: many: must have at least 2 items; found a list"),
        ("few: [1, 2, 3]", "1:6: few: must have at most 2 items; found a list"),
        ("few: [a]", '1:7: few[0]: must be a whole number; found "a"'),
        ("when: [1]", "1:7: when: must be a timedelta; found a list"),
    ],
)
def test_whatever_a_kind_asks_for_has_its_sentence(text: str, sentence: str) -> None:
    document = yamlfile.parse(text, "config.yaml")
    with pytest.raises(ValidationError) as caught:
        Strange.model_validate(document.data)
    found = refusal(document, problems(caught.value, document, Strange.model_json_schema()))
    assert str(found) == f"config.yaml:{sentence}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", '"plain"'),
        ("tab\there", '"tab\\there"'),
        ("https://user:hunter2@host/a", '"https://***@host/a"'),
        ("postgresql://user:hun/ter2@host/a", '"postgresql://***@host/a"'),
        ("user:hunter2@host", '"***@host"'),
        ("https://host/a?X-Amz-Signature=hunter2", '"https://host/a?…"'),
        ("x" * 81, f'"{"x" * 79}…"'),
        (True, "true"),
        (1.5, "1.5"),
        (None, "no value"),
        ((1,), "a list"),
        ({}, "a mapping"),
    ],
)
def test_a_value_is_shown_on_one_line_without_what_may_be_secret(value: object, text: str) -> None:
    assert shown(value) == text
