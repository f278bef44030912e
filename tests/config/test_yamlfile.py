"""Errors of the config file itself: one sentence, and the place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.config import load, yamlfile
from syncer.errors import ConfigError
from tests import configs
from tests.configs import CLIPS, ORIGIN, complaint

folder = configs.folder


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
        ("/dev/zero", "/dev/zero: is larger than 4 MiB, too large for a config"),
        ("/dev/null", "/dev/null:1:1: is empty; config.example.yaml shows what belongs here"),
    ],
)
def test_an_unreadable_file(path: str, sentence: str) -> None:
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
        (
            "a: b: c\n",
            (
                '1:5: is not valid YAML: a second ": " in one line, or a wrong indentation;'
                ' a text with ": " in it needs quotes'
            ),
        ),
        ("a:\n\tb: 1\n", "2:1: is not valid YAML: a tab, where only spaces are allowed"),
        ("a:\n  b: 1\n c: 2\n", "3:2: is not valid YAML: the indentation does not fit the lines above"),
        (
            "a: [*.mp4]\n",
            (
                "1:6: is not valid YAML: an alias without its anchor;"
                ' a text that begins with * needs quotes, as in "*.mp4"'
            ),
        ),
        (
            "a: *hunter2\n",
            (
                "1:4: is not valid YAML: an alias without its anchor;"
                ' a text that begins with * needs quotes, as in "*.mp4"'
            ),
        ),
        ("a: 1\nb\n", '3:1: is not valid YAML: a line that is not "key: value"'),
        (
            "a: 1\n---\nb: 1\n",
            "2:1: is not valid YAML: a second document (after ---); a file must have only one",
        ),
        ("a: 'b\n", "2:1: is not valid YAML: a quote that is never closed"),
        ("a: [1\nb: 2\n", "2:2: is not valid YAML: a bracket that is not closed, or a comma is missing"),
        (
            "a: @b\n",
            (
                "1:4: is not valid YAML: while scanning for the next token"
                " found character '@' that cannot start any token"
            ),
        ),
        ("a: !x!hunter2 b\n", "1:4: is not valid YAML: while parsing a node found undefined tag handle …"),
        ('a: "\\U00110000"\n', "1:7: has an escape that is not a Unicode character"),
        ('a: "\\ud800"\n', "1:4: a: has half a character (a lone surrogate)"),
        ("a: " + "[" * 60, "1:64: is not valid YAML: it is nested too deeply"),
        ("a: 1\nb: 2\na: 3\n", "3:1: a: is given twice; the first time in line 1"),
        ("a: {b: 1, b: 2}\n", "1:11: a.b: is given twice; the first time in line 1"),
        ("a: &a {x: 1}\nb: {<<: *a, <<: *a}\n", "2:13: b.<<: is given twice; the first time in line 2"),
        ("a: {<<: 1}\n", "1:9: a.<<: must name a mapping, as in <<: *anchor"),
        ("[a]: 1\n", "1:1: has a list or a mapping as a key; a key must be a word"),
        (
            "a: !x b\n",
            "1:4: a: has a tag (!…), which is not supported; a text that begins with ! needs quotes",
        ),
        (
            "a: !!set {b}\n",
            ("1:4: a: has a tag (!…), which is not supported; a text that begins with ! needs quotes"),
        ),
        ("a: !!int b\n", "1:4: a: can't be read as int: it is too long or invalid"),
        ("a: !!bool yes\n", "1:4: a: can't be read as bool: it is too long or invalid"),
        (f"a: {'9' * 5000}\n", "1:4: a: can't be read as int: it is too long or invalid"),
        ("a: 1.0e999\n", "1:4: a: can't be read as float: it is too long or invalid"),
        ("a: &a [*a]\n", "1:4: a[0]: has an anchor that contains itself"),
        ("a: &a {<<: *a}\n", "1:4: a.<<: has an anchor that contains itself"),
    ],
)
def test_unsupported_yaml(text: str | bytes, sentence: str) -> None:
    assert complaint(text) == f"config.yaml:{sentence}"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", [BOMB, MERGE_BOMB])
def test_an_alias_bomb_is_bounded(text: str) -> None:
    assert complaint(text).endswith(": is too large: with its aliases it has over 100000 values")


broken = st.builds(
    lambda text, at, put: text[:at] + put + text[at:],
    st.sampled_from([CLIPS, BOMB[:60], ORIGIN + "delete: {after: 1d}\n"]),
    st.integers(0, 160),
    st.text(max_size=3)
    | st.sampled_from([*list("[]{}&*!|>'\"%@`#,:-?\n\t"), "<<: *a", "\n  - ", "!!int ", "---\n"]),
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


@pytest.mark.parametrize(
    ("loc", "key", "value"),
    [
        ((), (1, 1), (1, 1)),
        (("a",), (1, 1), (1, 4)),
        (("a", 1), (1, 8), (1, 8)),
        (("a", 1, "gone"), (1, 8), (1, 8)),
        (("b", "c"), (2, 5), (2, 8)),
        (("b", "gone", "too"), (2, 1), (2, 1)),
        (("gone",), (1, 1), (1, 1)),
    ],
)
def test_a_missing_value_has_the_place_of_the_nearest_part_around_it(
    loc: yamlfile.Loc, key: tuple[int, int], value: tuple[int, int]
) -> None:
    document = yamlfile.parse("a: [1, 2]\nb: {c: 3}\n", "config.yaml")
    assert document.data == {"a": (1, 2), "b": {"c": 3}}
    assert (document.key(loc), document.value(loc)) == (key, value)


@pytest.mark.parametrize(
    ("loc", "text"),
    [
        (("sources", "clips", "include", 0), "sources.clips.include[0]"),
        (("a", "b c"), "a.b c"),
        (("a", ""), 'a.""'),
        (("a\nb",), '"a\\nb"'),
        (("x" * 61,), "x" * 59 + "…"),
    ],
)
def test_the_path_to_a_value_is_one_line(loc: yamlfile.Loc, text: str) -> None:
    assert yamlfile.label(loc) == text
