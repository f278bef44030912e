"""Pipelined requests to an SSH server: their number has a limit, and each answer is checked."""

from __future__ import annotations

import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest
from paramiko import Message
from paramiko.sftp import CMD_DATA, CMD_HANDLE, SFTPError

from syncer.connect.ssh.pipelining import MOST_AHEAD, Reads
from syncer.connect.ssh.sftp import LARGE_PACKET, PACKET, Client, Refused
from syncer.connect.ssh.sftp_answers import SftpAnswer
from syncer.model import Asset
from syncer.sources.sftp import SftpSource
from tests.contracts.test_source import noise, read
from tests.rigs.folder import write
from tests.servers.sshd import running


def only(source: SftpSource) -> Asset:
    (asset,) = source.assets()
    return asset


class TestBounds:
    @pytest.mark.scale
    def test_memory_is_flat(self, source: SftpSource, root: Path) -> None:
        with (root / "sparse.mp4").open("wb") as file:
            file.truncate(256 * 1024**2)
        asset = only(source)
        with source.open(asset) as reader:
            for _ in range(100):
                reader.read(1024**2)
            tracemalloc.start()
            try:
                while reader.read(1024**2):
                    pass
                assert tracemalloc.get_traced_memory()[1] < 4 * MOST_AHEAD
            finally:
                tracemalloc.stop()

    @pytest.fixture
    def client(self, source: SftpSource, root: Path) -> Client:
        write(root / "clip.mp4", noise(1024**2))
        list(source.assets())
        return source._session.opened().client  # noqa: SLF001 - no other way to its requests

    def test_read_ahead_starts_small_and_grows(
        self, client: Client, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[int] = []

        def counting(*arguments: object) -> int:
            asked.append(arguments[-1])  # type: ignore[arg-type] # its size
            return ask(*arguments)  # type: ignore[arg-type] # forwarded as they come

        ask = Client.read
        monkeypatch.setattr(Client, "read", counting)
        reads = Reads(client, client.open_handle(f"{root}/clip.mp4"), 0, 1024**2)
        assert sum(asked) <= 2 * LARGE_PACKET
        reads.read()
        first = sum(asked)
        assert LARGE_PACKET < first <= 1024**2 // 2
        while reads.read():
            assert sum(asked) - first <= MOST_AHEAD
        assert sum(asked) == 1024**2
        reads.leave()

    @pytest.mark.server
    def test_reads_are_small_if_the_server_announces_no_limit(self, root: Path) -> None:
        data = noise(1024**2 + 5)
        write(root / "clip.mp4", data)
        with (
            running(subsystem="Subsystem sftp internal-sftp -P limits") as old,
            closing(SftpSource("clips", old.source(root))) as source,
        ):
            assert read(source, only(source), start=3) == data[3:]

    def test_the_rest_of_a_short_read_is_requested_again(self, client: Client, root: Path) -> None:
        """OpenSSH returns at most 255 KiB for any request."""
        data = (root / "clip.mp4").read_bytes()
        client.read_size = 1024**2
        reads = Reads(client, client.open_handle(f"{root}/clip.mp4"), 0, len(data))
        chunks = list(iter(reads.read, b""))
        assert b"".join(chunks) == data
        assert max(map(len, chunks)) < len(data)
        reads.leave()

    def test_an_unexpected_answer_is_reported(
        self, client: Client, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reads = Reads(client, client.open_handle(f"{root}/clip.mp4"), 0, PACKET)
        with pytest.raises(SFTPError, match="type"):
            client.content(CMD_HANDLE, SftpAnswer())
        answer = Message()
        answer.add_string(b"x" * (PACKET + 1))
        monkeypatch.setattr(Client, "answer", lambda *_: (CMD_DATA, SftpAnswer(answer.asbytes())))
        with pytest.raises(SFTPError, match="32769 of 32768 bytes"):
            reads.read()

    def test_a_refusal_is_not_lost_among_the_others(self, client: Client, root: Path) -> None:
        """Even if its answer comes while another one is awaited."""
        for between in (lambda: None, lambda: client.real("/")):
            handle = client.open_handle(str(root))  # a folder: most servers open it, none reads it
            reads = Reads(client, handle, 0, PACKET)
            between()
            with pytest.raises(Refused):
                reads.read()
            reads.leave()


def test_an_empty_answer_for_a_name_is_reported(
    source: SftpSource, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "link").symlink_to("nowhere")
    list(source.assets())
    nothing = Message()
    nothing.add_int(0)
    client = source._session.opened().client  # noqa: SLF001 - no other way to its requests
    monkeypatch.setattr(client, "_request", lambda *_: (0, Message(nothing.asbytes())))
    with pytest.raises(SFTPError):
        client.real("/")
