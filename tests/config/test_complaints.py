"""The errors of a config: all of them, in order, with their places, and no secret."""

from __future__ import annotations

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
from syncer.config.complaints import config_error, problems, shown_value
from syncer.errors import ConfigError
from syncer.settings.fields import Settings
from tests import configs
from tests.configs import CLIPS, ORIGIN, at_origin, complaint, loaded

folder = configs.folder

SOURCES = ", ".join(sorted(sources.KINDS))


@pytest.mark.usefixtures("folder")
def test_a_manifest_never_overwrites_a_signature_file() -> None:
    Path("a.txt").touch()
    assert complaint(at_origin("signature_files", "a.txt") + "manifest: a.txt\n") == (
        'config.yaml:6:11: manifest: "FOLDER/a.txt" is a signature file and would be overwritten'
    )


@pytest.mark.usefixtures("folder")
def test_ten_problems_are_reported_in_the_order_of_the_file() -> None:
    lines = complaint(ORIGIN + "".join(f"unknown{number:02}: 1\n" for number in range(13))).split("\n")
    assert [line.split(":")[1] for line in lines[:10]] == [str(5 + number) for number in range(10)]
    assert lines[10:] == ["config.yaml: and 3 more"]


@pytest.mark.usefixtures("folder")
def test_secrets_are_read_only_if_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_any_data_is_accepted_or_refused_with_its_place(
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
    """A model with every limit that settings may have."""

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
def test_every_limit_of_a_kind_has_its_sentence(text: str, sentence: str) -> None:
    document = yamlfile.parse(text, "config.yaml")
    with pytest.raises(ValidationError) as caught:
        Strange.model_validate(document.data)
    found = config_error(document, problems(caught.value, document, Strange.model_json_schema()))
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
    assert shown_value(value) == text
