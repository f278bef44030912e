"""The command line: its help, and one sentence for each error before a command starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer import cli
from syncer.cli import console
from syncer.errors import ConfigError, SyncerError
from tests.home import Home

# urls, status, tidy, config


def test_config_schema_is_json() -> None:
    ran = Home.syncer_alone("config", "schema")
    assert ran.code == 0
    assert ran.json["type"] == "object"


# Everything else


def test_help_names_every_command_and_exit_code() -> None:
    ran = Home.syncer_alone("--help")
    assert ran.code == 0
    for command in cli.COMMANDS:
        assert f"  {command} " in ran.out
        assert Home.syncer_alone(command, "--help").code == 0
    assert "another run holds the lock" in ran.out


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["sync", "--nonsense"], ["sync", "--max-delete", "lots"], []]
)
def test_a_wrong_command_line_exits_2(arguments: list[str]) -> None:
    assert Home.syncer_alone(*arguments).code == 2


def test_a_missing_config_is_one_sentence(tmp_path: Path) -> None:
    ran = Home.syncer_alone("sync", "-c", str(tmp_path / "none.yaml"))
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert "none.yaml" in ran.err


def test_an_unset_secret_is_one_sentence_and_urls_needs_none(synced: Home) -> None:
    synced.config["sources"]["more"] = {
        "kind": "s3",
        "bucket": "b",
        "access_key": "env:SYNCER_TEST_UNSET",
        "secret_key": "env:SYNCER_TEST_UNSET",
    }
    ran = synced.syncer("sync")
    assert ran.code == 2
    assert "SYNCER_TEST_UNSET" in ran.err
    assert synced.syncer("urls").code == 0


def test_a_bug_is_one_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("syncer.config.load", broken)
    ran = home.syncer("status")
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "unexpected ZeroDivisionError" in ran.err
    monkeypatch.setenv("SYNCER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        home.syncer("status")


def test_an_interrupt_is_one_word(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("syncer.config.load", interrupted)
    ran = home.syncer("status")
    assert (ran.code, ran.err.strip()) == (130, "syncer: interrupted")


def test_only_config_errors_have_several_lines(capsys: pytest.CaptureFixture[str]) -> None:
    console.complain(SyncerError("a\nsyncer: all is well\x9b"))
    console.complain(ConfigError("1: a\n2: b\x1b"))
    assert capsys.readouterr().err == "syncer: a\\nsyncer: all is well\\x9b\nsyncer: 1: a\n2: b\\x1b\n"
