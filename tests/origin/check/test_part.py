"""Of a body that was read only in part, `check` and `sync` say how much of it was read."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from syncer.origin import http
from tests.home import Home, Ran
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.scripted import answer, scripted

SIZE = 1_500_000
ABOUT = "the rest"


def checked(ca: Path, connect_to: str, name: str, *more: str) -> Ran:
    where = ("--ca", str(ca), "--connect-to", connect_to, "--property", f"https://{HOST}/")
    return Home.syncer_alone("check", "-c", "none.yaml", *where, f"https://{HOST}/{name}", *more)


def sizes(ran: Ran) -> tuple[Any, Any]:
    (result,) = ran.json["results"]
    return result["bytes_read"], result["bytes_total"]


@pytest.mark.parametrize("how", ["bytes", "seconds"])
def test_a_body_that_is_too_long_to_read_is_accepted_with_the_part_that_was_read(
    nginx: StartNginx, web_root: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    (web_root / "long.mp4").write_bytes(mp4(SIZE))
    if how == "bytes":
        monkeypatch.setattr(http, "PROOF", 500_000)
        site = nginx(web_root)
    else:
        monkeypatch.setattr(http, "PROOF_SECONDS", 0.5)
        site = nginx(web_root, server="limit_rate 400000;")
    ran = checked(site.ca, site.connect_to, "long.mp4", "--json")
    (result,) = ran.json["results"]
    read, total = sizes(ran)
    assert (ran.code, result["accepted"]) == (0, True)
    assert 64 * 1024 <= read < total == (web_root / "long.mp4").stat().st_size
    told = checked(site.ca, site.connect_to, "long.mp4").out
    assert "of 1.5 MB read; it is unknown whether the rest comes" in told


def test_a_body_that_breaks_off_after_the_part_that_was_read_is_not_called_whole(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No check within bounds can see it; so the result must not say that all bytes came."""
    monkeypatch.setattr(http, "PROOF", 200_000)
    body = mp4(SIZE)
    broken = answer("200 OK", body, "Content-Type: video/mp4")[: 250_000 - SIZE]
    with scripted(certificates.leaf(HOST), broken) as server:
        ran = checked(certificates.ca, server.connect_to, "a.mp4", "--json")
        assert sizes(ran) == (200_000, len(body))
        assert ABOUT in checked(certificates.ca, server.connect_to, "a.mp4").out


def test_a_body_that_was_read_to_its_end_has_no_note(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "whole.mp4").write_bytes(mp4(SIZE))
    (web_root / "small.mp4").write_bytes(mp4(3_000))
    site = nginx(web_root)
    for name in ("whole.mp4", "small.mp4"):
        size = (web_root / name).stat().st_size
        assert sizes(checked(site.ca, site.connect_to, name, "--json")) == (size, size)
        assert ABOUT not in checked(site.ca, site.connect_to, name).out


def test_without_an_answer_no_bytes_are_counted(nginx: StartNginx, web_root: Path) -> None:
    site = nginx(web_root)
    read, total = sizes(checked(site.ca, site.connect_to, "none.mp4", "--json"))
    assert (read, total) == (None, None)


def test_published_files_and_new_ones_say_how_much_of_them_was_read(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.put("long.mp4", mp4(SIZE))
    home.put("small.mp4", mp4(3_000))
    with home.start("sync", "--log-format", "text", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        _, said = run.communicate()
    lines = {line.split()[2]: line for line in said.decode().splitlines() if " published " in line}
    assert "(only 65.5 kB of 1.5 MB read there)" in lines["clips:long.mp4"]
    assert "read there" not in lines["clips:small.mp4"]
    monkeypatch.setattr("syncer.mirror.checks.WHOLE", 0)
    monkeypatch.setattr(http, "SAMPLE", 300_000)
    told = home.syncer("check").out
    assert "; only 300.0 kB of 1.5 MB read\n" in told
    assert told.count("read\n") == 1
    home.config["check"]["verify"] = "full"
    home.put("new.mp4", mp4(SIZE, seed=2))
    with home.start("sync", "--log-format", "text", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        _, said = run.communicate()
    assert "clips:new.mp4" in said.decode()
    assert "read there" not in said.decode()
