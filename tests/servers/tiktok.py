"""TikTok's Content Posting API as documented: it checks, counts, and really downloads over TLS.

Written from the documents (media transfer guide, content upload, photo post, get post status), with its own
rule of ownership. Where they say nothing, it behaves in the least helpful way.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.servers.certificates import Certificates

HOST = "open.tiktok.example.test"
TOKEN = "act.SecretOfTheUser0123456789"
VIDEO, PHOTO = "/v2/post/publish/inbox/video/init/", "/v2/post/publish/content/init/"
STATUS = "/v2/post/publish/status/fetch/"
HTTP = {
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "invalid_param": 400,
    "rate_limit_exceeded": 429,
}
HTTP |= {"invalid_publish_id": 400, "app_version_check_failed": 400, "internal_error": 500}
"""All other codes are 403."""


@dataclass
class Draft:
    urls: list[str]
    media: str
    title: str | None = None
    status: str = "PROCESSING_DOWNLOAD"
    fail_reason: str | None = None
    size: int = 0


@dataclass
class TiktokServer:
    port: int
    ca: Path
    verified: list[str] = field(default_factory=list)
    """URL prefixes and domains."""
    origins: dict[str, int] = field(default_factory=dict)
    """The address of each host, in place of DNS."""
    scopes: set[str] = field(default_factory=lambda: {"video.upload"})
    limits: dict[str, tuple[int, float]] = field(
        default_factory=lambda: {"init": (6, 60.0), "status": (30, 60.0)}
    )
    pending: int = 5
    user_posts: bool = False
    """The user posts every draft at once."""
    endless: bool = False
    refuse: str | None = None
    """The error code of every init."""
    fail: str | None = None
    """The fail_reason of every draft."""
    faults: list[str] = field(default_factory=list)
    """For the next requests: `lose` (accept, then hang up), `hold` (accept, never answer), `500`, `html`,
    `429`, `drop` (hang up before anything is looked at), `word` (a status that no document knows).
    """
    drafts: dict[str, Draft] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    too_many: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    calls: dict[str, list[float]] = field(default_factory=lambda: {"init": [], "status": []})
    lock: threading.Lock = field(default_factory=threading.Lock)
    pulls: list[threading.Thread] = field(default_factory=list)

    @property
    def config(self) -> dict[str, Any]:
        """For the config file."""
        return {
            "access_token": "env:TIKTOK_TEST_TOKEN",
            "endpoint": f"https://{HOST}/",
            "ca": str(self.ca),
            "connect_to": f"127.0.0.1:{self.port}",
        }

    @property
    def inits(self) -> int:
        """Requests for drafts that reached the API."""
        return len(self.calls["init"])

    def code(self, path: str, token: str, body: dict[str, Any]) -> str:
        """The value of `error.code`."""
        kind = "status" if path == STATUS else "init"
        if token != f"Bearer {TOKEN}":
            return "access_token_invalid"
        if "video.upload" not in self.scopes:
            return "scope_not_authorized"
        if self._counted(kind):
            self.too_many += 1
            return "rate_limit_exceeded"
        if kind == "status":
            return "ok" if body.get("publish_id") in self.drafts else "invalid_publish_id"
        return self.refuse or self._judged(path, body)

    def _counted(self, kind: str) -> bool:
        most, seconds = self.limits[kind]
        now = time.monotonic()
        calls = self.calls[kind]
        calls.append(now)
        return sum(call > now - seconds for call in calls) > most

    def _judged(self, path: str, body: dict[str, Any]) -> str:
        urls = urls_of(path, body)
        if urls is None:
            return "invalid_param"
        if not all(any(owns(verified, url) for verified in self.verified) for url in urls):
            return "url_ownership_unverified"
        waiting = [
            d for d in self.drafts.values() if d.status in ("PROCESSING_DOWNLOAD", "SEND_TO_USER_INBOX")
        ]
        return "spam_risk_too_many_pending_share" if len(waiting) >= self.pending else "ok"

    def accept(self, path: str, body: dict[str, Any]) -> str:
        media = "video" if path == VIDEO else "photo"
        publish_id = f"{media[0]}_inbox_url~v2.{7_000_000_000_000_000_000 + len(self.drafts)}"
        draft = Draft(urls_of(path, body) or [], media, body.get("post_info", {}).get("title"))
        self.drafts[publish_id] = draft
        if not self.endless:
            self.pulls.append(threading.Thread(target=self._pull, args=(draft,)))
            self.pulls[-1].start()
        return publish_id

    def _pull(self, draft: Draft) -> None:
        try:
            contents = [self._get(url) for url in draft.urls]
        except (OSError, http.client.HTTPException, ValueError):
            draft.fail_reason, draft.status = f"{draft.media}_pull_failed", "FAILED"
            return
        draft.size = sum(map(len, contents))
        good = all(map(looks_like_video if draft.media == "video" else looks_like_photo, contents))
        draft.fail_reason = self.fail or (None if good else "file_format_check_failed")
        arrived = "PUBLISH_COMPLETE" if self.user_posts else "SEND_TO_USER_INBOX"
        draft.status = "FAILED" if draft.fail_reason else arrived

    def _get(self, url: str) -> bytes:
        """Redirects are not followed: any status but 200 is invalid."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        context = ssl.create_default_context(cafile=self.ca)
        wire = socket.create_connection(("127.0.0.1", self.origins[host]), timeout=10)
        with closing(http.client.HTTPSConnection(host, context=context)) as connection:
            connection.sock = context.wrap_socket(wire, server_hostname=host)
            connection.request("GET", parts.path)
            response = connection.getresponse()
            if response.status != 200:
                raise ValueError(response.status)
            return response.read()


def owns(verified: str, url: str) -> bool:
    """A prefix owns all URLs that start with it, a domain its host and all subdomains; always https."""
    if "/" in verified:
        return url.startswith(verified)
    scheme, _, rest = url.partition("://")
    host = rest.split("/", 1)[0].lower()
    return scheme == "https" and (host == verified or host.endswith("." + verified))


def urls_of(path: str, body: dict[str, Any]) -> list[str] | None:
    source = body.get("source_info", {})
    if source.get("source") != "PULL_FROM_URL":
        return None
    if path == VIDEO:
        return [source["video_url"]] if set(source) == {"source", "video_url"} else None
    photos = source.get("photo_images")
    sound = (
        body.get("media_type") == "PHOTO" and body.get("post_mode") == "MEDIA_UPLOAD" and "post_info" in body
    )
    return photos if sound and 0 < len(photos) <= 35 and source["photo_cover_index"] < len(photos) else None


def looks_like_video(content: bytes) -> bool:
    return content[4:8] == b"ftyp" or content.startswith(b"\x1aE\xdf\xa3")


def looks_like_photo(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff") or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: TiktokServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Quiet."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Content-Type"] == "application/json; charset=UTF-8"
        with self.api.lock:
            fault = self.api.faults.pop(0) if self.api.faults else ""
            self.api.requests.append(self.path)
            self.api.bodies.append(body)
            if fault in ("500", "html", "429", "drop"):
                return self._misbehave(fault)
            code = self.api.code(self.path, self.headers["Authorization"], body)
            data = self._data(body, fault) if code == "ok" else {}
        if fault == "hold":
            self.api.held.set()
            self.connection.recv(1)  # until the client leaves
        if fault in ("hold", "lose"):
            self.close_connection = True
            return None
        error = {"code": code, "message": "" if code == "ok" else f"says {code}", "log_id": "20261124"}
        status = 200 if code == "ok" else HTTP.get(code, 403)
        return self._answer(status, json.dumps({"data": data, "error": error}).encode())

    def _data(self, body: dict[str, Any], fault: str) -> dict[str, Any]:
        if self.path != STATUS:
            return {"publish_id": self.api.accept(self.path, body)}
        draft = self.api.drafts[body["publish_id"]]
        status = "HAVING_A_THINK" if fault == "word" else draft.status
        data = {"status": status, "downloaded_bytes": draft.size, "publicaly_available_post_id": []}
        return data | ({"fail_reason": draft.fail_reason} if draft.fail_reason else {})

    def _misbehave(self, fault: str) -> None:
        if fault == "drop":
            self.close_connection = True
        elif fault == "429":
            self.api.too_many += 1
            self._answer(429, b'{"error": {"code": "rate_limit_exceeded"}}', {"Retry-After": "1"})
        elif fault == "html":
            self._answer(200, b"<html>hello</html>")
        else:
            self._answer(500, b'{"data": {}, "error": {"code": "internal_error", "message": "sorry"}}')

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, context: ssl.SSLContext, handler: type[_Handler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._context = context

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake in the connection's own thread."""
        with suppress(OSError), self._context.wrap_socket(request, server_side=True) as wire:
            super().finish_request(wire, client_address)


@contextmanager
def serving(certificate: Path, ca: Path) -> Iterator[TiktokServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Handler(_Handler):
        """With an API of its own."""

    with _Server(context, Handler) as server:
        api = Handler.api = TiktokServer(server.server_address[1], ca)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            for each in [thread, *api.pulls]:
                each.join(15)


@pytest.fixture
def tiktok(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[TiktokServer]:
    """It has one user, whose token is in the environment as TIKTOK_TEST_TOKEN."""
    monkeypatch.setenv("TIKTOK_TEST_TOKEN", TOKEN)
    with serving(certificates.leaf(HOST), certificates.ca) as api:
        yield api
