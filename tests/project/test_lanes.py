"""`make check` runs without the packages of setup/servers.sh."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import lanes


@pytest.mark.parametrize(
    "command", [["nginx", "-v"], ["/usr/sbin/sshd", "-V"], ["sh", "tests/servers/rgw.sh"]]
)
def test_an_unmarked_test_can_start_no_server(command: list[str]) -> None:
    with pytest.raises(AssertionError, match=r"mark it with pytest\.mark\.server"):
        subprocess.Popen(command)


def test_an_unmarked_test_can_make_no_media() -> None:
    with pytest.raises(AssertionError, match="ffmpeg"):
        subprocess.run(["ffmpeg", "-version"], check=True)


@pytest.mark.server
def test_a_marked_test_can() -> None:
    subprocess.run(["ffmpeg", "-version"], check=True, capture_output=True)


def test_any_test_can_start_servers_that_need_no_package() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def test_the_listed_programs_are_those_that_the_set_up_installs() -> None:
    assert {
        "nginx",
        "caddy",
        "sshd",
        "radosgw",
        "knotd",
        "apache2",
        "curl",
        "ffmpeg",
        "gcc",
    } < lanes.programs()


INNER = """
import pytest

pytest_plugins = ["tests.lanes"]

@pytest.fixture
def nginx():
    pass

def test_of_its_fixture(nginx):
    pass

@pytest.mark.server
def test_of_its_mark():
    pass

@pytest.mark.scale
def test_of_scale():
    pass

def test_of_nothing():
    pass
"""


def test_no_server_leaves_out_servers_and_scale(tmp_path: Path) -> None:
    file = tmp_path / "test_inner.py"
    file.write_text(INNER)
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "tests.lanes", "--collect-only"]
    told = subprocess.run([*command, "--no-server", file], capture_output=True, text=True, check=True).stdout
    assert [line.partition("::")[2] for line in told.splitlines() if "::" in line] == ["test_of_nothing"]
