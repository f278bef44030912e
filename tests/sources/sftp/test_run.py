"""A whole run from an SSH server, and config errors about one."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from syncer.errors import SourceError
from syncer.sources.sftp import SftpSource
from tests import configs
from tests.configs import ORIGIN, complaint, loaded
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.sshd import Sshd, keygen
from tests.servers.wire import relay

folder = configs.folder


@pytest.fixture
def over(home: Home, sshd: Sshd) -> Home:
    """The user's media is on an SSH server."""
    home.config["sources"]["clips"] = plain(sshd.source(home.media))
    return home


def test_what_is_new_is_copied_once_and_what_changed_again(over: Home) -> None:
    for number in range(12):
        over.put(f"2024/clip {number}.mp4", mp4(seed=number))
    assert over.sync()["counts"]["copied"] == 12
    assert set(over.manifest()) == {f"2024/clip {number}.mp4" for number in range(12)}
    over.put("2024/clip 3.mp4", mp4(size=3_000, seed=99))
    done = over.sync()
    assert (done["counts"]["copied"], done["counts"]["kept"]) == (1, 11)
    assert (over.site.root / "clips/2024/clip 3.mp4").read_bytes() == mp4(size=3_000, seed=99)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lets others log in")
def test_a_file_that_may_not_be_read_costs_only_itself(sshd: Sshd, home: Home, web_root: Path) -> None:
    media = web_root.parent / "on-the-server"
    media.mkdir(mode=0o755)
    home.config["sources"]["clips"] = plain(sshd.source(media, user="nobody"))
    for name, mode in (("a.mp4", 0o644), ("b.mp4", 0o600), ("c.mp4", 0o644)):
        (media / name).write_bytes(mp4())
        (media / name).chmod(mode)
    assert home.sync()["exit_code"] == 3
    assert set(home.manifest()) == {"a.mp4", "c.mp4"}
    assert home.troubles()["b.mp4"]["code"] == "source.denied"


@pytest.mark.parametrize("most", [2, 3])
def test_no_more_connections_are_opened_than_are_allowed(
    over: Home, sshd: Sshd, tmp_path: Path, most: int
) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"127.0.0.1 {sshd.host_key('ed25519')}\n")
    for number in range(20):
        over.put(f"{number}.mp4", mp4(seed=number))
    with relay(sshd.port) as wire:
        behind = sshd.source(over.media, port=wire.port, known_hosts=known, connections=most)
        over.config["sources"]["clips"] = plain(behind)
        over.config["workers"] = 8
        assert over.sync()["counts"]["copied"] == 20
        assert 2 <= wire.connections <= most


def test_a_host_that_is_unknown_or_changed_is_refused_and_nothing_is_lost(
    over: Home, sshd: Sshd, tmp_path: Path
) -> None:
    over.put("clip.mp4", mp4())
    assert over.sync()["exit_code"] == 0
    over.config["delete"] = "mirror"
    known = tmp_path / "known_hosts"
    over.config["sources"]["clips"]["known_hosts"] = str(known)
    stranger = keygen(tmp_path / "other", "ed25519").with_suffix(".pub").read_text()
    for line, said in (("", "is not known"), (f"[127.0.0.1]:{sshd.port} {stranger}", "HAS CHANGED")):
        known.write_text(line)
        ran = over.syncer("sync")
        assert ran.code == 1
        assert said in ran.err
        assert f"ssh-keyscan -p {sshd.port}" in ran.err
        assert over.public() == {"clips/clip.mp4"}
    with closing(SftpSource("clips", sshd.source(over.media, known_hosts=known))) as source:
        with pytest.raises(SourceError) as caught:
            list(source.assets())
        assert (caught.value.code, caught.value.transient) == ("source.host_key", False)


def test_a_server_that_is_away_costs_nothing_that_is_published(over: Home) -> None:
    over.put("clip.mp4", mp4())
    assert over.sync()["exit_code"] == 0
    over.config["delete"] = "mirror"
    over.config["sources"]["clips"]["root"] = str(over.media / "nowhere")
    done = over.sync()
    assert done["exit_code"] == 1
    assert "source.missing" in str(done)
    assert over.public() == {"clips/clip.mp4"}


# A source that contains its destination


def at(host: str, root: str, port: int = 22, user: str = "u") -> str:
    return f"{{kind: sftp, host: {host}, port: {port}, user: {user}, root: {root}}}"


def both(source: str, destination: str) -> str:
    origin = ORIGIN.replace("{kind: local, root: web}", destination)
    return f"{origin}sources:\n  clips: {source}\n"


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        *[("/srv", "/srv/web"), ("/", "/srv"), (".", "media"), ("//srv/x/..", "/srv/y/../web")],
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_source_that_holds_its_destination_is_refused(source: str, destination: str) -> None:
    assert complaint(both(at("VPS.example.com", source), at("vps.example.com", destination))) == (
        f'config.yaml:6:71: sources.clips.root: "{source}" and the destination\'s root "{destination}"'
        " must be separate: otherwise copies would be listed and copied again, without end"
    )


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        (at("a", "/srv/in"), at("a", "/srv/web")),
        (at("a", "/srv"), at("b", "/srv")),
        (at("a", "/srv"), at("a", "/srv", port=23)),
        (at("a", "/srv"), at("a", "/srv", user="w")),
        (at("a", "srv"), at("a", "/home/u/srv")),
        (at("a", "."), at("a", "/srv")),
        (at("a", "in"), at("a", "web")),
        (at("a", "/srv"), "{kind: local, root: /srv}"),
        (at("a", "/srv"), "{kind: s3, bucket: b}"),
        ("{kind: local, root: /srv}", at("a", "/srv")),
    ],
)
@pytest.mark.usefixtures("folder")
def test_separate_or_incomparable_places_are_accepted(source: str, destination: str) -> None:
    assert loaded(both(source, destination)).sources


@pytest.mark.usefixtures("folder")
def test_one_connection_is_too_few() -> None:
    """One lists while another reads."""
    said = complaint(both("{kind: sftp, host: a, root: /b, connections: 1}", "{kind: local, root: web}"))
    assert "sources.clips.connections: " in said
    assert "2" in said
