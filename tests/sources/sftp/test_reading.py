"""Reading from an SSH server: ahead, within limits, and never two versions."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from syncer.connect.ssh.sftp import Client
from syncer.errors import SourceChanged, SourceError
from syncer.model import Asset
from syncer.sources.sftp import SftpSource
from tests.contracts.test_source import drained, listed, noise, read
from tests.rigs.folder import write
from tests.servers.sshd import Sshd, running
from tests.servers.wire import relay

ROOT = os.geteuid() == 0
LARGE = 24 * 1024**2


def only(source: SftpSource) -> Asset:
    (asset,) = source.assets()
    return asset


class TestLostConnection:
    def test_a_read_that_is_cut_goes_on_from_there(self, own_sshd: Sshd, root: Path) -> None:
        data = noise(LARGE)
        write(root / "clip.mp4", data)
        with closing(SftpSource("clips", own_sshd.source(root))) as source:
            asset, seen = only(source), b""

            def cut() -> None:
                nonlocal seen
                with source.open(asset) as reader:
                    while chunk := reader.read(1024**2):
                        seen += chunk
                        if len(seen) > LARGE // 3:
                            own_sshd.drop_sessions()

            with pytest.raises(SourceError) as caught:
                cut()
            assert (caught.value.code, caught.value.transient) == ("source.lost", True)
            assert LARGE // 3 < len(seen) < LARGE
            assert seen + read(source, asset, start=len(seen)) == data

    def test_a_connection_that_breaks_within_a_packet_is_not_the_end_of_the_file(
        self, sshd: Sshd, root: Path
    ) -> None:
        data = noise(LARGE)
        write(root / "clip.mp4", data)
        known = root.parent / "known_hosts"
        known.write_text(f"127.0.0.1 {sshd.host_key('ed25519')}\n")
        with (
            relay(sshd.port) as wire,
            closing(SftpSource("clips", sshd.source(root, port=wire.port, known_hosts=known))) as source,
        ):
            wire.cut_after = LARGE // 2
            asset = only(source)
            with source.open(asset) as reader:
                begun = reader.read(1024)
                for _ in range(2):  # not even a second read takes it for the end
                    with pytest.raises(SourceError) as caught:
                        drained(reader)
                    assert (caught.value.code, caught.value.transient) == ("source.lost", True)
            wire.cut_after = None
            assert begun == data[:1024]
            assert read(source, asset) == data

    def test_a_reader_within_another_may_lose_the_connection_of_both(
        self, own_sshd: Sshd, root: Path
    ) -> None:
        write(root / "clip.mp4", noise(LARGE))
        with closing(SftpSource("clips", own_sshd.source(root))) as source:
            asset = only(source)
            with source.open(asset) as outer:
                outer.read(1024)
                own_sshd.drop_sessions()
                with pytest.raises(SourceError):
                    read(source, asset)
                assert len(read(source, asset)) == LARGE
                with pytest.raises(SourceError):
                    drained(outer)
                with source.open(asset) as inner:
                    assert inner.read(1), "the new connection is still there"


class TestVersions:
    def test_a_file_that_is_replaced_under_the_reader_is_read_as_it_was(
        self, source: SftpSource, root: Path
    ) -> None:
        old, new = noise(LARGE), noise(LARGE, seed=2)
        path = write(root / "clip.mp4", old)
        asset = only(source)
        with source.open(asset) as reader:
            begun = reader.read(1024)
            write(root.parent / "new", new).rename(path)
            os.utime(path, (1, 1))
            assert begun + drained(reader) == old
        with pytest.raises(SourceChanged):
            read(source, asset, start=1024)

    @pytest.mark.parametrize("change", ["ab", "r+b", "wb"])
    def test_a_file_that_grows_or_shrinks_or_is_rewritten_under_the_reader_is_reported(
        self, source: SftpSource, root: Path, change: str
    ) -> None:
        path = write(root / "clip.mp4", noise(LARGE))
        os.utime(path, (1, 1))
        with source.open(only(source)) as reader:
            reader.read(10)
            with path.open(change) as file:
                file.write(b"x" * 10)
            for _ in range(2):
                with pytest.raises(SourceError) as caught:
                    drained(reader)
            assert isinstance(caught.value, SourceChanged)

    def test_a_file_that_changes_as_it_is_opened_is_reported(
        self, source: SftpSource, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(root / "clip.mp4", b"0123456789")
        asset = only(source)

        def and_change(client: Client, real: str) -> bytes:
            path.write_bytes(b"longer than before")
            return opened(client, real)

        opened = Client.open_handle
        monkeypatch.setattr(Client, "open_handle", and_change)
        with pytest.raises(SourceChanged):
            read(source, asset)

    def test_a_file_shorter_than_its_size_is_cut(self, sshd: Sshd) -> None:
        """Such as files of the kernel, whose sizes are not real."""
        with closing(SftpSource("clips", sshd.source("/sys/kernel/mm/ksm"))) as source:
            asset = listed(source)["run"]
            assert asset.size == 4096
            with pytest.raises(SourceError) as caught:
                read(source, asset)
        assert (caught.value.code, caught.value.transient) == ("source.cut", True)
        assert caught.value.message.endswith("ended 4094 bytes early")

    def test_a_restored_backup_has_the_old_versions(self, source: SftpSource, root: Path) -> None:
        write(root / "clip.mp4")
        before = only(source).version
        shutil.copytree(root, root.parent / "backup")
        shutil.rmtree(root)
        shutil.copytree(root.parent / "backup", root)
        assert only(source).version == before


@pytest.mark.skipif(not ROOT, reason="only root lets others log in")
def test_a_file_that_may_not_be_read_is_an_error_of_its_own(sshd: Sshd, root: Path) -> None:
    write(root / "closed.mp4").chmod(0o600)
    write(root / "open.mp4").chmod(0o644)
    with closing(SftpSource("clips", sshd.source(root, user="nobody"))) as source:
        found = listed(source)
        with pytest.raises(SourceError) as caught:
            read(source, found["closed.mp4"])
        assert (caught.value.code, type(caught.value)) == ("source.denied", SourceError)
        assert "closed.mp4" in caught.value.message
        assert read(source, found["open.mp4"]) == b"bytes"


class TestLeavingEarly:
    @pytest.mark.parametrize("size", [1, 2 * 1024**2])
    def test_answers_on_their_way_do_no_harm_to_the_next_read(
        self, source: SftpSource, root: Path, size: int
    ) -> None:
        data = noise(LARGE)
        write(root / "clip.mp4", data)
        asset = only(source)
        for number in range(200):
            with source.open(asset, start=number) as reader:
                taken = 0
                while taken < size:
                    taken += len(reader.read(size - taken))
        assert read(source, asset) == data
        client = source._session.opened().client  # noqa: SLF001 - what must not pile up is nowhere else seen
        assert len(client._expecting) <= 1, "only the last file's close"  # noqa: SLF001 - as above

    @pytest.mark.server
    def test_more_files_than_a_server_holds_open_can_be_left(self, root: Path, tmp_path: Path) -> None:
        write(root / "clip.mp4", noise(1024**2))
        program = write(tmp_path / "few", b"ulimit -n 40; exec /usr/lib/openssh/sftp-server")
        with (
            running(subsystem=f"Subsystem sftp /bin/sh {program}") as few,
            closing(SftpSource("clips", few.source(root))) as source,
        ):
            asset = only(source)
            for _ in range(100):
                with source.open(asset) as reader:
                    assert reader.read(1)
            assert len(read(source, asset)) == 1024**2

    def test_readers_within_each_other_do_not_mix(self, source: SftpSource, root: Path) -> None:
        data = noise(LARGE)
        write(root / "clip.mp4", data)
        asset, start = only(source), LARGE // 2
        with source.open(asset) as outer:
            seen = outer.read(1024)
            with source.open(asset, start) as inner:
                within = inner.read(1024)
                for _ in range(40):
                    seen += outer.read(1024**2)
                    within += inner.read(1024**2)
            assert within == data[start : start + len(within)]
            assert seen + drained(outer) == data
