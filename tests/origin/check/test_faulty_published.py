"""Laws of published files that break off: each leaves the manifest until it is seen whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.connect.retry import Policy
from syncer.mirror import checks, scanning
from syncer.origin import http
from tests.home import Home
from tests.media import mp4
from tests.servers.faulty import faulty
from tests.servers.nginx import StartNginx
from tests.servers.stalling import Stalling

BODY = mp4(600_000, seed=8)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "POLICY", Policy(attempts=1))


@pytest.fixture
def origin() -> Iterator[Stalling]:
    with faulty(BODY) as running:
        yield running


@pytest.fixture
def healthy(home: Home) -> str | None:
    """Where the origin is, that serves all files right."""
    home.config["check"] = {"recheck": "1ms"}
    for name in ("good", "plainhalf", "allcut", "hangup", "other"):
        home.put(f"{name}.mp4", BODY)
    place: str | None = home.config["origin"]["connect_to"]
    return place


def behind(home: Home, nginx: StartNginx, origin: Stalling, *names: str) -> None:
    """From now on nginx has these from an origin with faults."""
    hangs_up, elsewhere = "return 444;", f"proxy_pass {origin.url};"
    told = "".join(
        f"location = /clips/{name}.mp4 {{ {hangs_up if name == 'hangup' else elsewhere} }}" for name in names
    )
    home.config["origin"]["connect_to"] = nginx(home.site.root, server=told).connect_to


ALL = {"good.mp4", "plainhalf.mp4", "allcut.mp4", "hangup.mp4", "other.mp4"}


def test_one_that_never_answers_leaves_the_manifest_and_the_others_stay(
    home: Home, nginx: StartNginx, origin: Stalling, healthy: str | None
) -> None:
    assert healthy
    home.config |= {"timeouts": {"answer": "1s"}, "workers": 2}
    home.put("mute.mp4", BODY)
    assert home.sync()["exit_code"] == 0
    behind(home, nginx, origin, "mute")
    ran = home.syncer("check", "--json")
    assert ran.code == 4
    told = {each["url"].rpartition("/")[2]: each["accepted"] for each in ran.json["results"]}
    assert told == {"mute.mp4": False} | dict.fromkeys(ALL, True)
    assert set(home.manifest()) == ALL


@pytest.mark.parametrize("fault", ["plainhalf", "allcut", "hangup"])
def test_what_breaks_off_leaves_the_manifest_until_it_is_seen_whole(
    home: Home, nginx: StartNginx, origin: Stalling, healthy: str | None, fault: str
) -> None:
    assert home.sync()["exit_code"] == 0
    behind(home, nginx, origin, fault)
    ran = home.syncer("check")
    assert ran.code == 4
    assert f"{fault}.mp4" in ran.out
    assert set(home.manifest()) == ALL - {f"{fault}.mp4"}
    home.sync()
    assert set(home.manifest()) == ALL - {f"{fault}.mp4"}, "sync reads on where check found it cut"
    home.config["origin"]["connect_to"] = healthy
    assert home.sync()["exit_code"] == 0
    assert set(home.manifest()) == ALL


def test_several_with_one_fault_are_one_entry_with_an_example(
    home: Home, nginx: StartNginx, origin: Stalling, healthy: str | None
) -> None:
    assert healthy
    home.put("allcut2.mp4", BODY)
    home.put("allcut3.mp4", BODY)
    assert home.sync()["exit_code"] == 0
    behind(home, nginx, origin, "allcut", "allcut2", "allcut3")
    ran = home.syncer("check")
    assert f"✗ 3 URLs, such as {home.site.url}clips/allcut.mp4\n" in ran.out
    assert ran.out.count("[origin.incomplete]") == 1
    assert set(home.manifest()) == ALL - {"allcut.mp4"}


def test_a_host_that_answers_nothing_changes_nothing_in_a_check(
    home: Home, nginx: StartNginx, healthy: str | None
) -> None:
    assert healthy
    assert home.sync()["exit_code"] == 0
    home.config["origin"]["connect_to"] = nginx(
        home.site.root, server="location ~ . { return 444; }"
    ).connect_to
    ran = home.syncer("check")
    assert "of media.example.test, such as https://media.example.test/clips/" in ran.out
    assert set(home.manifest()) == ALL


@pytest.mark.parametrize("fault", ["plainstop", "allcut", "twice", "less"])
def test_sync_lists_nothing_new_that_a_plain_get_does_not_get(
    home: Home, nginx: StartNginx, origin: Stalling, fault: str
) -> None:
    home.put(f"{fault}.mp4", BODY)
    home.put("good.mp4", BODY)
    behind(home, nginx, origin, fault)
    report = home.sync()
    assert (report["exit_code"], report["counts"]["stored"]) == (3, 1)
    assert set(home.manifest()) == {"good.mp4"}


def test_each_file_has_its_turn_to_be_read_whole(
    home: Home, nginx: StartNginx, origin: Stalling, healthy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a few of a large mirror are, each day others, and in one day the same."""
    assert healthy
    assert home.sync()["exit_code"] == 0
    monkeypatch.setattr(checks, "WHOLE", 1)
    monkeypatch.setattr(http, "SAMPLE", 65_536)
    behind(home, nginx, origin, "plainhalf")
    real, found = scanning.clock, []
    for day in range(100):
        monkeypatch.setattr(scanning, "clock", lambda day=day: real() + timedelta(days=day))
        found.append(home.syncer("check").code)
        if found[-1] == 4:
            break
    assert found[-1] == 4
    assert home.syncer("check").code == 4, "it is read whole from now on"


def test_one_url_that_breaks_off_ends_no_rebuild(
    home: Home, nginx: StartNginx, origin: Stalling, healthy: str | None
) -> None:
    assert healthy
    home.put("plainstop.mp4", BODY)
    assert home.sync()["exit_code"] == 0
    (home.folder / "syncer.db").unlink()
    faults = ("plainstop", "allcut", "hangup")
    behind(home, nginx, origin, *faults)
    ran = home.syncer("catalogue", "rebuild", "--json")
    assert ran.code == 0, ran.err
    assert set(home.syncer("urls").out.split()) == {
        f"{home.site.url}clips/{name}.mp4" for name in ("good", "other", "plainhalf")
    }
