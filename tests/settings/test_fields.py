"""The kinds of values of a config: what each accepts, and the sentence for other values."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from syncer.model import Asset
from syncer.settings import quantities
from syncer.settings.fields import FilePath, SecretRef, Settings
from syncer.settings.quantities import Duration, Rate, Share, Size
from syncer.settings.secret import Reference
from syncer.sources.listing import Listing

NOW = datetime(2026, 1, 2, tzinfo=UTC)

DURATION = "must be a duration such as 90s, 15m, 12h, 7d or 2w"
SIZE = "must be a size such as 500KB, 20MB or 4GiB"
RATE = "must be a rate such as 500KB/s or 50MB/s"
SHARE = "must be a share from 0% to 100%, such as 10%"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1.5h", timedelta(minutes=90)),
        (" 7 d ", timedelta(days=7)),
        ("2w", timedelta(days=14)),
        ("0s", timedelta()),
        ("200ms", timedelta(milliseconds=200)),
        (timedelta(days=1), timedelta(days=1)),
    ],
)
def test_durations(text: object, value: timedelta) -> None:
    assert quantities.duration(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (500, 500),
        ("500", 500),
        ("500b", 500),
        ("20MB", 20_000_000),
        ("20 m", 20_000_000),
        ("1.5KiB", 1536),
        ("4GiB", 4 * 2**30),
        ("1ti", 2**40),
        ("0.1GB", 100_000_000),
        ("9007199254740993", 9007199254740993),
    ],
)
def test_sizes(text: object, value: int) -> None:
    assert quantities.parse_size(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("50MB/s", 50_000_000), ("1KiB/s", 1024), (" 5k/s ", 5000), (7, 7)]
)
def test_rates(text: object, value: int) -> None:
    assert quantities.rate(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("10%", 0.1), ("0%", 0.0), ("100 %", 1.0), ("2.5%", 0.025), (0.25, 0.25), (0, 0.0)]
)
def test_shares(text: object, value: float) -> None:
    assert quantities.share(text) == value


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        *[
            (quantities.duration, text, DURATION)
            for text in ("7", "7 days", "-7d", "", "1:30", 7, None, "٣d", True)
        ],
        *[(quantities.duration, text, "is longer than 100 years") for text in ("5219w", "9" * 400 + "d")],
        *[
            (quantities.parse_size, text, SIZE)
            for text in ("20XB", "-1", "", "20iB", -1, 1.5, True, None, "9" * 400)
        ],
        *[(quantities.rate, text, RATE) for text in ("50MB/h", "fast", None, True)],
        (quantities.rate, 0, "must be more than 0, such as 50MB/s; leave it out for no limit"),
        *[
            (quantities.share, text, SHARE)
            for text in ("101%", "10", 10, 1, 1.5, -0.1, "-1%", "1_0%", False, None)
        ],
        (quantities.share, float("nan"), SHARE),
        (quantities.share, float("inf"), SHARE),
    ],
)
def test_an_invalid_value_is_refused_with_a_sentence(
    read: Callable[[object], object], text: object, sentence: str
) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}$".replace("(", r"\(")):
        read(text)


@given(
    st.sampled_from([quantities.duration, quantities.parse_size, quantities.rate, quantities.share]),
    st.text()
    | st.text("0123456789.eE%smhdwkKiB/ -")
    | st.floats()
    | st.integers()
    | st.booleans()
    | st.none(),
)
def test_any_value_is_accepted_or_refused_with_a_value_error(
    read: Callable[[object], object], value: object
) -> None:
    try:
        read(value)
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017 - most values are refused, some are not


@pytest.mark.parametrize("kind", [Duration, Size, Rate, Share])
@given(st.text("0123456789.%smhdwkKiB/ -", max_size=8))
def test_the_schema_accepts_the_same_texts(kind: Any, text: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    schema = adapter.json_schema()
    try:
        adapter.validate_python(text)
    except ValidationError as error:
        form = not any(amount in str(error) for amount in ("is longer than", "must be more than 0"))
        assert not (form and jsonschema.Draft202012Validator(schema).is_valid(text))
    else:
        jsonschema.validate(text, schema)


class Example(Settings):
    number: int = 3
    maybe: str | None = "set"
    file: FilePath = Path("here")
    secret: SecretRef | None = None
    must: str = ""


def made(data: dict[str, object], folder: Path = Path("/etc/syncer")) -> Example:
    return Example.model_validate(data, context={"folder": folder})


def test_a_key_without_a_value_means_its_default_unless_null_is_a_value() -> None:
    assert made({"number": None, "maybe": None}) == Example(number=3, maybe=None)


def test_settings_are_frozen_and_picklable() -> None:
    example = made({"secret": "env:NAME"})
    with pytest.raises(ValidationError, match="frozen"):
        example.number = 4  # type: ignore[misc] # that it can't be set is the point
    assert pickle.loads(pickle.dumps(example)) == example  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("text", "path"),
    [("a/b", "/etc/syncer/a/b"), ("/a", "/a"), ("../a", "/etc/syncer/../a"), ("~/a", "/home/x/a")],
)
def test_paths_are_relative_to_the_folder_of_the_config(
    text: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/x")
    assert made({"file": text}).file == Path(path)
    assert made({"secret": f"file:{text}"}).secret == f"file:{path}"


def test_without_a_config_file_paths_are_relative_to_the_current_folder() -> None:
    assert Example.model_validate({"file": "a"}).file == Path.cwd() / "a"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "must be a path"),
        (5, "must be a path"),
        ("a\0", "must be a path without NUL characters"),
        ("~nobody-of-that-name/a", "starts with ~, but the home folder is unknown"),
    ],
)
def test_an_invalid_path_is_refused(text: object, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        made({"file": text})


@pytest.mark.parametrize("name", ["pipe", "link"])
@pytest.mark.parametrize("value", [{"file": "{}"}, {"secret": "file:{}"}])
def test_a_pipe_is_refused_instead_of_waited_for(value: dict[str, str], name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(ValidationError, match="is a pipe, which may wait for ever; name a file or a folder"):
        made({key: text.format(tmp_path / name) for key, text in value.items()})


def test_a_reference_has_its_own_type() -> None:
    secret = made({"secret": "env:NAME"}).secret
    assert isinstance(secret, Reference)
    assert str(secret) == "env:NAME"


@pytest.mark.parametrize("text", ["hunter2", "env:", "env:A B", "ENV:A", "file:", "file:a\0", "env:A\n", 5])
def test_a_secret_itself_is_refused_without_being_repeated(text: object) -> None:
    with pytest.raises(ValidationError) as caught:
        made({"secret": text})
    assert "must be a reference, env:NAME or file:PATH" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def asset(key: str = "a.mp4", size: int | None = None, age: timedelta | None = None) -> Asset:
    return Asset(
        source="clips", key=key, locator=key, size=size, modified=NOW - age if age is not None else None
    )


@pytest.mark.parametrize(
    ("include", "exclude", "key", "taken"),
    [
        ((), (), "a.mp4", True),
        (("*.mp4",), (), "a.mp4", True),
        (("*.mp4",), (), "2024/A.MP4", True),
        (("*.mp4",), (), "a.mov", False),
        (("*.mp4", "*.mov"), (), "a.mov", True),
        (("*.mp4",), ("drafts/*",), "drafts/a.mp4", False),
        ((), ("drafts/*",), "a.mp4", True),
        (("**/*.mp4",), (), "a.mp4", True),
        (("**/*.mp4",), (), "x/y/a.mp4", True),
        (("x/**/a.mp4",), (), "x/a.mp4", True),
        (("x/**/a.mp4",), (), "x/y/z/a.mp4", True),
        (("x/**/a.mp4",), (), "xa.mp4", False),
        (("x**/a.mp4",), (), "xa.mp4", False),
        (("[ab].mp4",), (), "b.mp4", True),
        (("?.mp4",), (), "bb.mp4", False),
        ((r"[\]Z*",), (), r"\Za", True),
        (("a*",), (), "a\nb", True),
    ],
)
def test_globs(include: tuple[str, ...], exclude: tuple[str, ...], key: str, taken: bool) -> None:  # noqa: FBT001 - a column of the table
    listing = Listing(kind="local", include=include, exclude=exclude)
    assert listing.takes(asset(key), NOW) is taken
    assert pickle.loads(pickle.dumps(listing)).takes(asset(key), NOW) is taken  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("limits", "of", "taken"),
    [
        ({"min_size": "1KB"}, asset(size=999), False),
        ({"min_size": "1KB"}, asset(size=1000), True),
        ({"max_size": "1KB"}, asset(size=1000), True),
        ({"max_size": "1KB"}, asset(size=1001), False),
        ({"min_size": "1KB"}, asset(size=None), True),
        ({"min_age": "1h"}, asset(age=timedelta(minutes=59)), False),
        ({"min_age": "1h"}, asset(age=timedelta(hours=1)), True),
        ({"max_age": "1h"}, asset(age=timedelta(hours=2)), False),
        ({"max_age": "1h"}, asset(age=None), True),
    ],
)
def test_limits_need_the_listings_size_and_time(limits: dict[str, str], of: Asset, taken: bool) -> None:  # noqa: FBT001 - a column of the table
    assert Listing.model_validate({"kind": "local", **limits}).takes(of, NOW) is taken


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"include": ("",)}, 'must not be empty; "*" takes everything'),
        (
            {"exclude": ("./a",)},
            "no key starts with /, ./, ../ or ~/: a key is relative to the source's root or prefix",
        ),
        ({"min_size": 2, "max_size": 1}, "min_size is above max_size, so nothing would be taken"),
        ({"min_age": "2d", "max_age": "1d"}, "min_age is above max_age, so nothing would be taken"),
    ],
)
def test_filters_that_match_nothing_are_refused(data: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Listing.model_validate({"kind": "local", **data})
    assert sentence in json.dumps(caught.value.errors(include_context=False)).replace('\\"', '"')
