"""Commands that only read write nothing, and need no write permission."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from tests.home import Home, Ran
from tests.media import mp4


@pytest.mark.parametrize("command", ["status", "urls"])
def test_a_reading_command_makes_no_catalogue(home: Home, command: str) -> None:
    ran = home.syncer(command)
    assert (ran.code, ran.out) == (1, "")
    assert (
        ran.err == f"syncer: there is no catalogue {home.folder / 'syncer.db'} yet; run `syncer sync` first\n"
    )
    assert not list(home.folder.glob("syncer.db*"))


@contextmanager
def writing(catalogue: Path) -> Iterator[None]:
    """A running run, in its own process: SQLite's handles do not survive a fork."""
    script = (
        "import sys; from datetime import UTC, datetime; from syncer.catalogue import open_catalogue\n"
        f"open_catalogue('sqlite:///{catalogue}').begin_run(datetime.now(UTC)); print('begun', flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        yield
        process.kill()


def as_nobody(*arguments: str) -> Ran:
    """In a child process without root. Other users may not be able to read the program's folder."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            ran = Home.syncer_alone(*arguments)
            os.write(writer, json.dumps([ran.code, ran.out, ran.err]).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as stream:
        code, out, err = json.loads(stream.read())
    os.waitpid(child, 0)
    return Ran(code, out, err)


def test_a_user_with_read_permission_can_use_reading_commands(home: Home) -> None:
    """Nothing is written, during a run, after a killed one, and after its end."""
    home.put("a.mp4", mp4())
    home.sync()
    where = home.folder
    for parent in [where, *where.parents]:
        if not parent.stat().st_mode & stat.S_IXOTH:
            parent.chmod(0o755)
    where.chmod(0o755)
    del home.config["origin"]["ca"]
    home.syncer("status")
    home.syncer("urls")  # by now all that the child needs is loaded
    config = str(where / "config.yaml")
    for going_on in (False, True):
        with writing(where / "syncer.db") if going_on else nullcontext():
            before = {path.name: path.stat().st_mtime_ns for path in where.iterdir()}
            for command, said in (("status", "1 published"), ("urls", "clips/a.mp4")):
                ran = as_nobody(command, "-c", config)
                assert ran.code == 0, ran.err
                assert said in ran.out
            assert {path.name: path.stat().st_mtime_ns for path in where.iterdir()} == before
