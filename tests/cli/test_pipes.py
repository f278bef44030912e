"""Closed pipes and full disks: only the output is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncer.catalogue import open_catalogue
from syncer.model import Entry, State
from tests.home import Home
from tests.media import PNG, mp4


@pytest.fixture
def left() -> Iterator[int]:
    """A pipe without a reader."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.fixture
def full() -> Iterator[int]:
    """A file on a full disk."""
    file = os.open("/dev/full", os.O_WRONLY)
    yield file
    os.close(file)


def ended(home: Home, stdout: int, *arguments: str) -> tuple[int, str]:
    with home.start(*arguments, stdout=stdout, stderr=subprocess.PIPE) as process:
        _, err = process.communicate(timeout=60)
    return process.returncode, err.decode()


def complaints(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("syncer: ") or "Error" in line]


FULL = ["syncer: the output is not complete: No space left on device"]


@pytest.mark.parametrize("arguments", [["sync"], ["sync", "--json"]])
def test_a_closed_pipe_does_not_stop_a_run(home: Home, left: int, arguments: list[str]) -> None:
    home.put("a.mp4", mp4())
    code, err = ended(home, left, *arguments)
    assert (code, complaints(err)) == (0, [])
    assert set(home.manifest()) == {"a.mp4"}
    home.put("b.png", PNG)
    code, err = ended(home, left, *arguments)
    assert (code, complaints(err)) == (4, []), "it still tells how it ended"
    home.config["sources"]["more"] = {"kind": "local", "root": "nowhere"}
    code, err = ended(home, left, *arguments)
    assert code == 1
    assert len(complaints(err)) == 1, "errors go to stderr"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["urls"], 0),
        (["urls", "--json"], 0),
        (["status"], 0),
        (["status", "--json"], 0),
        (["plan"], 3),
        (["plan", "--all", "--json"], 3),
        (["tidy"], 0),
    ],
)
def test_a_closed_pipe_does_not_change_the_exit_code_of_a_list(
    home: Home, left: int, arguments: list[str], code: int
) -> None:
    home.put("a.mp4", mp4())
    home.put("b.png", PNG)
    home.sync()
    home.put("a\nb.mp4", mp4())
    assert home.syncer(*arguments).code == code
    assert ended(home, left, *arguments) == (code, "")


def test_a_pipe_closed_in_the_middle_does_not_change_the_exit_code_of_a_list(home: Home) -> None:
    """More output than a pipe can hold."""
    home.put("a.mp4", mp4())
    home.sync()
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        (entry,) = catalogue.entries(State.PUBLISHED)
        for number in range(2000):
            name = f"{number:04}{'x' * 100}"
            catalogue.put(replace(entry, key=name, path=name, url=f"{home.site.url}{name}"))
    with home.start("urls", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_closed_pipe_does_not_stop_a_check(home: Home, left: int) -> None:
    for number in range(20):
        home.put(f"{number:02}.mp4", mp4(seed=number))
    home.sync()
    (home.site.root / "clips/07.mp4").unlink()
    begun = datetime.now(UTC).replace(microsecond=0)
    assert ended(home, left, "check") == (4, "")
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}", read_only=True)) as catalogue:
        entries = list(catalogue.entries(State.PUBLISHED, State.STORED))
    assert all(entry.checked_at and entry.checked_at >= begun for entry in entries)
    assert [entry.key for entry in entries if entry.state is State.STORED] == ["07.mp4"]


@pytest.mark.parametrize("arguments", [["urls"], ["status", "--json"], ["plan"]])
def test_output_that_a_full_disk_cuts_short_is_reported(home: Home, full: int, arguments: list[str]) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    code, err = ended(home, full, *arguments)
    assert (code, err.splitlines()) == (1, FULL)


def test_a_closed_pipe_does_not_change_the_exit_code_of_help(left: int) -> None:
    command = [sys.executable, "-m", "syncer", "--help"]
    ran = subprocess.run(command, stdout=left, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_full_disk_below_the_output_does_not_stop_a_run(home: Home, full: int) -> None:
    home.put("a.mp4", mp4())
    code, err = ended(home, full, "sync")
    assert (code, complaints(err)) == (1, FULL)
    assert set(home.manifest()) == {"a.mp4"}
    home.put("b.png", PNG)
    code, err = ended(home, full, "sync")
    assert (code, complaints(err)) == (4, FULL), "what the run itself has to say goes first"


def test_urls_into_a_closed_pipe_prints_no_error(synced: Home) -> None:
    for number in range(300):
        synced.put(f"many/{'x' * 200}{number}.mp4", mp4(seed=number))
    synced.sync()
    with synced.start("urls", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_closing_stderr_does_not_stop_a_run(home: Home) -> None:
    for number in range(30):
        home.put(f"{number:02}.mp4", mp4(seed=number))
    with home.start("sync", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.stderr.close()
        assert process.stdout is not None
        assert b"30 copied" in process.stdout.read()
    assert process.returncode == 0
    assert len(home.manifest()) == 30


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_a_run_needs_no_stderr(home: Home, closed: str) -> None:
    home.put("a.mp4", mp4())
    home.syncer("status")
    command = f"{sys.executable} -m syncer sync -c {home.folder / 'config.yaml'} {closed}"
    ran = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, check=False)
    assert ran.returncode == 0
    assert b"1 copied" in ran.stdout


def test_a_command_needs_no_stdout(home: Home) -> None:
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        catalogue.put(Entry("clips", "a", State.PUBLISHED, path="a", url="https://media.example.test/a"))
    home.syncer("status")
    command = f"{sys.executable} -m syncer urls -c {home.folder / 'config.yaml'} >&-"
    ran = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def closed(home: Home, command: str, files: str) -> subprocess.CompletedProcess[bytes]:
    """A command that begins without these open files: `<&- >&- 2>&-`."""
    home.write()
    verb, _, rest = command.partition(" ")
    line = f"exec {sys.executable} -m syncer {verb} -c {home.folder / 'config.yaml'} {rest} {files}"
    return subprocess.run(["sh", "-c", line], capture_output=True, check=False, timeout=120)


def test_what_is_printed_goes_into_no_other_file(home: Home) -> None:
    """A file that is opened while standard error is closed would get its number."""
    content = mp4(200_000)
    for name in "abc":
        home.put(f"{name}.mp4", content + name.encode())
    home.put("a.txt", b"refused")
    ran = closed(home, "sync --log-format text", "<&- >&- 2>&-")
    assert (ran.returncode, ran.stdout, ran.stderr) == (4, b"", b"")
    assert home.manifest().keys() == {"a.mp4", "b.mp4", "c.mp4"}
    assert {home.site.get(f"clips/{name}.mp4").content[-1:] for name in "abc"} == {b"a", b"b", b"c"}
    assert home.sync()["counts"] == {"kept": 3, "rejected": 1}


@pytest.mark.parametrize("command", ["migrate - -o out.csv", "check -", "urls --source-url -"])
def test_a_closed_standard_input_is_told(home: Home, command: str) -> None:
    home.sync()
    ran = closed(home, command, "<&-")
    assert ran.returncode == 2
    assert b"standard input can't be read: it is closed; pipe the text into the command" in ran.stderr


@pytest.mark.parametrize("files", ["<&-", "</dev/null", "</dev/zero"])
def test_a_device_as_standard_input_is_no_document(home: Home, files: str) -> None:
    ran = closed(home, "migrate /dev/stdin", files)
    assert ran.returncode == 2
    assert b"/dev/stdin can't be read: it is a device, not a file" in ran.stderr


def test_a_closed_standard_input_is_no_list(home: Home) -> None:
    home.config["sources"] = {"links": {"kind": "links", "list": "-"}}
    ran = closed(home, "sync", "<&-")
    assert ran.returncode == 1
    assert b"standard input can't be read" in ran.stderr
