"""Globs that can't match a key are refused with their place and a replacement; all others are accepted."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer.sources.patterns import any_of, exactly, glob
from tests import configs
from tests.configs import ORIGIN, complaint

folder = configs.folder

MEANT = [
    ("\u201cprivate/**\u201d", ["private/**"]),
    ("\u201eEntw\u00fcrfe/*\u201c", ["Entw\u00fcrfe/*"]),
    ("\u00abclips/*\u00bb", ["clips/*"]),
    ("'*.webm'", ["*.webm"]),
    ("*.mov ", ["*.mov"]),
    ("\u00a0*.mov", ["*.mov"]),
    ("*.mp4\u200b", ["*.mp4"]),
    ("./clips/*", ["clips/*"]),
    ("../clips/*", ["clips/*"]),
    ("/srv/media/*.mp4", ["*.mp4"]),
    ("~/Videos/*", ["Videos/*"]),
    ("clips/./*.mp4", ["clips/*.mp4"]),
    ("private/", ["private/*"]),
    ("clips\\2024\\*", ["clips/2024/*"]),
    ("D:\\Media\\*.mp4", ["*.mp4"]),
    ("D:/Media/*.mp4", ["*.mp4"]),
    (r".*\.(mp4)$", ["*.(mp4)"]),
    ("s3://raw-videos/exports/*.mp4", ["exports/*.mp4"]),
    (".webm", ["*.webm"]),
    ("*.mp4,*.webm", ["*.mp4", "*.webm"]),
    ("*.mp4; *.webm", ["*.mp4", "*.webm"]),
    ("*.mp4 *.webm", ["*.mp4", "*.webm"]),
    ("clip-*.{mp4,mov}", ["clip-*.mp4", "clip-*.mov"]),
    ("./*.{jpg,webp}", ["*.jpg", "*.webp"]),
]


@pytest.mark.parametrize(("text", "meant"), MEANT)
def test_a_glob_that_can_match_no_key_is_refused_with_the_words_to_write(text: str, meant: list[str]) -> None:
    with pytest.raises(ValueError, match="; write ") as caught:
        glob(text)
    words = json.loads(str(caught.value).rpartition("; write ")[2])
    assert (words if isinstance(words, list) else [words]) == meant
    assert [glob(each) for each in meant] == meant, "the proposed glob is accepted"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("setting", ["include", "exclude"])
@pytest.mark.parametrize("text", ["\u2018private/*\u2019", "private/ ", ".\\private\\*", "/private/*"])
def test_the_config_says_where_it_stands(setting: str, text: str) -> None:
    source = (
        f"sources:\n  s:\n    kind: local\n    root: src\n    {setting}: ['*.webm', {json.dumps(text)}]\n"
    )
    said = complaint(ORIGIN + source)
    assert said.startswith(f"config.yaml:9:{18 + len(setting)}: sources.s.{setting}[1]: ")
    assert '"private/' in said


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "**/*.mp4",
        "2024 summer/*",
        "[2024]*",
        "{a}*",
        "a*b,c",
        "\u201cHi\u201d there*",
        "[\\]x",
        "[/]x",
        ".hidden/*",
        "C:*",
    ],
)
def test_a_glob_that_may_match_is_accepted(text: str) -> None:
    assert glob(text) == text


def test_a_glob_in_another_normal_form_matches() -> None:
    decomposed = any_of((glob("*E\u0301te\u0301*"),))
    assert decomposed
    assert decomposed.fullmatch("2024/\u00c9t\u00e9.mp4")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
@example("caf\\xe9.mp4")
@example("back\\slash.mp4")
@example(" [1] *.mp4 ")
@example("/a,*.mp4/")
@example("\u201cx\u201d")
def test_any_one_key_can_be_named(key: str) -> None:
    import unicodedata

    key = unicodedata.normalize("NFC", key)
    (text,) = re.findall(r'^(".*")$', exactly(key), re.DOTALL)
    named = any_of((glob(json.loads(text)),))
    assert named
    assert named.fullmatch(key)
    assert not named.fullmatch(f"{key}x")
