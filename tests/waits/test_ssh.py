"""Law: no SSH server hangs a run, at whatever stage it stops answering."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations.sftp import SftpDestination
from syncer.errors import SyncerError
from syncer.protocols.patience import Patience, Policy
from syncer.sources.sftp import SftpSource
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.sshd import Sshd
from tests.servers.stalling import SSH_STAGES, Stalling, relayed, serving, stalling_ssh
from tests.waits.conftest import errors, texts


def once() -> SharedPace:
    quick = Patience(connect=0.3, answer=0.3, window=0.3, retry=Policy(attempts=1))
    return SharedPace(patience=quick)


@pytest.mark.parametrize("stage", SSH_STAGES)
def test_no_stage_of_a_connection_is_waited_for_without_end(tmp_path: Path, stage: str) -> None:
    with stalling_ssh(stage, tmp_path) as (server, settings):
        source = SftpSource("clips", SftpSource.Config(kind="sftp", root="x", **settings), once())
        place = SftpDestination(SftpDestination.Config(kind="sftp", root="x", **settings), once())
        for ask in (lambda: list(source.assets()), place.check):
            with pytest.raises(SyncerError) as caught:
                ask()
            assert caught.value.code in ("source.lost", "destination.lost")
            assert caught.value.transient
            assert "in time" in caught.value.message
            assert f"127.0.0.1:{server.port}" in caught.value.message
        assert server.reached.is_set()


def test_a_source_that_stalls_is_given_up_and_the_others_are_copied(quick: Home, tmp_path: Path) -> None:
    quick.put("a.mp4", mp4())
    with stalling_ssh("INIT", tmp_path) as (_, settings):
        stalls = {"kind": "sftp", "root": "x", **texts(settings)}
        quick.config["sources"] = {"footage": stalls, **quick.config["sources"]}
        report = quick.sync()
    ((code, _),) = errors(report)
    assert code in ("source.lost", "source.given_up")
    assert (report["exit_code"], report["listed"]) == (1, 1)
    assert quick.public() == {"clips/a.mp4"}


def test_a_destination_that_stalls_ends_the_run_and_the_manifest_stays_right(
    quick: Home, tmp_path: Path
) -> None:
    quick.put("a.mp4", mp4())
    assert quick.sync()["exit_code"] == 0
    before = quick.manifest()
    quick.put("b.mp4", mp4(seed=2))
    root = quick.config["origin"]["destination"]["root"]
    with stalling_ssh("INIT", tmp_path) as (_, settings):
        quick.config["origin"]["destination"] = {"kind": "sftp", "root": root, **texts(settings)}
        report = quick.sync()
    ((code, _),) = errors(report)
    assert code in ("destination.lost", "destination.given_up")
    # Whose the destination is could not be asked: the manifest of before stays, and its URLs are served.
    assert (report["exit_code"], report["listed"]) == (1, None)
    assert [*quick.manifest()] == [*before] == ["a.mp4"]


def test_a_source_that_lists_and_gives_no_byte_costs_its_patience_once(
    quick: Home, sshd: Sshd, tmp_path: Path
) -> None:
    """And not once for each of its files."""
    footage = tmp_path / "footage"
    footage.mkdir()
    for number in range(30):
        (footage / f"{number:02}.mp4").write_bytes(mp4(300_000, seed=number))
    with serving(relayed(sshd.port, 20_000)) as server:
        quick.config["sources"] = {"footage": plain(sshd.source(footage))}
        quick.config["timeouts"] = {"connect": "5s", "answer": "300ms", "give_up": "600ms"}
        quick.config["sources"]["footage"] |= {
            "port": server.port,
            "known_hosts": _known(sshd, server, tmp_path),
        }
        report = quick.sync()
        assert server.reached.is_set()
        ((code, message),) = errors(report)
        assert code == "source.given_up"
        assert "failed every request for" in message
        assert report["counts"]["failed"] < 30, "the rest was not tried"
    quick.config["sources"] = {"footage": plain(sshd.source(footage))}
    assert quick.sync()["counts"]["copied"] == 30


def _known(sshd: Sshd, server: Stalling, folder: Path) -> str:
    """The same keys, of another port."""
    file = folder / "relayed"
    file.write_text(sshd.known_hosts.read_text().replace(f":{sshd.port} ", f":{server.port} "))
    return str(file)
