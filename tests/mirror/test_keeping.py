"""The methods that prove, check, unpublish and tidy return what the commands print."""

from __future__ import annotations

import threading

import pytest

from syncer import ConfigError, Locked, Mirror
from syncer.errors import Exit
from syncer.manifest import atomic
from syncer.origin.ownership.bootstrap import BootstrapNote
from tests.home import SIGNATURE, Home
from tests.mirror import test_mirror

mirror = test_mirror.mirror


def test_bootstrap_proves_the_origin_for_the_runs_after_it(home: Home, mirror: Mirror) -> None:
    home.sign()
    home.write()
    mirror = Mirror.load(mirror.config.file)
    assert mirror.sync().exit is Exit.UNPROVEN
    notes: list[BootstrapNote] = []
    done = mirror.bootstrap(progress=notes.append)
    assert (done.proven, [file.name for file in done.files], done.records) == (True, [SIGNATURE], ())
    assert BootstrapNote("✓", f"placed {SIGNATURE}") in notes
    assert "click Verify" in done.steps
    assert mirror.sync().exit is Exit.OK
    (proof,) = mirror.status().signature_files
    assert proof.checked_at


def test_a_bootstrap_without_a_file_is_refused(mirror: Mirror) -> None:
    with pytest.raises(ConfigError, match="nothing to place"):
        mirror.bootstrap()


def test_stop_ends_a_bootstrap_that_waits(home: Home, mirror: Mirror) -> None:
    home.sign()
    home.config["origin"]["connect_to"] = "127.0.0.1:1"
    home.write()
    mirror = Mirror.load(mirror.config.file)
    placed = threading.Event()

    def show(note: BootstrapNote) -> None:
        if note.text.startswith("placed"):
            placed.set()

    def stop() -> None:
        placed.wait()
        mirror.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    assert not mirror.bootstrap(3600, show).proven
    thread.join()


def test_a_check_gives_what_the_command_prints(home: Home, mirror: Mirror) -> None:
    assert mirror.sync().exit == 0
    (home.site.root / "clips/b.mp4").unlink()
    with mirror.check() as checks:
        found = {each.target.url: each.accepted for each in checks}
    assert (checks.exit, checks.counts[True], checks.counts[False]) == (Exit.REJECTED, 1, 1)
    assert [entry.key for entry in mirror.urls()] == ["a.mp4"] == list(home.manifest())
    told = home.syncer("check", "--json").json["results"]
    assert {each["url"]: each["accepted"] for each in told} == found


def test_a_check_that_is_left_early_holds_no_lock(mirror: Mirror) -> None:
    assert mirror.sync().exit == 0
    with mirror.check() as checks:
        assert next(iter(checks)).accepted
        with pytest.raises(Locked):
            Mirror(mirror.config).sync()
    assert mirror.sync().exit == 0


def test_any_url_can_be_checked(home: Home, mirror: Mirror) -> None:
    assert mirror.sync().exit == 0
    with mirror.check([f"{home.site.url}clips/a.mp4", "https://bucket.s3.amazonaws.com/a.mp4?X=1"]) as checks:
        assert [each.accepted for each in checks] == [True, False]
    assert checks.exit is Exit.REJECTED


def test_what_is_unpublished_stays_so_until_it_is_readmitted(home: Home, mirror: Mirror) -> None:
    assert mirror.sync().exit == 0
    done = mirror.unpublish("a.mp4")
    assert [(each.key, each.path) for each in done.deleted] == [("a.mp4", "clips/a.mp4")]
    assert (done.exit, done.failed, done.kept) == (Exit.OK, (), ())
    assert home.public() == {"clips/b.mp4"}
    assert mirror.sync().counts["unpublished"] == 1
    assert mirror.readmit("a.mp4") == (("clips", "a.mp4"),)
    assert mirror.sync().counts["copied"] == 1
    with pytest.raises(ConfigError):
        mirror.unpublish("nothing.mp4")


def test_tidy_removes_what_was_left_staged(home: Home, mirror: Mirror) -> None:
    assert mirror.sync().exit == 0
    left = atomic.staged(home.folder / "urls.json")
    left.touch()
    seen: list[str] = []
    done = mirror.tidy(progress=lambda name, _gone: seen.append(name))
    assert list(done.removed) == seen == [str(left)]
    assert home.public() == {"clips/a.mp4", "clips/b.mp4"}
    assert not mirror.tidy().removed
