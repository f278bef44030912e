"""Laws of a host that can't be used: what was seen holds for all its URLs, and only the rest is unknown."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from syncer.connect.retry import Policy
from syncer.mirror import checks
from syncer.origin import http
from tests.home import Home
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.ports import free_port
from tests.servers.scripted import answer, scripted

NAMES = [f"{number}.mp4" for number in range(11)]


@pytest.fixture(autouse=True)
def one_worker_without_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "WORKERS", 1)
    monkeypatch.setattr(http, "POLICY", Policy(attempts=1))


def verdicts(home: Home, connect_to: str) -> list[bool | None]:
    home.config["timeouts"] = {"answer": "300ms", "connect": "300ms"}
    home.config["origin"]["connect_to"] = connect_to
    ran = home.syncer("check", "--json", *(f"{home.site.url}{name}" for name in NAMES))
    found = [each["accepted"] for each in ran.json["results"]]
    assert ran.code == 4
    assert len(found) == len(NAMES)
    for each in ran.json["results"]:
        assert each["findings"], "no verdict without a reason"
    return found


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("fault", ["refuses", "mute before TLS", "no TLS", "expired"])
def test_a_fault_of_the_host_rejects_each_of_its_urls(
    home: Home, certificates: Certificates, closing: ExitStack, fault: str
) -> None:
    match fault:
        case "refuses":
            port = free_port()
        case "mute before TLS":
            port = closing.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        case "no TLS":
            port = closing.enter_context(scripted(None, answer("200 OK"))).port
        case _:
            port = closing.enter_context(scripted(certificates.expired(HOST), answer("200 OK"))).port
    assert verdicts(home, f"127.0.0.1:{port}") == [False] * len(NAMES)


@pytest.mark.parametrize("reply", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX-Never: "])
def test_a_host_that_answers_no_request_rejects_what_was_requested_and_the_rest_is_unknown(
    home: Home, certificates: Certificates, closing: ExitStack, reply: bytes
) -> None:
    server = closing.enter_context(scripted(certificates.leaf(HOST), reply))
    found = verdicts(home, server.connect_to)
    assert found == [False] + [None] * (len(NAMES) - 1)
    assert not any(name in "".join(server.requests) for name in NAMES[1:])
