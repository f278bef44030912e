"""Laws of cookies: a link gets what its own redirects set, for one fetch, at the hosts they were set for."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.connect.web.client import WebSettings
from syncer.origin.http import Asker
from syncer.origin.rules import Manner
from tests.links.asked import looked, read, refusal, source
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import StartNginx
from tests.servers.scripted import Scripted, answer, scripted

CLIP = b"\0\0\0\x18ftypmp42" + bytes(5000)
FOUND = answer("200 OK", CLIP, "Content-Type: video/mp4", 'ETag: "1"')
HOST = "contoso-my.sharepoint.com"
NAMES = (HOST, "other.sharepoint.com", "media.example.com", "evil.example")


def leading(location: str, *cookies: str) -> bytes:
    return answer("302 Found", b"", f"Location: {location}", *(f"Set-Cookie: {each}" for each in cookies))


def brought(server: Scripted) -> list[str]:
    """The cookies of each request; empty for none."""
    lines = [request.lower().split("\r\n") for request in server.requests]
    return [
        "".join(line.removeprefix("cookie: ") for line in each if line.startswith("cookie:"))
        for each in lines
    ]


GUARD = """
location /s/ {{ add_header Set-Cookie "FedAuth=anonymous; Path={path}; Secure; HttpOnly"; return 302 /personal/u/file.mp4; }}
location /personal/ {{ if ($cookie_FedAuth != anonymous) {{ return 403; }} try_files $uri =404; }}
location /again.mp4 {{ if ($cookie_seen = 1) {{ rewrite ^ /personal.mp4 last; }} add_header Set-Cookie seen=1; return 307 /again.mp4; }}
"""  # noqa: E501 - nginx's own lines


@pytest.mark.parametrize("path", ["/", "/personal/u", "/personal/"])
def test_a_link_that_needs_a_cookie_of_its_own_redirect_is_read(
    nginx: StartNginx, web_root: Path, path: str
) -> None:
    (web_root / "personal" / "u").mkdir(parents=True)
    (web_root / "personal" / "u" / "file.mp4").write_bytes(mp4())
    site = nginx(web_root, server=GUARD.format(path=path))
    others: dict[str, Any] = {"ca": site.ca, "connect_to": site.connect_to}
    assert read(f"{site.url}s/AbC", **others) == mp4()
    assert refusal(f"{site.url}personal/u/file.mp4", **others).code == "source.denied", (
        "no fetch is lent another's"
    )


def test_a_page_that_leads_to_itself_until_its_cookie_comes_back_is_no_circle(
    nginx: StartNginx, web_root: Path
) -> None:
    (web_root / "personal.mp4").write_bytes(mp4())
    site = nginx(web_root, server=GUARD.format(path="/"))
    assert read(f"{site.url}again.mp4", ca=site.ca, connect_to=site.connect_to) == mp4()


@pytest.mark.parametrize(
    ("onward", "cookie", "comes"),
    [
        ("/b.mp4", "a=1", True),
        ("/b.mp4", "a=1; Path=/b.mp4; Secure; HttpOnly; SameSite=None", True),
        ("/b.mp4", "a=1; Domain=sharepoint.com", True),
        ("https://other.sharepoint.com/b.mp4", "a=1; Domain=.sharepoint.com", True),
        ("https://other.sharepoint.com/b.mp4", "a=1", False),
        ("https://evil.example/b.mp4", "a=1; Domain=evil.example", False),
        ("https://evil.example/b.mp4", "a=1", False),
        ("/b.mp4", "a=1; Path=/c/", False),
        ("/b.mp4", "a=1; Max-Age=0", False),
        ("/b.mp4", "", False),
        ("/b.mp4", "=;;;=", False),
    ],
)
def test_a_cookie_goes_where_it_was_set_for_and_nowhere_else(
    certificates: Certificates,
    onward: str,
    cookie: str,
    comes: bool,  # noqa: FBT001 - a table
) -> None:
    with scripted(certificates.leaf(*NAMES), leading(onward, cookie), FOUND) as server:
        looked(f"https://{HOST}/a.mp4", ca=certificates.ca, connect_to=server.connect_to)
    assert len(server.requests) == 2
    assert brought(server) == ["", "a=1" if comes else ""]


def test_each_fetch_begins_without_cookies(certificates: Certificates) -> None:
    """Of one link, and of two links to one host by one worker."""
    set_ = answer("200 OK", CLIP, "Content-Type: video/mp4", 'ETag: "1"', "Set-Cookie: a=1")
    urls = [f"https://{HOST}/{name}.mp4" for name in "ab"]
    with (
        scripted(certificates.leaf(*NAMES), leading("/c.mp4", "b=2"), set_) as server,
        ExitStack() as handles,
    ):
        made = handles.enter_context(closing(source(*urls, ca=certificates.ca, connect_to=server.connect_to)))
        for asset in made.assets():
            seen = made.look(asset)
            with made.open(seen) as reader:
                reader.read(1)
    assert brought(server) == ["", "b=2", "", "", ""]


def test_no_cookie_is_brought_when_looking_as_a_platform(certificates: Certificates) -> None:
    reply = answer("200 OK", CLIP, "Content-Type: video/mp4", "Set-Cookie: a=1; Path=/")
    with scripted(certificates.leaf("media.example.com"), reply) as server:
        web = WebSettings(certificates.ca, server.connect_to)
        with closing(Asker(web, SharedPace())) as asker:
            for manner in Manner:
                asker.ask(manner, "https://media.example.com/a.mp4", len(CLIP))
    assert len(server.requests) >= len(Manner)
    assert not any(brought(server))
