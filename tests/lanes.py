"""Which tests need a server, and which are not counted for coverage.

`make check` runs the tests that need no server: `--no-server` leaves out the others. A test needs one if it
asks for a fixture that starts one, or says so with `pytest.mark.server`. Starting one without either is an
error in every run, so that the choice of `make check` stays true.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from os import fspath
from pathlib import Path, PurePath
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).parent.parent
FIXTURES = frozenset({"knot", "made", "nginx", "own_sshd", "proftpd", "rclone_s3", "rgw", "sshd"})
"""What starts a server, or makes media with ffmpeg."""
CHOOSING = frozenset({"anywhere", "on", "rig", "service", "struck"})
"""What may ask for one of them, by the parameter of the test."""
BESIDE = frozenset({"ffprobe", "rclone", "rgw.sh", "ssh-keygen"})
"""What starts a server or comes with one, and has no line of its own in setup/servers.sh."""


@cache
def programs() -> frozenset[str]:
    """What a machine without the packages of setup/servers.sh may lack."""
    text = (ROOT / "setup" / "servers.sh").read_text(encoding="utf-8")
    listed = re.search(r"<<END\n(.*?)^END$", text, re.DOTALL | re.MULTILINE)
    assert listed, "setup/servers.sh lists its programs"
    return BESIDE | {line.split()[0] for line in listed[1].splitlines()}


def in_fault_suite(item: pytest.Item) -> bool:
    return _is_of_faults(item.path)


@cache
def _is_of_faults(file: Path) -> bool:
    return ROOT / "tests" / "faults" in file.parents


def needs_server(item: pytest.Item) -> bool:
    names: Iterable[str] = getattr(item, "fixturenames", ())
    if item.get_closest_marker("server") or in_fault_suite(item):
        return True
    return not (FIXTURES | CHOOSING).isdisjoint(names)


def counted(item: pytest.Item) -> bool:
    """Neither the fault suite, which runs other processes, nor scale, which runs the same lines again."""
    return not (in_fault_suite(item) or item.get_closest_marker("scale"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-server", action="store_true", help="Only tests that need no server, and no scale.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "server: needs a program that setup/servers.sh installs.")
    config.addinivalue_line("markers", "scale: much data or many cases; coverage does not count it.")
    if config.getoption("--no-server"):
        hypothesis.settings.register_profile("a minute", deadline=None, max_examples=20)
        hypothesis.settings.load_profile("a minute")
        _use_memory()
    sys.addaudithook(_refuse)


MEMORY, ROOM = "/dev/shm", 2 << 30  # noqa: S108 - pytest makes a folder of its own in it


def _use_memory() -> None:
    """Temporary files of a quick run are in memory if there is room: a disk takes milliseconds for a flush.

    `make test` runs the same tests on the disk.
    """
    if Path(MEMORY).is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--no-server"):
        return
    left_out = {item: None for item in items if needs_server(item) or item.get_closest_marker("scale")}
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [item for item in items if item not in left_out]


_BARRED: list[str] = []
"""The test that runs and must start no server."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _BARRED[:] = [] if needs_server(item) else [item.nodeid]
    try:
        if counted(item):
            return (yield)
        with _untraced():
            return (yield)
    finally:
        _BARRED.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """The last test of a session may end servers that others started."""
    _BARRED.clear()


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Hears of each process before it starts."""
    if event != "subprocess.Popen" or not _BARRED:
        return
    _, words, _, _ = arguments
    started = {PurePath(fspath(word)).name for word in ([words] if isinstance(words, str) else words[:2])}
    if found := started & programs():
        raise AssertionError(
            f"{_BARRED[0]} starts {', '.join(sorted(found))}: mark it with pytest.mark.server"
        )


@contextmanager
def _untraced() -> Iterator[None]:
    ours, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        yield
    finally:
        threading.settrace(of_threads)
        sys.settrace(ours)
