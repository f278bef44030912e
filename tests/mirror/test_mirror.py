"""Laws of the Python API: it does what the commands do, and leaves the process to its caller."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from syncer import ConfigError, Locked, Mirror, SyncerError
from syncer.errors import CatalogueError, Exit
from syncer.mirror.values import Progress
from syncer.model import State
from tests.home import Home
from tests.media import mp4
from tests.project.test_packaging import SDKS, loaded


@pytest.fixture
def mirror(home: Home) -> Mirror:
    """Of two files."""
    home.put("a.mp4", mp4(seed=1))
    home.put("b.mp4", mp4(seed=2))
    home.write()
    return Mirror.load(home.folder / "config.yaml")


def test_loading_a_config_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "origin: {url: https://media.example.com/, property: https://media.example.com/,"
        " destination: {kind: s3, bucket: media}}\n"
        f"sources: {{clips: {{kind: sftp, host: nas.example.com, root: {tmp_path}}}}}\n"
    )
    program = f"from syncer import Mirror\nMirror.load({str(file)!r}, secrets=False)"
    assert loaded(program) & (SDKS | {"click"}) == {"pydantic", "yaml"}


def test_a_method_that_needs_no_network_loads_no_sdk(mirror: Mirror) -> None:
    assert mirror.sync().exit == 0
    program = (
        f"from syncer import Mirror\nmirror = Mirror.load({str(mirror.config.file)!r})\n"
        "with mirror.plan() as plan: assert [step.action for step in plan] == ['keep', 'keep']\n"
        "assert mirror.url_for('a.mp4')\n"
        "assert len([*mirror.urls()]) == mirror.status().last_run.counts['copied']"
    )
    assert loaded(program) & (SDKS | {"click", "google"}) == {"pydantic", "yaml", "sqlite3"}


def test_a_run_returns_what_the_command_prints(home: Home, mirror: Mirror) -> None:
    home.put("c.mp4", b"no media")
    seen: list[Progress] = []
    done = mirror.sync(seen.append)
    assert (done.exit, done.listed, done.errors) == (Exit.REJECTED, 2, ())
    assert {each.key: each.event for each in seen if each.event != "inspected"} == {
        "a.mp4": "published",
        "b.mp4": "published",
        "c.mp4": "rejected",
    }
    told = home.syncer("status", "--json").json
    assert told["last_run"]["counts"] == dict(done.counts)
    assert mirror.passed >= sum(entry.size or 0 for entry in mirror.urls())


def test_a_plan_names_what_the_run_then_does(mirror: Mirror) -> None:
    with mirror.plan() as plan:
        steps = list(plan)
    assert not plan.errors
    seen: list[Progress] = []
    mirror.sync(seen.append)
    published = {(each.source, each.key) for each in seen if each.event == "published"}
    assert {(step.source, step.key) for step in steps if step.action == "copy"} == published
    with mirror.plan() as plan:
        assert {step.action for step in plan} == {"keep"}


def test_a_plan_that_is_left_early_holds_nothing(mirror: Mirror) -> None:
    with mirror.plan() as plan:
        next(iter(plan))
    assert mirror.sync().exit == 0
    assert _open_files(mirror) == 0


def _open_files(mirror: Mirror) -> int:
    file = mirror.config.catalogue.removeprefix("sqlite:///")
    links = Path("/proc/self/fd").iterdir()
    return sum(str(link.readlink()).startswith(file) for link in links if link.is_symlink())


def test_urls_are_those_of_the_manifest(home: Home, mirror: Mirror) -> None:
    assert mirror.sync().exit == 0
    assert {entry.key: entry.url for entry in mirror.urls()} == {
        key: item["url"] for key, item in home.manifest().items()
    }
    assert [entry.key for entry in mirror.urls("b*")] == ["b.mp4"]
    assert "".join(mirror.manifest(form="txt")) == home.syncer("urls").out
    assert mirror.url_for("a.mp4") == mirror.url_for("clips:a.mp4") == home.manifest()["a.mp4"]["url"]
    assert mirror.url_for("none.mp4") is None


def test_a_key_of_two_sources_is_not_guessed(home: Home, mirror: Mirror) -> None:
    (home.folder / "more").mkdir()
    (home.folder / "more/a.mp4").write_bytes(mp4(seed=3))
    home.config["sources"]["more"] = {"kind": "local", "root": "more"}
    home.write()
    mirror = Mirror.load(home.folder / "config.yaml")
    assert mirror.sync().exit == 0
    with pytest.raises(ConfigError, match=r"a\.mp4 is ambiguous: clips:a\.mp4 and more:a\.mp4"):
        mirror.url_for("a.mp4")
    assert mirror.url_for("more:a.mp4") == f"{home.site.url}more/a.mp4"


def test_what_is_not_published_has_no_url(home: Home, mirror: Mirror) -> None:
    home.put("c.mp4", b"no media")
    assert mirror.sync().exit is Exit.REJECTED
    with mirror:
        assert mirror.url_for("c.mp4") is None
        known = mirror.look_up("c.mp4").entry
        assert known
        assert known.state is State.REJECTED
        assert list(mirror.troubles()) == [known]
        assert mirror.status().counts[State.REJECTED] == 1


def test_before_the_first_run_there_is_nothing_to_read(mirror: Mirror) -> None:
    with mirror, pytest.raises(CatalogueError, match="there is no catalogue"):
        mirror.status()
    with pytest.raises(SyncerError):
        list(mirror.urls())
    assert mirror.sync().exit == 0


def test_the_catalogue_may_be_read_while_a_run_writes_it(home: Home, mirror: Mirror) -> None:
    """Also by a thread outside of the `with`."""
    counts: list[int] = []

    def read() -> None:
        counts.append(sum(1 for _ in mirror.urls()))

    def show(_: Progress) -> None:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()

    with mirror:
        assert mirror.sync(show).exit == 0
        assert len(list(mirror.urls())) == 2
        assert mirror.sync(show).exit == 0
    assert counts
    assert set(counts) <= {0, 1, 2}
    assert home.sync()["exit_code"] == 0


def test_another_run_is_told_that_the_lock_is_held(home: Home, mirror: Mirror) -> None:
    refused: list[SyncerError] = []

    def show(_: Progress) -> None:
        with pytest.raises(Locked) as caught:
            Mirror(mirror.config).sync()
        refused.append(caught.value)

    assert mirror.sync(show).exit == 0
    assert refused
    assert home.syncer("sync").code == 0


def test_stop_ends_a_run_in_good_order_and_another_mirror_goes_on(home: Home, mirror: Mirror) -> None:
    for number in range(40):
        home.put(f"more/{number:02}.mp4", mp4(seed=10 + number))
    done = mirror.sync(lambda _: mirror.stop())
    assert (done.exit, done.interrupted, done.listed) == (Exit.INTERRUPTED, True, None)
    assert mirror.sync().interrupted
    again = Mirror(mirror.config).sync()
    assert (again.exit, again.listed) == (Exit.OK, 42)


def test_stop_ends_a_run_that_waits_for_a_server(home: Home, mirror: Mirror) -> None:
    """From another thread, as the run's own is waiting."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        link = f"http://127.0.0.1:{mute.getsockname()[1]}/a.mp4"
        home.config["sources"] = {"links": {"kind": "links", "urls": [link], "allow_private": True}}
        home.write()
        mirror = Mirror.load(mirror.config.file)

        def stop_when_asked() -> None:
            with mute.accept()[0] as connection:
                mirror.stop()
                while connection.recv(1024):
                    pass

        thread = threading.Thread(target=stop_when_asked)
        thread.start()
        assert mirror.sync().interrupted
        thread.join()
    assert home.public() == set()


def test_a_plan_can_be_stopped(mirror: Mirror) -> None:
    with mirror.plan() as plan:
        for _ in plan:
            mirror.stop()
    assert plan.interrupted


def test_signals_stay_the_callers(mirror: Mirror) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    seen: list[object] = []
    mirror.sync(lambda _: seen.extend(map(signal.getsignal, (signal.SIGINT, signal.SIGTERM, signal.SIGALRM))))
    assert set(seen) <= set(before)


@pytest.mark.parametrize("given", ["20%", 5, "5", "100%"])
def test_the_limit_of_deletes_is_that_of_the_command(home: Home, mirror: Mirror, given: str | int) -> None:
    home.config["delete"] = "mirror"
    home.config["max_delete"] = {"share": "10%", "at_least": 0}
    home.write()
    mirror = Mirror.load(mirror.config.file)
    mirror.sync()
    (home.media / "a.mp4").unlink()
    refused = mirror.sync()
    assert [error.code for error in refused.errors] == ["plan.unsafe"]
    assert mirror.sync(max_delete=given).counts["deleted"] == 1


@pytest.mark.parametrize("given", ["20x", -1, "200%"])
def test_a_limit_that_means_nothing_is_refused_before_the_run(mirror: Mirror, given: str | int) -> None:
    with pytest.raises(ConfigError, match="max_delete"):
        mirror.sync(max_delete=given)
    with pytest.raises(SyncerError):
        mirror.status()


def test_a_process_that_misreads_file_names_is_refused(mirror: Mirror) -> None:
    """Their URLs would differ."""
    program = f"from syncer import Mirror\nMirror.load({str(mirror.config.file)!r})"
    odd = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | odd, capture_output=True, text=True, check=False
    )
    assert "ConfigError: this Python reads file names as ascii" in ran.stderr
