"""Laws of fetching: redirects are followed with care, and nothing private is asked, whoever leads there."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import Any

import pytest

from syncer.connect.web import guard
from syncer.connect.web.fetch import browsable
from syncer.connect.web.guard import is_public
from tests.links.asked import looked, read, refusal
from tests.servers.certificates import Certificates
from tests.servers.scripted import Scripted, answer, scripted

CLIP = b"\0\0\0\x18ftypmp42" + bytes(5000)
FOUND = answer("200 OK", CLIP, "Content-Type: video/mp4", 'ETag: "1"')


def leading(status: str, location: str) -> bytes:
    return answer(status, b"", f"Location: {location}")


class Servers:
    """Scripted servers at `localhost`, each at a port of its own."""

    def __init__(self, certificates: Certificates, handles: ExitStack) -> None:
        self.certificates = certificates
        self.handles = handles

    def secured(self, *answers: bytes) -> Scripted:
        return self.handles.enter_context(scripted(self.certificates.leaf("localhost"), *answers))

    def plain(self, *answers: bytes) -> Scripted:
        return self.handles.enter_context(scripted(None, *answers))


@pytest.fixture
def servers(certificates: Certificates) -> Any:
    with ExitStack() as handles:
        yield Servers(certificates, handles)


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_every_redirect_is_followed_with_the_range_that_was_asked_for(servers: Servers, status: str) -> None:
    last = servers.secured(FOUND)
    first = servers.secured(leading(status, f"https://localhost:{last.port}/é b.mp4?x=1"))
    url = f"https://localhost:{first.port}/a.mp4"
    assert looked(url, ca=servers.certificates.ca).size == len(CLIP)
    assert last.requests[0].startswith("GET /%C3%A9%20b.mp4?x=1 HTTP/1.1")
    assert "range: bytes=0-0" in last.requests[0].lower()


def test_a_relative_redirect_and_one_from_http_to_https_are_followed(servers: Servers) -> None:
    last = servers.secured(leading("302 Found", "/there/../b.mp4"), FOUND)
    first = servers.plain(leading("301 Moved", f"https://localhost:{last.port}/a.mp4"))
    assert looked(f"http://localhost:{first.port}/a.mp4", ca=servers.certificates.ca).size == len(CLIP)
    assert last.requests[1].startswith("GET /b.mp4 ")


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://localhost:1/hunter2?hunter2", "from https to http, at localhost"),
        ("ftp://localhost/hunter2", "to something other than a web address"),
        ("mailto:hunter2@localhost", "not valid HTTP"),
        ("https://localhost:hunter2/", "not valid HTTP"),
    ],
)
def test_a_redirect_that_gives_up_https_or_the_web_is_refused(
    servers: Servers, location: str, said: str
) -> None:
    first = servers.secured(leading("302 Found", location))
    error = refusal(f"https://localhost:{first.port}/a.mp4", ca=servers.certificates.ca)
    assert error.code in ("source.redirect", "source.answer")
    assert said in error.message
    assert "hunter2" not in f"{error} {error.hint}"


def test_a_circle_ends(servers: Servers) -> None:
    first = servers.secured(leading("302 Found", "/a.mp4"))
    error = refusal(f"https://localhost:{first.port}/a.mp4", ca=servers.certificates.ca)
    assert (error.code, len(first.requests)) == ("source.redirect", 11)


def test_a_redirect_without_a_place_is_no_answer(servers: Servers) -> None:
    first = servers.secured(answer("302 Found"))
    assert (
        refusal(f"https://localhost:{first.port}/a.mp4", ca=servers.certificates.ca).code == "source.answer"
    )


def test_user_name_and_password_go_to_the_links_own_host_only(servers: Servers) -> None:
    last = servers.secured(FOUND)
    onward = f"https://other:secret@localhost:{last.port}/b.mp4"
    first = servers.secured(leading("302 Found", "/there.mp4"), leading("302 Found", onward))
    asset = looked(f"https://me:p%40ss@localhost:{first.port}/a.mp4", ca=servers.certificates.ca)
    assert asset.size == len(CLIP)
    assert asset.key == f"localhost:{first.port}/a.mp4"
    assert ["authorization: basic bwu6cebzcw==" in request.lower() for request in first.requests] == [
        True,
        True,
    ]
    assert "authorization" not in last.requests[0].lower()
    assert "cookie" not in last.requests[0].lower()


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (
            "https://münchen.example/a b/é.mp4?x=é y",
            "https://xn--mnchen-3ya.example/a%20b/%C3%A9.mp4?x=%C3%A9%20y",
        ),
        ("https://h.example/a%20b%2Fc.mp4?x=%2F&amp;y='\"", "https://h.example/a%20b%2Fc.mp4?x=%2F&y=%27%22"),
        ("https://h.example/../a//./b", "https://h.example/../a//./b"),
        ("https://h.example/a\\b", "https://h.example/a/b"),
        ("https://h.example/50%.mp4", "https://h.example/50%.mp4"),
        (" https://h.ex\nample#t=1 ", "https://h.example/"),
        ("https://[2001:db8::1]:8443/a", "https://[2001:db8::1]:8443/a"),
        ("https://h:port/", "https://h:port/"),
    ],
)
def test_links_are_asked_for_as_browsers_do(url: str, asked: str) -> None:
    assert browsable(url) == asked


# Private addresses

PRIVATE = (
    *("127.0.0.1", "10.1.1.1", "172.16.0.1", "192.168.1.1", "0.0.0.0", "255.255.255.255", "224.0.0.1"),  # noqa: S104
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16", "198.18.0.1"),
    *("::1", "::", "fe80::1%eth0", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:db8::1"),
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "192.0.1.1")


def test_addresses_are_told_apart() -> None:
    assert [address for address in PRIVATE if is_public(address)] == []
    assert [address for address in PUBLIC if not is_public(address)] == []


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1"]
)
def test_a_link_into_a_private_network_is_not_asked(servers: Servers, host: str) -> None:
    server = servers.secured(FOUND)
    error = refusal(f"https://{host}:{server.port}/a.mp4", ca=servers.certificates.ca, allow_private=False)
    assert error.code == "source.private"
    assert "allow_private" in (error.hint or "")
    assert server.names == []
    assert server.requests == []


@pytest.mark.parametrize("target", ["169.254.169.254", "127.0.0.1", "[::1]", "[fd00:ec2::254]"])
def test_a_redirect_into_a_private_network_is_not_followed(servers: Servers, target: str) -> None:
    first = servers.secured(leading("302 Found", f"https://{target}/latest/meta-data/"))
    others: dict[str, Any] = {"ca": servers.certificates.ca, "connect_to": first.connect_to}
    error = refusal("https://localhost/a.mp4", allow_private=False, **others)
    assert (error.code, len(first.requests)) == ("source.private", 1)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """DNS that answers in turn, the last answer for ever; what was asked for."""
    asked: list[str] = []
    left, really = list(answers), socket.getaddrinfo

    def found(host: str, port: int, *others: Any, **named: Any) -> list[Any]:
        if host != "localhost":
            return really(host, port, *others, **named)
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(guard, "is_public", lambda address: address != "127.0.0.9")
    return asked


def test_the_address_that_was_judged_is_the_one_that_is_asked(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose second answer is a private address: nobody asks a second time."""
    server = servers.secured(FOUND)
    asked = resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.9"])
    url = f"https://localhost:{server.port}/a.mp4"
    assert looked(url, ca=servers.certificates.ca, allow_private=False).size == len(CLIP)
    assert asked == ["localhost"]
    assert server.names == ["localhost"], "verified as the name, not as the address"
    assert refusal(url, ca=servers.certificates.ca, allow_private=False).code == "source.private"


def test_of_the_addresses_of_a_name_the_public_ones_are_tried_in_turn(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = servers.secured(FOUND)
    resolving(monkeypatch, ["127.0.0.9", "127.0.0.8", "127.0.0.1"])
    url = f"https://localhost:{server.port}/a.mp4"
    assert read(url, ca=servers.certificates.ca, allow_private=False) == CLIP


def test_connections_to_many_names_are_not_all_kept(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MOST_POOLS", 1)
    resolving(monkeypatch, ["127.0.0.1"])
    last = servers.secured(FOUND)
    first = servers.secured(leading("302 Found", f"https://localhost:{last.port}/b.mp4"))
    url = f"https://localhost:{first.port}/a.mp4"
    assert read(url, ca=servers.certificates.ca, allow_private=False) == CLIP


def test_a_name_that_dns_does_not_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = refusal("https://nowhere.example/a.mp4", allow_private=False)
    assert (error.code, error.transient) == ("source.unreachable", True)


def test_a_certificate_of_another_name_is_told(servers: Servers) -> None:
    server = servers.secured(FOUND)
    others: dict[str, Any] = {"connect_to": server.connect_to, "ca": servers.certificates.ca}
    assert refusal("https://other.example/a.mp4", **others).code == "source.tls"
