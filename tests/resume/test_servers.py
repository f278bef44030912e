"""SFTP servers that do less than OpenSSH, or lose what they had: an upload is resumed, or starts over."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from syncer.destinations.sftp import SftpDestination
from syncer.errors import DestinationError
from syncer.model import PART
from syncer.protocols import Stopped
from syncer.sync.uploads import Uploads
from tests.contracts.test_resume import CHUNK, PATH, body, content, interrupt, pour, publish, upload
from tests.servers.rclone import serving_sftp
from tests.servers.sshd import Sshd, running
from tests.servers.wire import relay

pytestmark = pytest.mark.server


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads", "here")


def settled(file: Path) -> bool:
    """The server writes back from its cache a moment later."""
    digest, deadline = hashlib.sha256(body()).digest(), time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(FileNotFoundError):
            if hashlib.sha256(file.read_bytes()).digest() == digest:
                return True
        time.sleep(0.05)
    return False


def test_another_authors_server(web_root: Path, tmp_path: Path, uploads: Uploads) -> None:
    cache = ("--vfs-cache-mode=writes", "--vfs-write-back=0", f"--cache-dir={tmp_path}/cache")
    with serving_sftp(web_root, tmp_path, *cache, "--file-perms=0644") as settings:
        config = SftpDestination.Config(kind="sftp", root="/", **settings)
        with closing(SftpDestination(config)) as destination:
            interrupt(destination, upload(uploads), body()[: 2 * PART], Stopped())
            assert uploads.resumable()
            publish(destination, upload(uploads), body())
            assert settled(web_root / PATH)
    assert not uploads.resumable()


def test_a_server_that_comes_back_with_less_than_it_said(web_root: Path, uploads: Uploads) -> None:
    """It lost power, say: what it lacks is missed, and nothing of the file is published."""
    with running() as sshd, closing(SftpDestination(sshd.destination(web_root))) as destination:

        def cut() -> None:
            with destination.stage(PATH, "video/mp4", resume=upload(uploads)) as staged:
                pour(staged, body()[: 2 * PART + CHUNK])
                sshd.drop_sessions()
                (part,) = (web_root / PATH).parent.iterdir()
                os.truncate(part, CHUNK)
                pour(staged, body()[2 * PART + CHUNK :])
                staged.commit(content(body()))

        with pytest.raises(DestinationError) as caught:
            cut()
        assert caught.value.code == "destination.kept"
        assert list(web_root.iterdir()) == []
        publish(destination, upload(uploads), body())
    assert (web_root / PATH).read_bytes() == body()


def test_a_server_that_allows_one_session_a_connection(web_root: Path, uploads: Uploads) -> None:
    """So it can't be asked for a hash beside the SFTP session."""
    with (
        running("MaxSessions 1") as sshd,
        closing(SftpDestination(sshd.destination(web_root))) as destination,
    ):
        interrupt(destination, upload(uploads), body()[: 2 * PART], Stopped())
        publish(destination, upload(uploads), body())
    assert (web_root / PATH).read_bytes() == body()


def test_a_connection_that_always_breaks_is_given_up(
    web_root: Path, tmp_path: Path, uploads: Uploads, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any of it is safe. What was sent is kept for the next run."""
    monkeypatch.setattr("syncer.destinations.sftp.staged.MOST_BREAKS", 3)
    with relay(sshd.port) as before:
        known = tmp_path / "known_hosts"
        known.write_text(f"[{sshd.host}]:{before.port} {sshd.host_key('ed25519')}\n")
        config = sshd.destination(web_root, port=before.port, known_hosts=known)
        with closing(SftpDestination(config)) as destination:

            def cut() -> None:
                with destination.stage(PATH, "video/mp4", resume=upload(uploads)) as staged:
                    pour(staged, body()[: 2 * PART])
                    before.cuts = list(range(before.sent, before.sent + 100 * CHUNK, CHUNK))
                    pour(staged, body()[2 * PART :])
                    staged.commit(content(body()))

            with pytest.raises(DestinationError) as caught:
                cut()
            assert (caught.value.code, caught.value.transient) == ("destination.lost", False)
            assert len(before.cuts) > 90
            before.cuts = []
            assert uploads.resumable()
            publish(destination, upload(uploads), body())
    assert (web_root / PATH).read_bytes() == body()
