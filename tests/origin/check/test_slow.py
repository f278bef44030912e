"""Laws of slow hosts: a slow URL is slow or unknown, never wrong, and published files stay published."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer.connect.web.client import WebSettings
from syncer.model import HEAD_SIZE, Content, acceptance, rejects
from syncer.origin import http
from syncer.origin.http import Asker
from syncer.origin.rules import Manner
from syncer.origin.rules.visit import Visit, judge_visit
from syncer.origin.view import PublicOrigin, PublicView
from syncer.preflight import load_limits
from syncer.protocols.patience import Patience, Policy
from syncer.runners import SharedPace
from tests.home import Home
from tests.media import SMALLEST, mp4
from tests.servers.nginx import Site, StartNginx
from tests.servers.stalling import Stalling, headers, serving
from tests.servers.stalling import http as spoken

PULL = 3600
MEGA = 1_000_000


def sparse(file: Path, size: int) -> None:
    """A sparse video file of that size."""
    file.write_bytes(SMALLEST + (size - len(SMALLEST)).to_bytes(4, "big") + b"free")
    with file.open("r+b") as stream:
        stream.truncate(size)


def checked(site: Site, *names: str) -> dict[str, dict[str, dict[str, str]]]:
    """The findings by rule, by file name."""
    where = ("--ca", str(site.ca), "--connect-to", site.connect_to, "--property", site.url)
    ran = Home.syncer_alone(
        "check", "-c", "none.yaml", "--json", *where, *(site.url + name for name in names)
    )
    found = (result["findings"] for result in ran.json["results"])
    return {
        name: {each["rule"]: each for each in findings} for name, findings in zip(names, found, strict=True)
    }


# A real web server that limits its rate


def test_a_slow_url_gets_a_warning_only_if_a_pull_would_not_end(
    nginx: StartNginx, web_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SAMPLE_SECONDS", 1.5)
    monkeypatch.setattr(http, "PROOF_SECONDS", 1.5)
    sizes = {"photo-sized": 40_000, "short": 300_000, "film": 200 * MEGA, "long": 3_900 * MEGA}
    for name, size in sizes.items():
        sparse(web_root / f"{name}.mp4", size)
    for rate in (30_000, 150_000):
        found = checked(nginx(web_root, server=f"limit_rate {rate};"), *(f"{name}.mp4" for name in sizes))
        for name, size in sizes.items():
            findings = found[f"{name}.mp4"]
            assert set(findings) <= {"origin.rate"}, (rate, name)
            assert ("origin.rate" in findings) is (size / rate > PULL), (rate, name)
            if findings:
                told = findings["origin.rate"]
                assert (told["severity"], told["limit"]) == ("warn", f"{PULL} s")
                assert float(told["value"].split()[0]) == pytest.approx(size / rate, rel=0.5)


def test_published_files_stay_in_the_manifest_while_the_host_is_slow(
    home: Home, nginx: StartNginx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SAMPLE_SECONDS", 0.2)
    monkeypatch.setattr(http, "PROOF_SECONDS", 0.2)
    for name, size in (("small.mp4", 5_000), ("a.mp4", 300_000), ("b.mp4", 2 * MEGA)):
        home.put(name, mp4(size, seed=size))
    assert home.sync()["exit_code"] == 0
    listed = set(home.manifest())
    home.config["origin"]["connect_to"] = nginx(home.site.root, server="limit_rate 60000;").connect_to
    ran = home.syncer("check", "--json")
    assert ran.code == 0
    assert [result["accepted"] for result in ran.json["results"]] == [True] * 3
    assert set(home.manifest()) == listed
    home.config["check"]["recheck"] = "1ms"
    home.put("new.mp4", mp4(200_000, seed=9))
    report = home.sync()
    assert (report["exit_code"], report["counts"]["rechecked"]) == (0, 3)
    assert len(home.syncer("urls").out.splitlines()) == 4


def test_on_a_timeout_listed_files_stay_and_new_files_wait(
    home: Home, nginx: StartNginx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if so many URLs were too slow that the host gets no more requests."""
    home.config |= {"timeouts": {"give_up": "1s"}, "workers": 2}
    names = {f"{number}.mp4" for number in range(8)}
    for name in names:
        home.put(name, mp4(300_000, seed=ord(name[0])))
    assert home.sync()["exit_code"] == 0
    fast = home.config["origin"]["connect_to"]
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.3)
    home.config["origin"]["connect_to"] = nginx(home.site.root, server="limit_rate 4096;").connect_to
    ran = home.syncer("check", "--json")
    assert ran.code == 0
    for result in ran.json["results"]:
        assert result["accepted"] is None
        rules = {each["rule"] for each in result["findings"]}
        assert "origin.slow" in rules <= {"origin.slow", "origin.rate"}, "a busy machine sees a lower rate"
    assert set(home.manifest()) == names
    home.config["check"]["recheck"] = "1ms"
    home.put("new.mp4", mp4(300_000, seed=9))
    report = home.sync()
    assert (report["exit_code"], report["counts"]["stored"]) == (3, 1)
    assert set(home.manifest()) == names, "the new one was never seen, the others were"
    new = home.troubles()["new.mp4"]
    assert (new["state"], new["code"]) == ("stored", "origin.slow")
    home.config["origin"]["connect_to"] = fast
    assert home.syncer("check").code == 0
    assert set(home.manifest()) == names | {"new.mp4"}


def test_a_rebuild_does_not_count_a_too_slow_answer_as_seen(
    home: Home, nginx: StartNginx, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.mp4", "b.mp4"):
        home.put(name, mp4(300_000, seed=ord(name[0])))
    assert home.sync()["exit_code"] == 0
    (home.folder / "syncer.db").unlink()
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.3)
    home.config["origin"]["connect_to"] = nginx(home.site.root, server="limit_rate 4096;").connect_to
    home.syncer("catalogue", "rebuild")
    home.config["manifest"] = []
    assert home.syncer("urls").out == ""


# A scripted server that sends at any rate


@contextmanager
def sending(body: bytes, rate: int, burst: int = 0) -> Iterator[Stalling]:
    """`rate` in bytes a second, after a burst."""

    def talk(server: Stalling, wire: socket.socket, head: bytes) -> None:
        ranged = b"range: bytes=0-" in head.lower()
        part = body[:HEAD_SIZE] if ranged else body
        told = [f"Content-Range: bytes 0-{len(part) - 1}/{len(body)}"] if ranged else []
        status = "206 Partial Content" if ranged else "200 OK"
        wire.sendall(headers(status, len(part), "Content-Type: video/mp4", *told))
        begun, sent = time.monotonic(), 0
        while sent < len(part) and not server.ended.wait(0.01):
            due = min(len(part), burst + int(rate * (time.monotonic() - begun)))
            wire.sendall(part[sent:due])
            sent = due

    with serving(spoken(talk)) as server:
        yield server


def once(bandwidth: int | None = None) -> SharedPace:
    return SharedPace(bandwidth, Patience(retry=Policy(attempts=1)))


@pytest.mark.parametrize("size", [1_000, HEAD_SIZE, HEAD_SIZE + 1, 300_000])
@pytest.mark.parametrize("rate", [2_000, 20_000, 10 * MEGA])
def test_right_bytes_are_never_reported_wrong_and_wrong_ones_never_right(
    monkeypatch: pytest.MonkeyPatch, rate: int, size: int
) -> None:
    """Even if very few of them come in time."""
    if rate < MEGA:
        monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.15)
        monkeypatch.setattr(http, "PULL_SECONDS", 0.15)
    body = mp4(size)
    digest, head = (hashlib.sha256(part).hexdigest() for part in (body, body[:HEAD_SIZE]))
    right = Content(size, digest, head, "video/mp4")
    wrong = Content(size, digest[::-1], head[::-1], "video/mp4")
    with sending(body, rate) as server:
        with PublicView(PublicOrigin(server.url, server.url), once()) as view:
            for see in (view.look, view.compare):
                assert not rejects(see(f"{server.url}/a.mp4", right))
                assert acceptance(see(f"{server.url}/a.mp4", wrong)) is not True
        if rate >= MEGA:
            with PublicView(PublicOrigin(server.url, server.url), once()) as view:
                assert (
                    view.look(f"{server.url}/a.mp4", right)
                    == view.compare(f"{server.url}/a.mp4", right)
                    == ()
                )


def sampled(url: str, pace: SharedPace) -> float | None:
    with closing(Asker(WebSettings(), pace)) as asking:
        answer = asking.ask(Manner.PLAIN, f"{url}/a.mp4", 0, sample=True)
        assert answer.size >= HEAD_SIZE, "a sample is at least what a head is compared by"
        return answer.rate


@pytest.mark.parametrize("burst", [0, 100_000, 2 * MEGA])
def test_the_rate_ignores_a_fast_first_burst(monkeypatch: pytest.MonkeyPatch, burst: int) -> None:
    monkeypatch.setattr(http, "SAMPLE_SECONDS", 0.6)
    with sending(mp4(8 * MEGA), 200_000, burst) as server:
        rates = (sampled(server.url, once()) for _ in range(5))
        is_lower = any(rate is not None and rate < 600_000 for rate in rates)
    assert is_lower, "the burst would make each of them some millions; a busy machine may do so once"


def test_our_own_bandwidth_limit_does_not_count_as_the_hosts_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SAMPLE_SECONDS", 0.6)
    with sending(mp4(8 * MEGA), 100 * MEGA) as server:
        assert sampled(server.url, once(bandwidth=200_000)) is None


@pytest.mark.parametrize("rate", [None, 0.0, 1e-9, 1.0, 20_000.0, 1e9])
def test_any_rate_has_its_verdict(rate: float | None) -> None:
    """Also if a host began to answer and then sent no more bytes."""
    visit = Visit("https://media.example.test/a.mp4", datetime.now(UTC), size=200 * MEGA, rate=rate)
    told = [finding.rule for finding in judge_visit(visit, load_limits("tiktok"))]
    assert ("origin.rate" in told) == (rate is not None and rate < 200 * MEGA / 3600)
