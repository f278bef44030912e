"""The doctor's file is removed, even if the doctor is interrupted or killed."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import Site, StartNginx


@pytest.fixture
def slow(home: Home, nginx: StartNginx) -> Site:
    """Serves the probe a byte a second."""
    home.put("a.mp4", mp4())
    site = nginx(home.site.root, server="location ~ ^/syncer-doctor-.*\\.mp4$ { limit_rate 1; }")
    home.config["origin"]["connect_to"] = site.connect_to
    return site


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_signal_while_the_public_url_is_looked_at(
    home: Home, slow: Site, number: signal.Signals, options: tuple[str, ...]
) -> None:
    with home.start("doctor", *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not any(name.startswith("syncer-doctor-") for name in home.public()):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.strip() == b"syncer: interrupted"
    assert home.public() == set()
    assert slow.process.poll() is None


def test_a_reader_that_leaves(home: Home) -> None:
    """`syncer doctor | head -3`."""
    home.put("a.mp4", mp4())
    with home.start("doctor", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        process.wait(20)
    assert home.public() == set()


def body(home: Home, name: str) -> bytes:
    return (home.site.root / name).read_bytes()


def test_tidy_removes_the_file_of_a_killed_doctor_and_no_user_file(home: Home, slow: Site) -> None:
    users = "syncer-doctor-0123456789abcdef.mp4"
    (home.site.root / users).write_bytes(mp4())
    with home.start("doctor", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not (left := [name for name in home.public() if body(home, name).endswith(b"deletes it\n")]):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    assert home.syncer("tidy").out == "no files of killed runs were found\n", "a doctor may be at work"
    assert home.public() == {users, *left}
    ran = home.syncer("tidy", "--older-than", "0s", "--json")
    assert ran.json == {"removed": left}
    assert home.public() == {users}
    assert slow.process.poll() is None
