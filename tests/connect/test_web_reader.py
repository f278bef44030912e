"""Laws of reading a URL from any position on: the bytes from there, of one version, or an error."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from syncer.connect.web import reader
from syncer.connect.web.client import WebSettings, http_client
from syncer.connect.web.reader import read_from
from syncer.errors import OriginError
from tests.media import mp4
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST, StartNginx
from tests.servers.scripted import answer, scripted

URL = f"https://{HOST}/a.mp4"
CONTENT = mp4(300_000)


def read(
    ca: Path, connect_to: str, start: int, etag: str | None = None, size: int | None = len(CONTENT)
) -> bytes:
    with (
        closing(http_client(WebSettings(ca, connect_to))) as http,
        read_from(http, URL, start, size, etag) as reader,
    ):
        return b"".join(iter(lambda: reader.read(70_000), b""))


@pytest.mark.parametrize("server", ["", "max_ranges 0;"], ids=["with ranges", "without"])
@pytest.mark.parametrize("start", [0, 1, 100_000, len(CONTENT) - 1])
def test_the_bytes_from_there_on(nginx: StartNginx, web_root: Path, server: str, start: int) -> None:
    (web_root / "a.mp4").write_bytes(CONTENT)
    site = nginx(web_root, server=server)
    assert read(site.ca, site.connect_to, start) == CONTENT[start:]
    assert read(site.ca, site.connect_to, start, size=None) == CONTENT[start:]


def test_another_version_is_reported(nginx: StartNginx, web_root: Path) -> None:
    (web_root / "a.mp4").write_bytes(CONTENT)
    site = nginx(web_root)
    for etag, size in (('"another"', len(CONTENT)), (None, len(CONTENT) + 1)):
        with pytest.raises(OriginError) as caught:
            read(site.ca, site.connect_to, 7, etag, size)
        assert caught.value.code == "origin.changed"


def test_a_position_that_can_not_be_read_is_reported(
    nginx: StartNginx, certificates: Certificates, web_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (web_root / "a.mp4").write_bytes(CONTENT)
    monkeypatch.setattr(reader, "MOST_SKIPPED", 1000)
    unranged = nginx(web_root, server="max_ranges 0;")
    wrong = answer("206 Partial Content", b"x", f"Content-Range: bytes 3-3/{len(CONTENT)}")
    with ExitStack() as servers:
        other = servers.enter_context(scripted(certificates.leaf(HOST), wrong))
        for connect_to in (unranged.connect_to, other.connect_to):
            with pytest.raises(OriginError) as caught:
                read(certificates.ca, connect_to, 5000)
            assert caught.value.code == "origin.range"


def test_a_body_that_breaks_off_is_reported(certificates: Certificates) -> None:
    cut = answer("200 OK", b"", "Content-Length: 300000", "Connection: close", length=False) + CONTENT[:9]
    with scripted(certificates.leaf(HOST), cut) as server, pytest.raises(OriginError) as caught:
        read(certificates.ca, server.connect_to, 0)
    assert caught.value.transient


def test_a_body_shorter_than_the_skipped_part_ends_there(certificates: Certificates) -> None:
    with scripted(certificates.leaf(HOST), answer("200 OK", CONTENT[:9])) as server:
        assert read(certificates.ca, server.connect_to, 5000) == b""
