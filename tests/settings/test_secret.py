"""Secrets: references in the config, `***` in print, and one clear sentence when they are missing."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from syncer.errors import ConfigError
from syncer.settings.secret import MAX_BYTES, Reference, Secret, reveal


@pytest.mark.parametrize("printed", [str, repr, "{}".format, "{:>3}".format, "%s".__mod__, "%r".__mod__])
def test_a_secret_does_not_print(printed: object) -> None:
    assert callable(printed)
    assert printed(Secret("hunter2")) == "***"


def test_a_secret_works_as_its_string() -> None:
    secret = Secret("hunter2")
    assert secret == "hunter2"
    assert secret.encode() == b"hunter2"
    assert pickle.loads(pickle.dumps(secret)) == "hunter2"  # noqa: S301 - our own bytes


def test_a_variable_is_read_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCER_TEST_SECRET", "hunter2")
    assert reveal("env:SYNCER_TEST_SECRET") == "hunter2"
    assert reveal(Reference("env:SYNCER_TEST_SECRET")) == "hunter2"


@pytest.mark.parametrize("value", [None, ""])
def test_an_unset_or_empty_variable_is_named(value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is None:
        monkeypatch.delenv("SYNCER_TEST_SECRET", raising=False)
    else:
        monkeypatch.setenv("SYNCER_TEST_SECRET", value)
    with pytest.raises(ConfigError) as caught:
        reveal("env:SYNCER_TEST_SECRET")
    assert str(caught.value) == (
        "the environment variable SYNCER_TEST_SECRET is not set; export SYNCER_TEST_SECRET=…"
    )
    assert caught.value.code == "config.secret"


def test_the_newline_at_the_end_of_a_file_is_not_part_of_the_secret(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b" hunter2 \r\n")
    assert reveal(f"file:{tmp_path}/token") == " hunter2 "


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "can't be read: No such file or directory"),
        (b"\n", "is empty"),
        (b"\xff", "can't be read: it is not UTF-8 text"),
        (b"x" * (MAX_BYTES + 1), "is too large for a secret"),
    ],
)
def test_a_file_without_a_secret_is_named(content: bytes | None, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        reveal(f"file:{file}")
    assert str(caught.value) == f"the secret file {file} {sentence}"
    assert caught.value.code == "config.secret"


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(ConfigError, match="is too large"):
        reveal("file:/dev/zero")
