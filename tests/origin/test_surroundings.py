"""Laws of the environment: no locale, deleted current folder or odd byte in a path changes the result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.home import Home, Ran, plain
from tests.media import mp4
from tests.servers.sshd import Sshd

PLAIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""Python does not replace a locale that is only ASCII."""
LOCALES = [{"LC_ALL": "C.UTF-8"}, {"LANG": "C", "PYTHONIOENCODING": "ascii", **PLAIN}]
KEYS = ("müsli 日本 Łódź.mp4", "naïve/ü.mp4")
COMMANDS = ("sync", "check")


def alone(home: Home, command: str, **environment: str) -> Ran:
    """Runs syncer as a new process, with the absolute path of the config."""
    home.syncer("urls")  # writes it
    first, *rest = command.split()
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "syncer", first, *rest, "-c", str(home.folder / "config.yaml")],
        capture_output=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("L")} | environment,
        check=False,
        timeout=120,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


@pytest.fixture
def roots(home: Home, sshd: Sshd) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """By kind, a source and the destination."""
    local = home.config["origin"]["destination"]
    return {
        "local": ({"kind": "local", "root": "media"}, local),
        "sftp": (plain(sshd.source(home.media)), plain(sshd.destination(home.site.root))),
    }


@pytest.mark.parametrize("kind", ["local", "sftp"])
def test_a_file_has_one_url_in_every_locale(
    home: Home, roots: dict[str, tuple[dict[str, Any], dict[str, Any]]], kind: str
) -> None:
    for number, key in enumerate(KEYS):
        home.put(key, mp4(seed=number))
    source, home.config["origin"]["destination"] = roots[kind]
    home.config["sources"] = {"clips": source | {"path": "ü/{key}"}}
    (home.folder / "media" / os.fsdecode(b"caf\xe9.mp4")).write_bytes(mp4(seed=9))
    for locale in LOCALES:
        ran = alone(home, "sync", **locale)
        assert ran.code == 3, ran.err
        assert "2 copied" in ran.out if locale is LOCALES[0] else "2 unchanged" in ran.out
        assert 'replace or rename it there, or write exclude: ["caf[\\\\]xe9' in ran.err
    assert home.public() == {f"ü/{key}" for key in KEYS}
    assert home.site.fetch(home.manifest()["naïve/ü.mp4"]["url"]).status_code == 200


def test_a_character_that_the_locale_lacks_breaks_no_output(home: Home) -> None:
    for number, key in enumerate((*KEYS, "back\\slash 日本.mp4")):
        home.put(key, mp4(seed=number))
    for command in ("sync", "plan"):
        ran = alone(home, command, **LOCALES[-1])
        assert ran.code in (0, 3)
        assert "unexpected" not in ran.err + ran.out


def test_a_deleted_current_folder_is_no_problem_with_absolute_paths(home: Home, tmp_path: Path) -> None:
    home.put("a.mp4", mp4())
    for command in COMMANDS:
        here = tmp_path / "here"
        here.mkdir()
        script = f'cd {here} && rmdir {here} && exec "$@"'
        program = [
            sys.executable,
            "-P",
            "-m",
            "syncer",
            *command.split(),
            "-c",
            str(home.folder / "config.yaml"),
        ]
        home.syncer("urls")
        ran = subprocess.run(
            ["bash", "-c", script, "x", *program], capture_output=True, check=False, timeout=120
        )
        assert ran.returncode == 0, ran.stderr
    assert home.manifest().keys() == {"a.mp4"}


@pytest.mark.parametrize("arguments", [["sync"], ["demo"]])
def test_a_relative_path_in_a_deleted_current_folder_is_an_error_that_says_so(
    tmp_path: Path, arguments: list[str]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    script = f'cd {here} && rmdir {here} && exec "$@"'
    program = [sys.executable, "-P", "-m", "syncer", *arguments]
    ran = subprocess.run(
        ["bash", "-c", script, "x", *program], capture_output=True, check=False, timeout=60, text=True
    )
    assert ran.returncode in (1, 2)
    assert len(ran.stderr.splitlines()) == 1
    assert "deleted" in ran.stderr or "No such file" in ran.stderr
    assert "unexpected" not in ran.stderr


def test_a_config_in_a_folder_whose_name_is_no_utf_8_works(home: Home) -> None:
    home.put("a.mp4", mp4())
    odd = home.folder / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    shutil.move(home.media, odd / "media")
    home.syncer("urls")
    shutil.copy(home.folder / "config.yaml", odd / "config.yaml")
    for command in ("plan", "sync", "sync", "status", "doctor", "check"):
        ran = home.syncer_alone(command, "-c", str(odd / "config.yaml"))
        assert ran.code == 0, ran.err
        assert "✗ catalogue" not in ran.out
    assert home.public() == {"clips/a.mp4"}
    assert [file.suffix for file in (odd / "syncer.db.copies").iterdir()] == [".db"]
