"""Laws of the look at a public URL: an origin that is down, failing or slow."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from syncer.connect import circuit
from syncer.connect.dial import dial
from syncer.connect.retry import Policy
from syncer.connect.web import wire
from syncer.model import Severity
from syncer.origin import http
from syncer.origin.view import PublicOrigin, PublicView
from syncer.protocols import Stopped
from syncer.protocols.patience import Patience
from syncer.runners import SharedPace
from tests.origin import looks
from tests.origin.looks import MP4, ROOT, URL, content, verdicts, view
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.ports import free_port
from tests.servers.scripted import answer, scripted

shared_root = looks.shared_root


def test_a_dead_origin_is_a_finding_and_costs_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets three requests, then none from any worker for a while, then one more, and at last none."""
    port = free_port()
    asked: list[int] = []

    def counted(host: str, number: int, *more: Any) -> socket.socket:
        asked.append(number)
        return dial(host, number, *more)

    monkeypatch.setattr(wire, "dial", counted)
    now = [0.0]
    monkeypatch.setattr(circuit, "time", SimpleNamespace(monotonic=lambda: now[0]))
    pace = SharedPace(patience=Patience(give_up=2.0, retry=Policy(3, first_wait=0.01)))
    origin = PublicOrigin(ROOT, ROOT, None, f"127.0.0.1:{port}")
    with PublicView(origin, pace) as seen, PublicView(origin, pace) as other:
        (first,) = seen.look(URL, content(MP4))
        assert asked == [port] * 3
        for number in range(100):
            (finding,) = other.look(f"{ROOT}{number}.mp4", content(MP4))
            assert finding.rule == "origin.unreachable"
        assert asked == [port] * 3
        assert f"{ROOT}99.mp4 was not looked at" in finding.message
        now[0] += 1.1
        other.look(URL, content(MP4))
        assert len(asked) == 6
        now[0] += 1.1
        seen.look(URL, content(MP4))
        assert len(asked) == 7, "it only failed for two seconds by now"
        seen.look(URL, content(MP4))
        assert len(asked) == 7
    assert (first.rule, first.severity) == ("origin.unreachable", Severity.REJECT)


def test_a_failing_origin_gets_three_requests_and_then_one_for_each_url(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "POLICY", Policy(attempts=3, first_wait=0.01))
    with (
        scripted(certificates.leaf(HOST), answer("503 Service Unavailable")) as server,
        PublicView(PublicOrigin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as seen,
    ):
        (finding,) = seen.look(URL, content(MP4))
        assert len(server.requests) == 3
        assert verdicts(seen.look(URL, content(MP4))) == ["origin.status reject"]
        assert len(server.requests) == 4
    assert (finding.rule, finding.value) == ("origin.status", "503")
    assert "error log" in str(finding.hint)


@pytest.mark.parametrize(
    "trouble",
    [answer("502 Bad Gateway"), answer("429 Too Many Requests", b"", "Retry-After: 1"), b""],
    ids=["502", "429", "hangs up"],
)
def test_a_fault_that_passes_is_no_finding(certificates: Certificates, trouble: bytes) -> None:
    fine = answer("206 Partial Content", b"abc", "Content-Range: bytes 0-2/3", "Content-Type: video/mp4")
    with (
        scripted(certificates.leaf(HOST), trouble, fine) as server,
        PublicView(PublicOrigin(ROOT, ROOT, certificates.ca, server.connect_to), SharedPace()) as seen,
    ):
        assert seen.look(URL, content(b"abc")) == ()
    assert len(server.requests) == 2


def test_an_origin_too_slow_to_compare_is_unknown(
    nginx: StartNginx, shared_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(http, "POLICY", http.ONCE)
    with view(nginx(shared_root, server="limit_rate 4096;")) as seen:
        (finding,) = seen.look(URL, content(MP4))
    assert (finding.rule, finding.severity) == ("origin.slow", Severity.UNKNOWN)
    assert "bytes in" in str(finding.value)


def test_a_stopped_run_ends_its_download_and_marks_nothing_as_seen_or_lost(
    nginx: StartNginx, shared_root: Path
) -> None:
    site, pace = nginx(shared_root), SharedPace()
    with PublicView(PublicOrigin(ROOT, ROOT, site.ca, site.connect_to), pace) as seen:
        pace.stop()
        with pytest.raises(Stopped):
            seen.compare(URL, content(MP4))
        assert seen.look(URL, content(MP4)) == ()


@pytest.mark.parametrize("trouble", [answer("502 Bad Gateway"), b""], ids=["502", "hangs up"])
def test_a_stopped_run_has_no_finding_of_a_fault_that_may_pass(
    certificates: Certificates, trouble: bytes
) -> None:
    pace = SharedPace()
    with (
        scripted(certificates.leaf(HOST), trouble) as server,
        PublicView(PublicOrigin(ROOT, ROOT, certificates.ca, server.connect_to), pace) as seen,
    ):
        pace.stop()
        for look in (seen.look, seen.compare, seen.inspect):
            with pytest.raises(Stopped):
                look(URL, content(b"abc"))
