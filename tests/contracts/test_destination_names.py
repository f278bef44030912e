"""The last line of defence, for every kind of destination: no names that a web server acts on."""

from __future__ import annotations

import pytest

from syncer.errors import DestinationError
from syncer.origin.ownership.file import SignatureFile
from syncer.protocols import Destination
from tests.contracts.stores import body_at, content, destination, publish, rig
from tests.home import SIGNATURE, TOKEN
from tests.rigs.destination import Rig
from tests.servers.nginx import HOST

__all__ = ["destination", "rig"]

DANGEROUS = [
    "shell.php",
    "shell.php.jpg",
    "x.php/photo.jpg",
    ".htaccess",
    "clips/.user.ini",
    ".well-known/a.mp4",
    "web.config",
    "photo.html",
    "sw.js",
    "x.cgi",
    "photo.svg",
    "clip.mp4.gz",
    "robots.txt",
    "_redirects",
    "cgi-bin/a.mp4",
    "noending",
    "notes.txt",
    "x.asp;.jpg",
]
"""Names that an earlier version of syncer published."""


def test_no_name_that_a_server_acts_on_can_be_staged(rig: Rig, destination: Destination) -> None:
    for path in DANGEROUS:
        with pytest.raises(DestinationError) as caught:
            destination.stage(path, "image/jpeg").__enter__()
        assert caught.value.code == "destination.path", path
        assert caught.value.hint
    assert rig.names() == []


def test_a_file_under_such_a_name_can_be_seen_and_deleted(rig: Rig, destination: Destination) -> None:
    for path in DANGEROUS:
        publish(destination, path, path.encode(), proof=True)
        found = destination.stat(path)
        assert found is not None
        assert found.size == len(path)
        destination.delete(path)
        assert destination.stat(path) is None
    assert rig.names() == []


@pytest.mark.parametrize("name", [SIGNATURE, "tiktok_verify_12ab.html", "my proof.txt"])
def test_a_signature_file_is_placed_under_its_own_name(rig: Rig, destination: Destination, name: str) -> None:
    """The only exception to the rule, but not outside the root."""
    from syncer.connect.web.client import WebSettings

    body = f"tiktok-developers-site-verification={TOKEN}".encode()
    url = f"https://{HOST}/"
    SignatureFile(name, body, url, f"{url}videos/", WebSettings()).place(destination)
    assert body_at(rig, f"videos/{name}") == body
    for path in ("../a.txt", "a//b.txt", ".syncer-a.txt"):
        with pytest.raises(DestinationError):
            destination.stage(path, "text/plain", proof=True).__enter__()


def test_a_refused_name_affects_no_existing_file(rig: Rig, destination: Destination) -> None:
    publish(destination, "clips/a.mp4", b"stays")
    with (
        pytest.raises(DestinationError),
        destination.stage("clips/a.mp4/shell.php", "video/mp4") as staged,
    ):
        staged.commit(content(b""))
    assert body_at(rig, "clips/a.mp4") == b"stays"
