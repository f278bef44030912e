"""If an older syncer gave the destination another identity, nothing counts as moved."""

from __future__ import annotations

from contextlib import closing

import pytest

from syncer.catalogue import open_catalogue
from syncer.config import load
from syncer.destinations.keys import OWNER_MARK
from tests.home import Home, plain
from tests.laws.test_begun import noted
from tests.media import mp4
from tests.servers.sshd import Sshd


@pytest.fixture
def upgraded(home: Home, sshd: Sshd) -> Home:
    """Published over SFTP without a `user`, by a syncer whose identities had no login name."""
    settings = plain(sshd.destination(home.site.root))
    home.config["origin"]["destination"] = {key: value for key, value in settings.items() if key != "user"}
    for number in range(2):
        home.put(f"{number}.mp4", mp4(2000 + number, seed=number))
    assert home.sync()["exit_code"] == 0
    store = load(home.folder / "config.yaml").origin.destination
    before = store.formerly()
    assert before
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue, catalogue.lock():
        catalogue.rename(store.identity(), before)
        assert [tenure.place for tenure in catalogue.tenures()] == [before]
    return home


def test_a_run_after_an_upgrade_knows_its_destination(upgraded: Home) -> None:
    assert upgraded.syncer("plan").code == 0
    done = upgraded.sync()
    assert (done["exit_code"], done["counts"], done["findings"]) == (0, {"kept": 2}, [])
    store = load(upgraded.folder / "config.yaml").origin.destination
    with closing(open_catalogue(f"sqlite:///{upgraded.folder / 'syncer.db'}", read_only=True)) as catalogue:
        assert [tenure.place for tenure in catalogue.tenures()] == [store.identity()]
    assert upgraded.syncer("plan").code == 0


@pytest.mark.parametrize(
    "command", [["doctor"], ["unpublish", "clips/0.mp4"], ["tidy"]], ids=lambda each: each[0]
)
def test_no_command_takes_it_for_another_destination(upgraded: Home, command: list[str]) -> None:
    ran = upgraded.syncer(*command)
    assert "destination.owner" not in ran.out + ran.err
    assert "the destination is" not in ran.out + ran.err
    done = upgraded.sync()
    assert done["exit_code"] == 0
    assert done["findings"] == []


def test_a_lost_mark_is_still_missed(upgraded: Home) -> None:
    for path in upgraded.site.root.rglob("*.mp4"):
        path.unlink()
    (upgraded.site.root / OWNER_MARK).unlink()
    done = upgraded.sync()
    assert done["exit_code"] == 1
    assert "destination.emptied" in done["log"] + str(done)


def test_what_a_run_left_that_died_before_the_upgrade_is_recovered(upgraded: Home) -> None:
    store = load(upgraded.folder / "config.yaml").origin.destination
    content = upgraded.put("2.mp4", mp4(2002, seed=2)).read_bytes()
    notes = noted(upgraded, "2.mp4", "clips/2.mp4", content, store.formerly() or "")
    (upgraded.site.root / "clips/2.mp4").write_bytes(content)
    assert upgraded.sync()["exit_code"] == 0
    assert set(upgraded.manifest()) == {"0.mp4", "1.mp4", "2.mp4"}
    assert list(notes.left()) == []
