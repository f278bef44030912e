"""`serve`: the origin of a config on this machine."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.home import Home
from tests.servers.ports import free_port


def test_serve_says_what_it_cannot_serve(home: Home) -> None:
    home.config["origin"]["url"] = home.config["origin"]["property"] = f"{home.site.url}videos/"
    ran = home.syncer("serve")
    assert ran.code == 2
    assert "has a path" in ran.err
    home.config["origin"]["destination"] = {"kind": "s3", "bucket": "b"}
    ran = home.syncer("serve")
    assert ran.code == 2
    assert "only a local" in ran.err


def test_serve_may_be_quiet(home: Home) -> None:
    port = free_port()
    url = f"https://localhost:{port}/"
    home.config["origin"] = {
        "url": url,
        "property": url,
        "destination": home.config["origin"]["destination"],
    }
    with home.start("serve", "--quiet", stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"origin.ca: " in b"".join(process.stderr.readline() for _ in range(3))
        curl = [
            "curl",
            "-s",
            "--cacert",
            str(home.folder / "ca/ca.pem"),
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            url,
        ]
        assert subprocess.run(curl, capture_output=True, check=True).stdout == b"404"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
    assert process.returncode == 0


def localhost(home: Home, ca: str) -> str:
    url = f"https://localhost:{free_port()}/"
    home.config["origin"] |= {"url": url, "property": url, "ca": ca, "connect_to": None}
    return url


@pytest.mark.parametrize("ca", ["ca/ca.pem", "./media/../ca/ca.pem"])
def test_the_ca_of_serve_may_be_named_before_it_exists(home: Home, ca: str) -> None:
    localhost(home, ca)
    told = home.syncer("plan")
    assert told.code == 2
    assert "origin.ca: there is no file" in told.err
    assert "`syncer serve` makes it at its first start" in told.err
    with home.start("serve", "--quiet", stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"is served at" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert (home.folder / "ca/ca.pem").is_file()
    assert home.syncer("plan").code == 0


@pytest.mark.parametrize("ca", ["ca.pem", "ca/other.pem"])
def test_serve_makes_no_other_ca(home: Home, ca: str) -> None:
    localhost(home, ca)
    ran = home.syncer("serve")
    assert (ran.code, "makes it" in ran.err) == (2, False)
    assert "there is no file" in ran.err


@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_serve_is_not_started_where_something_else_is_in_the_place_of_its_ca(home: Home, kind: str) -> None:
    localhost(home, "ca/ca.pem")
    (home.folder / "ca").mkdir()
    place = home.folder / "ca/ca.pem"
    if kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(Path("nowhere.pem"))
    assert home.syncer("serve").code == 2
    assert not (home.folder / "ca/nowhere.pem").exists()
