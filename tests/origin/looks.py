"""Looks at a public URL, and their verdicts."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from syncer.model import HEAD_SIZE, Content, Finding
from syncer.origin.view import PublicOrigin, PublicView
from syncer.runners import SharedPace
from tests.servers.nginx import HOST, Site

ROOT = f"https://{HOST}/"
URL = f"{ROOT}a.mp4"
HTML = b"<!doctype html><html><body>Not here</body></html>"
MP4 = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 800
"""Longer than the bytes that a look reads."""


def content(body: bytes, media_type: str = "video/mp4") -> Content:
    head = hashlib.sha256(body[:HEAD_SIZE]).hexdigest()
    return Content(len(body), hashlib.sha256(body).hexdigest(), head, media_type)


def view(site: Site, ca: Path | None = None) -> PublicView:
    return PublicView(PublicOrigin(ROOT, ROOT, ca or site.ca, site.connect_to), SharedPace())


def verdicts(findings: tuple[Finding, ...]) -> list[str]:
    return [f"{finding.rule} {finding.severity}" for finding in findings]


@pytest.fixture
def shared_root(web_root: Path) -> Path:
    (web_root / "a.mp4").write_bytes(MP4)
    (web_root / "index.html").write_bytes(HTML)
    return web_root
