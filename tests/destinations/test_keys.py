"""`destinations.keys.check_path`: the paths that may become public names."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syncer.destinations.keys import (
    MAX_PATH,
    MAX_SEGMENT,
    STAGED_PREFIX,
    check_path,
    path_below_root,
    printable,
)
from syncer.errors import DestinationError
from syncer.urls import safe_names

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)
SEGMENT = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/\\"), min_size=1, max_size=40
)
DOTLESS = st.text("abz09 _-~+,;:@!$'()[]{}é日🎬\u0301", min_size=1, max_size=40)


def flaw(path: str) -> str:
    with pytest.raises(DestinationError) as caught:
        check_path(path)
    assert caught.value.code == "destination.path"
    assert caught.value.hint
    assert not caught.value.transient
    assert caught.value.message.isprintable(), "a hostile name can't paint the terminal"
    return caught.value.message


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "part of it is empty"),
        ("/", "begins with a slash"),
        ("/etc/passwd", "begins with a slash"),
        ("//host/a", "begins with a slash"),
        ("a//b", "part of it is empty"),
        ("a/", "part of it is empty"),
        (".", "part of it is ."),
        ("..", "part of it is .."),
        ("a/../../b", "part of it is .."),
        ("a/./b", "part of it is ."),
        ("a\\..\\b", "backslash"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("\x1b[31mred", "control"),
        ("\x85", "control"),
        ("\udc80.mp4", "not valid Unicode"),
        ("u\u0308.mp4", "normal form C"),
        ("\u212b.mp4", "normal form C"),
        (f"{STAGED_PREFIX}x", "staging"),
        (f"a/{STAGED_PREFIX}x/b", "staging"),
        ("ü" * 128, "256 bytes long, over 255"),
        ("/".join(["d" * 204] * 5) + "x", "1025 bytes long, over 1024"),
    ],
)
def test_a_path_outside_the_root_is_refused_with_the_reason(path: str, why: str) -> None:
    assert why in flaw(path)
    with pytest.raises(DestinationError):
        path_below_root(path)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a", "its ending is not one of media"),
        ("clips.mp4/a", "its ending is not one of media"),
        ("a.txt", "its ending is not one of media"),
        ("a.jpg.", "its ending is not one of media"),
        (".a.mp4", "begins with a dot"),
        (".well-known/a.mp4", "begins with a dot"),
        ("...mp4", "begins with a dot"),
        ("%2e%2e/a.mp4", "begins with a dot"),
        ("CGI-bin/a.mp4", "the name of a file or folder that web servers and hosts obey"),
        ("a.php.mp4", "may run or mislabel a.php.mp4"),
        ("a.php/b.mp4", "may run or mislabel a.php"),
    ],
)
def test_a_name_that_a_server_may_act_on_is_only_looked_at_and_deleted(path: str, why: str) -> None:
    assert why in flaw(path)
    assert path_below_root(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "a.mp4",
        "a b/ü/日本.mp4",
        "100%/a.MOV",
        "C:/a.webp",
        "~/a.jpg",
        "-rf.jpeg",
        "n" * (MAX_SEGMENT - 4) + ".mp4",
        "a.syncer-b.mp4",
    ],
)
def test_a_valid_public_path_is_unchanged(path: str) -> None:
    assert check_path(path) == path


@given(ANY_TEXT)
def test_a_path_is_given_back_or_refused_and_nothing_else_happens(path: str) -> None:
    """An accepted path has all properties that destinations need."""
    try:
        assert path_below_root(path) == path
    except DestinationError as error:
        assert error.code == "destination.path"  # noqa: PT017 - either way is lawful here
        return
    segments = path.split("/")
    assert all(0 < len(segment.encode()) <= MAX_SEGMENT for segment in segments)
    assert {".", ".."}.isdisjoint(segments)
    assert not any(segment.startswith(STAGED_PREFIX) or "\\" in segment for segment in segments)
    assert not any(unicodedata.category(char) == "Cc" for char in path)
    assert unicodedata.is_normalized("NFC", path)
    assert len(path.encode()) <= MAX_PATH


@given(st.lists(SEGMENT, min_size=1, max_size=6))
def test_any_visible_nfc_name_is_one_below_a_root(segments: list[str]) -> None:
    path = unicodedata.normalize("NFC", "/".join(segments))
    assume(
        not any(segment in (".", "..") or segment.startswith(STAGED_PREFIX) for segment in path.split("/"))
    )
    assert path_below_root(path) == path


@given(st.lists(DOTLESS, min_size=1, max_size=6))
def test_any_name_without_dots_is_welcome_with_an_ending_of_media(segments: list[str]) -> None:
    path = unicodedata.normalize("NFC", "/".join(segments)) + ".mp4"
    assume(safe_names.path_flaw(path) is None)  # such as a folder CNAME
    assert check_path(path) == path


@given(ANY_TEXT)
def test_a_printable_name_is_one_visible_line_of_valid_unicode(name: str) -> None:
    shown = printable(name)
    assert shown.isprintable()
    assert unicodedata.is_normalized("NFC", shown)
    shown.encode()


@given(ANY_TEXT, ANY_TEXT)
def test_printable_names_tell_canonically_different_names_apart(one: str, other: str) -> None:
    """Unless one contains the escapes of the other, which has invisible characters."""
    assume(one != other and "\\" not in one + other)
    assert printable(one) != printable(other)
