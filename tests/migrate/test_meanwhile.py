"""`syncer migrate` replaces no file that somebody else changed, and no file that it can't replace."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncer import Mirror
from syncer.errors import SyncerError
from tests.bad_input import immutable
from tests.home import Home
from tests.media import mp4
from tests.servers.wire import Answer, scripted

ROW = "2,the user wrote this during the run\n"


@pytest.fixture
def posts(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A document with one link to media, in the current folder."""
    film = Answer(headers={"Content-Type": "video/mp4"}, body=mp4())
    with scripted(film) as cdn:
        home.config |= {"sources": {}, "migrate": {"allow_private": True}}
        home.write()
        monkeypatch.chdir(home.folder)
        file = home.folder / "posts.csv"
        file.write_text(f"id,video\n1,{cdn}/films/a.mp4\n")
        yield file


def append(file: Path) -> None:
    with file.open("a") as stream:
        stream.write(ROW)


def replace(file: Path) -> None:
    new = file.with_name("new")
    new.write_text(ROW)
    new.rename(file)


def touch_up(file: Path) -> None:
    """The size stays."""
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))


def relink(file: Path) -> None:
    new = file.with_name("next.csv")
    new.write_text(ROW)
    file.unlink()
    file.symlink_to(new)


EDITS = [append, replace, touch_up, relink]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("*.csv")}


def migrated_while(edit: Callable[[], object], home: Home, file: Path, output: Path) -> SyncerError:
    before: list[dict[str, bytes]] = []

    def work(_: object) -> None:
        if not before:
            edit()
            before.append(contents(home.folder))

    with pytest.raises(SyncerError) as caught:
        Mirror.load(home.folder / "config.yaml").migrate(file, output, work)
    assert contents(home.folder) == before[0], "nothing was lost"
    assert not list(home.folder.glob(".*.syncer-part"))
    return caught.value


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("output", ["posts.csv", "out.csv"])
def test_a_document_that_is_changed_during_the_run_is_not_migrated(
    home: Home, posts: Path, edit: Callable[[Path], None], output: str
) -> None:
    error = migrated_while(lambda: edit(posts), home, posts, Path(output))
    assert error.code == "migrate.changed"
    assert "posts.csv was changed during the run, so its links were not replaced" in error.message
    again = home.syncer("migrate", "posts.csv", "-o", output)
    assert (again.code, again.err) == (0, ""), "nothing is copied again"


def loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


def bury(file: Path) -> None:
    """Its folder is a file now."""
    file.parent.rename(file.parent.with_name("away"))
    file.parent.write_text("a file")


@pytest.mark.parametrize("edit", [loop, bury])
@pytest.mark.parametrize("lost", ["document", "output"])
def test_a_file_that_can_not_be_reached_any_more_is_told(
    home: Home, posts: Path, edit: Callable[[Path], None], lost: str
) -> None:
    (home.folder / "deep").mkdir()
    document = posts.rename(home.folder / "deep/posts.csv") if lost == "document" else posts
    output = home.folder / ("out.csv" if lost == "document" else "deep/out.csv")
    output.write_text("an older output")
    lost_file = document if lost == "document" else output
    error = migrated_while(lambda: edit(lost_file), home, document, output)
    assert error.code in ("migrate.changed", "migrate.output")
    assert f"{lost_file.name} can't be " in error.message


@pytest.mark.parametrize("name", ["/proc/self/mem", "/dev/zero", "/dev/urandom"])
def test_what_can_not_be_read_as_a_file_is_refused(home: Home, name: str) -> None:
    home.write()
    ran = home.syncer("migrate", name, "-o", "out.csv")
    assert ran.code == 2
    assert f"{name} can't be read: " in ran.err
    assert not (home.folder / "out.csv").exists()


def test_standard_input_that_can_not_be_read_is_refused(home: Home) -> None:
    home.write()
    number = os.open("/proc/self/mem", os.O_RDONLY)
    with home.start("migrate", "-", stdin=number, stderr=subprocess.PIPE) as started:
        os.close(number)
        _, err = started.communicate(timeout=60)
    assert started.returncode == 2
    assert b"the document can't be read: Input/output error" in err


@pytest.mark.parametrize("edit", [*EDITS, Path.touch])
def test_an_output_that_is_changed_during_the_run_is_not_overwritten(
    home: Home, posts: Path, edit: Callable[[Path], None]
) -> None:
    out = home.folder / "out.csv"
    if edit is not Path.touch:
        out.write_text("1,an older output\n")
    error = migrated_while(lambda: edit(out), home, posts, out)
    assert error.code == "migrate.changed"
    assert "out.csv was changed during the run, so it was not overwritten" in error.message


def test_the_default_output_is_only_overwritten_as_syncer_wrote_it(home: Home, posts: Path) -> None:
    out = home.folder / "posts.migrated.csv"
    out.write_text("hours of work\n")
    refused = home.syncer("migrate", "posts.csv")
    assert refused.code == 2
    assert "posts.migrated.csv exists, and is not what syncer wrote there last" in refused.err
    assert "say -o posts.migrated.csv" in refused.err
    assert (out.read_text(), home.public()) == ("hours of work\n", set())
    assert home.syncer("migrate", "posts.csv", "-o", "posts.migrated.csv").code == 0
    append(posts)
    assert home.syncer("migrate", "posts.csv").code == 0, "syncer's own output of an older document"
    assert out.read_text().endswith(ROW)
    out.write_text(out.read_text().replace("1", "3", 1))
    assert home.syncer("migrate", "posts.csv").code == 2
    out.unlink()
    assert home.syncer("migrate", "posts.csv").code == 0
    assert home.syncer("migrate", "posts.csv", "--plan").code == 0


@pytest.mark.parametrize("output", ["posts.csv", "out.csv"])
def test_the_target_of_a_link_is_replaced_and_the_link_stays(home: Home, posts: Path, output: str) -> None:
    (home.folder / "deep").mkdir()
    real = home.folder / "deep" / output
    if output == "posts.csv":
        posts.rename(real)
    (home.folder / output).symlink_to(Path("deep") / output)
    (home.folder / "map.csv").symlink_to("deep/map.csv")
    assert home.syncer("migrate", "posts.csv", "-o", output, "--map", "map.csv").code == 0
    for name in (output, "map.csv"):
        assert (home.folder / name).is_symlink()
        assert home.site.url in (home.folder / "deep" / name).read_text()
    assert sorted(file.name for file in real.parent.iterdir()) == ["map.csv", output]


@pytest.mark.usefixtures("posts")
@pytest.mark.parametrize("option", ["-o", "--map"])
def test_a_pipe_is_never_replaced(home: Home, option: str) -> None:
    os.mkfifo(home.folder / "pipe")
    refused = home.syncer("migrate", "posts.csv", option, "pipe")
    assert (refused.code, "pipe can't be written: it is neither a file nor" in refused.err) == (2, True)
    assert stat.S_ISFIFO((home.folder / "pipe").lstat().st_mode)
    assert home.public() == set()


@pytest.mark.usefixtures("posts")
def test_devices_and_open_files_are_written_to(home: Home) -> None:
    (home.folder / "null").symlink_to("/dev/null")
    assert home.syncer("migrate", "posts.csv", "-o", "/dev/null").code == 0
    assert home.syncer("migrate", "posts.csv", "--map", "null").code == 0
    assert (home.folder / "null").is_symlink()
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    url = f"1,{next(iter(home.manifest().values()))['url']}\n"
    for output in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"):
        with (home.folder / "log").open("wb") as log:
            log.write(b"before\n")
            log.flush()
            assert home.start("migrate", "posts.csv", "-o", output, stdout=log).wait(60) == 0
        assert (home.folder / "log").read_text() == f"before\nid,video\n{url}"
    end, start = os.pipe()
    started = home.start("migrate", "posts.csv", "--map", f"/dev/fd/{start}", pass_fds=[start])
    os.close(start)
    with os.fdopen(end) as stream:
        assert stream.read().startswith("link,url,state")
    assert started.wait(60) == 0


@pytest.mark.usefixtures("posts")
@pytest.mark.parametrize("option", ["-o", "--map"])
def test_an_output_that_cant_be_written_is_told_before_anything_is_copied(home: Home, option: str) -> None:
    (home.folder / "locked").mkdir()
    with immutable(home.folder / "locked"):
        for name, said in (
            ("no/out.csv", "create its folder"),
            ("locked/out.csv", "write access to its folder"),
            ("posts.csv/out.csv", "name a file in a folder"),
            (f"{'a' * 250}.csv", "name a file in a folder"),
        ):
            ran = home.syncer("migrate", "posts.csv", option, name)
            assert (ran.code, said in ran.err, len(ran.err.splitlines())) == (2, True, 1)
    assert home.public() == set()


def test_a_document_may_be_a_pipe(home: Home, posts: Path) -> None:
    """What comes from an open pipe goes to standard output."""
    text = posts.read_text()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    for name in ("/dev/stdin", "/dev/fd/0", "-"):
        out, _ = (started := home.start("migrate", name, **pipes)).communicate(text.encode(), timeout=60)
        assert started.returncode == 0
        assert out.decode() == f"id,video\n1,{next(iter(home.manifest().values()))['url']}\n"
    os.mkfifo(home.folder / "named.csv")
    started = home.start("migrate", "named.csv")
    (home.folder / "named.csv").write_text(text)
    assert started.wait(60) == 0
    assert (home.folder / "named.migrated.csv").read_text() == out.decode()
