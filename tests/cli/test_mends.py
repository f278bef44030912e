"""Rough edges of the commands: names that paint, secrets in flags, readers that leave, folders of others."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO, TextIOBase
from pathlib import Path

import pytest

from syncer import cli
from syncer.catalogue import open_catalogue
from syncer.catalogue.lock import lock
from syncer.catalogue.migrate import MIGRATIONS, migrate
from syncer.cli import adhoc, console
from syncer.cli.demo import CONFIG
from syncer.errors import CatalogueError, ConfigError, Locked, SyncerError
from syncer.manifest import atomic
from syncer.model import Entry, Failed, State
from syncer.serving import LocalOrigin
from tests import configs
from tests.configs import complaint
from tests.home import SIGNATURE, Home, Ran
from tests.media import PNG, mp4
from tests.servers.nginx import StartNginx
from tests.servers.ports import free_port

folder = configs.folder

NASTY = "red\x1b[31m c1\x9b31m turn\u202e del\x7f.mp4"
"""A name that a terminal would act on."""


# A source that feeds on its destination


@pytest.mark.parametrize(
    ("source", "destination"), [("web", "web"), ("web/in", "web"), (".", "web"), ("link/in", "web")]
)
@pytest.mark.usefixtures("folder")
def test_a_source_and_a_destination_that_share_files_are_refused(source: str, destination: str) -> None:
    Path("web").mkdir()
    Path("link").symlink_to("web")
    text = (
        "origin:\n  url: https://a.example.com/\n  property: https://a.example.com/\n"
        f"  destination: {{kind: local, root: {destination}}}\n"
        f"sources:\n  clips:\n    kind: local\n    root: {source}\n"
    )
    where = "FOLDER" if source == "." else f"FOLDER/{source}"
    told = complaint(text)
    assert told.startswith(f'config.yaml:8:11: sources.clips.root: "{where}" ')
    if source == ".":
        assert told.endswith(
            ' and the destination\'s root "FOLDER/web" must be apart: what is published would be published'
            " again, without end"
        )
    else:
        assert 'lies inside the destination\'s root "FOLDER/web": copies would be listed' in told


# demo


def test_demo_leaves_a_folder_alone_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("origin: {}\n")
    ran = Home.syncer_alone("demo", str(tmp_path))
    assert ran.code == 1
    assert ran.err == f"syncer: {tmp_path} is not empty, and no demo made it; name another folder\n"
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_demo_keeps_what_was_changed_and_adds_what_is_missing(tmp_path: Path) -> None:
    """A folder that a killed demo left, in which somebody replaced a sample."""
    (tmp_path / "config.yaml").write_text(CONFIG.format(port=1, token="x").splitlines()[0])
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "café.webp").write_bytes(b"mine")
    ran = Home.syncer_alone("demo", str(tmp_path))
    assert ran.code == 2, "a config that is not whole"
    assert (tmp_path / "media" / "café.webp").read_bytes() == b"mine"
    assert len(list((tmp_path / "media").iterdir())) == 6


def test_a_demo_whose_port_is_taken_says_what_can_be_done(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    assert Home.syncer_alone("demo", str(demo)).code == 0
    port = int((demo / "config.yaml").read_text().split("localhost:")[1].split("/")[0])
    with LocalOrigin(demo / "public", demo / "ca", port=port).start():
        ran = Home.syncer_alone("demo", str(demo))
    assert ran.code == 1
    assert f"can't listen on localhost:{port}" in ran.err
    assert f"of {demo}?), or name another folder" in ran.err
    assert "--port" not in ran.err


def test_a_demo_that_can_not_be_served_says_why(tmp_path: Path) -> None:
    assert Home.syncer_alone("demo", str(tmp_path / "demo")).code == 0
    (tmp_path / "demo/ca").rename(tmp_path / "demo/public/ca")
    (tmp_path / "demo/ca").symlink_to("public/ca")
    ran = Home.syncer_alone("demo", str(tmp_path / "demo"))
    assert ran.code == 1
    assert "its key would be served" in ran.err


def test_serve_may_be_quiet(home: Home) -> None:
    port = free_port()
    url = f"https://localhost:{port}/"
    home.config["origin"] = {
        "url": url,
        "property": url,
        "destination": home.config["origin"]["destination"],
    }
    with home.start("serve", "--quiet", stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"origin.ca: " in b"".join(process.stderr.readline() for _ in range(3))
        curl = [
            "curl",
            "-s",
            "--cacert",
            str(home.folder / "ca/ca.pem"),
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            url,
        ]
        assert subprocess.run(curl, capture_output=True, check=True).stdout == b"404"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_the_demo_can_be_called_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "syncer", "demo", str(tmp_path / "demo")]
    ran = subprocess.run(command, capture_output=True, check=True, text=True)
    assert "  python -m syncer serve -c " in ran.stderr


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path, home: Home) -> None:
    (tmp_path / "file").write_text("")
    ran = Home.syncer_alone("demo", str(tmp_path / "file/demo"))
    assert ran.code == 1
    assert "Not a directory" in ran.err
    home.config["origin"]["destination"]["root"] = str(tmp_path / "none/web")
    ran = home.syncer("serve")
    assert ran.code == 2
    assert f"the folder {tmp_path / 'none/web'} can't be made: No such file" in ran.err


# The catalogue


def test_six_first_starts_at_once_all_succeed(tmp_path: Path) -> None:
    script = (
        "import sys; from syncer.catalogue import open_catalogue\n"
        "for line in sys.stdin:\n"
        "    catalogue = open_catalogue('sqlite:///' + line.strip())\n"
        "    catalogue.retire(str(id(catalogue)), 'a', 'b', __import__('datetime').datetime.now())\n"
        "    catalogue.close(); print('ok', flush=True)"
    )
    command = [sys.executable, "-c", script]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    try:
        for number in range(40):
            for process in started:
                assert process.stdin is not None
                process.stdin.write(f"{tmp_path / str(number)}.db\n")
                process.stdin.flush()
            for process in started:
                assert process.stdout is not None
                assert process.stdout.readline() == "ok\n"
    finally:
        for process in started:
            process.communicate(timeout=20)
    assert {process.returncode for process in started} == {0}


def test_migrations_lead_to_todays_version_or_change_nothing(tmp_path: Path) -> None:
    import sqlite3

    file = tmp_path / "syncer.db"
    with closing(open_catalogue(f"sqlite:///{file}")):
        pass
    good = "CREATE TABLE one (a TEXT DEFAULT ';'); -- and; so\nCREATE TABLE two (a);"
    today = 1 + len(MIGRATIONS)
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        with pytest.raises(sqlite3.OperationalError):
            migrate(db, (*MIGRATIONS, good, "CREATE TABLE one (a)"))
        assert db.execute("PRAGMA user_version").fetchone() == (today,)
        assert not db.in_transaction
        migrate(db, (*MIGRATIONS, good))
        assert db.execute("PRAGMA user_version").fetchone() == (today + 1,)
        assert db.execute("SELECT count(*) FROM one, two").fetchone() == (0,)
    with pytest.raises(CatalogueError, match=f"version {today + 1}, and this syncer knows up to {today}"):
        open_catalogue(f"sqlite:///{file}")


def test_a_catalogue_that_another_program_holds_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    monkeypatch.setattr("syncer.catalogue.migrate.WAIT", 0.1)
    file = tmp_path / "syncer.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as db,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            migrate(db)
        other.execute("ROLLBACK")
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        assert catalogue.count() == 0


@contextmanager
def writing(catalogue: Path) -> Iterator[None]:
    """A run that goes on, in a process of its own: SQLite's handles do not survive a fork."""
    script = (
        "import sys; from datetime import UTC, datetime; from syncer.catalogue import open_catalogue\n"
        f"open_catalogue('sqlite:///{catalogue}').begin_run(datetime.now(UTC)); print('begun', flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        yield
        process.kill()


def as_nobody(*arguments: str) -> Ran:
    """In a child that has given up root. The program itself may lie where nobody else may read."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            ran = Home.syncer_alone(*arguments)
            os.write(writer, json.dumps([ran.code, ran.out, ran.err]).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as stream:
        code, out, err = json.loads(stream.read())
    os.waitpid(child, 0)
    return Ran(code, out, err)


def test_a_user_who_may_only_read_can_ask(home: Home) -> None:
    """Nothing is written, whether a run goes on, was killed, or ended."""
    home.put("a.mp4", mp4())
    home.sync()
    where = home.folder
    for parent in [where, *where.parents]:
        if not parent.stat().st_mode & stat.S_IXOTH:
            parent.chmod(0o755)
    where.chmod(0o755)
    del home.config["origin"]["ca"]
    home.syncer("status")
    home.syncer("urls")  # by now all that the child needs is loaded
    config = str(where / "config.yaml")
    for going_on in (False, True):
        with writing(where / "syncer.db") if going_on else nullcontext():
            before = {path.name: path.stat().st_mtime_ns for path in where.iterdir()}
            for command, said in (("status", "1 published"), ("urls", "clips/a.mp4")):
                ran = as_nobody(command, "-c", config)
                assert ran.code == 0, ran.err
                assert said in ran.out
            assert {path.name: path.stat().st_mtime_ns for path in where.iterdir()} == before


def test_a_lock_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    """On a full disk a file can be made, but nothing written to it."""
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", full], check=True)
    try:
        (full / "fill").write_bytes(b"x" * 4096)
        with pytest.raises(CatalogueError, match="No space left on device; let this user") as caught:
            lock(full / "lock").__enter__()
        assert caught.value.code == "catalogue.denied"
    finally:
        subprocess.run(["umount", full], check=True)


def test_a_lock_that_says_nothing_is_held_all_the_same(tmp_path: Path) -> None:
    with lock(tmp_path / "lock"):
        (tmp_path / "lock").write_text("")
        with pytest.raises(Locked, match=f"another run holds the lock {tmp_path}"):
            lock(tmp_path / "lock").__enter__()


def test_an_error_of_the_one_who_holds_the_lock_is_its_own(tmp_path: Path) -> None:
    def broken() -> None:
        with lock(tmp_path / "lock"):
            raise OSError(5, "mine")

    with pytest.raises(OSError, match="mine"):
        broken()
    with lock(tmp_path / "lock"):
        pass


# Readers that leave, terminals that act


def test_a_reader_of_stderr_who_leaves_ends_no_run(home: Home) -> None:
    for number in range(30):
        home.put(f"{number:02}.mp4", mp4(seed=number))
    with home.start("sync", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.stderr.close()
        assert process.stdout is not None
        assert b"30 copied" in process.stdout.read()
    assert process.returncode == 0
    assert len(home.manifest()) == 30


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_a_run_needs_no_stderr(home: Home, closed: str) -> None:
    home.put("a.mp4", mp4())
    home.syncer("status")
    command = f"{sys.executable} -m syncer sync -c {home.folder / 'config.yaml'} {closed}"
    ran = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, check=False)
    assert ran.returncode == 0
    assert b"1 copied" in ran.stdout


def test_a_command_needs_no_stdout(home: Home) -> None:
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        catalogue.put(Entry("clips", "a", State.PUBLISHED, path="a", url="https://media.example.test/a"))
    home.syncer("status")
    command = f"{sys.executable} -m syncer urls -c {home.folder / 'config.yaml'} >&-"
    ran = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_an_interrupt_is_one_word(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("syncer.config.load", interrupted)
    ran = home.syncer("status")
    assert (ran.code, ran.err.strip()) == (130, "syncer: interrupted")


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_any_terminal_can_be_talked_to(home: Home, encoding: str) -> None:
    home.put("日本 é.png", PNG)
    home.sign()
    home.syncer("bootstrap")
    environment = os.environ | {"PYTHONIOENCODING": encoding, "LANG": "C", "LC_ALL": "C"}
    for command, code in (("bootstrap", 0), ("sync", 4), ("status", 0), ("plan", 0)):
        ran = subprocess.run(
            [sys.executable, "-m", "syncer", command, "-c", home.folder / "config.yaml"],
            capture_output=True,
            check=False,
            env=environment,
        )
        assert ran.returncode == code, ran.stderr
        assert b"Error" not in ran.stderr


def test_a_name_can_not_paint_whatever_prints_it(home: Home) -> None:
    """Errors, JSON, logs, the lines of every command."""
    home.put(NASTY, PNG)
    assert home.syncer("sync", "--log-format", "json").err.isascii()
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        entry = Entry("clips", NASTY, State.PUBLISHED, path="x", url="https://media.example.test/x")
        catalogue.put(replace(entry, error=Failed("source.cut", NASTY, NASTY)))
    litter = home.site.root / ".syncer-0123456789abcdef0123456789abcdef.part"
    litter.write_bytes(b"")
    for command in (
        ["status"],
        ["status", "--json"],
        ["urls", "--json"],
        ["urls", "--format", "jsonl"],
        ["plan", "--all"],
        ["plan", "--all", "--json"],
        ["tidy"],
    ):
        ran = home.syncer(*command)
        assert all(line.isprintable() for line in (ran.out + ran.err).split("\n")), command
        if "--json" in command:
            (assets,) = [ran.json[name] for name in ("troubles", "items", "steps") if name in ran.json]
            assert NASTY in [asset["key"] for asset in assets]
    csv = home.syncer("urls", "--format", "csv").out
    assert NASTY in csv, "data is data"


def test_csv_on_a_terminal_is_harmless(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        catalogue.put(Entry("clips", NASTY, State.PUBLISHED, path="x", url="https://media.example.test/x"))
    monkeypatch.setenv("SYNCER_CONFIG", str(home.folder / "config.yaml"))
    home.syncer("status")
    terminal = Terminal()
    with redirect_stdout(terminal):
        cli.run(["urls", "--format", "csv"])
    lines = terminal.getvalue().split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def test_an_error_is_one_line_but_for_those_of_a_config(capsys: pytest.CaptureFixture[str]) -> None:
    console.complain(SyncerError("a\nsyncer: all is well\x9b"))
    console.complain(ConfigError("1: a\n2: b\x1b"))
    assert capsys.readouterr().err == "syncer: a\\nsyncer: all is well\\x9b\nsyncer: 1: a\n2: b\\x1b\n"


# Flags


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sftp://u:hunter2@host:22x/", "a password does not belong"),
        ("sftp://u:hun/ter2@host/", "a password does not belong"),
        ("sftp://u:hun@ter2@host/", "a password does not belong"),
        ("sftp://u@x:hunter2@host/", "a password does not belong"),
        ("s3://AK:hunter2@bucket", "a password does not belong"),
        ("s3://hunter2@bucket", "no access key belongs here"),
        ("hunter2:hunter2@host:/srv", "neither a URL nor a folder"),
        ("u:hunter2@ftp://host/srv", "neither a URL nor a folder"),
        ("sftp://host:hunter2/srv", "not a URL such as"),
        ("sftp://host/srv?hunter2", "write ? as %3F"),
        ("ftp://host/hunter2", "ftp:// is not one of"),
    ],
)
def test_a_secret_in_a_flag_is_never_repeated(text: str, sentence: str) -> None:
    flags = ["--url", "https://a.test/", "--destination", text, "--signature", __file__]
    ran = Home.syncer_alone("bootstrap", *flags)
    assert ran.code == 2
    assert sentence in ran.err
    assert "hunter2" not in ran.err + ran.out


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("./a:b", {"kind": "local", "root": "./a:b"}),
        ("sftp://h/srv", {"kind": "sftp", "host": "h", "root": "/srv"}),
        ("SFTP://u@h:22/a%20b@c", {"kind": "sftp", "host": "h", "root": "/a b@c", "user": "u", "port": 22}),
        ("s3://b/p/q", {"kind": "s3", "bucket": "b", "prefix": "p/q"}),
        ("s3://b", {"kind": "s3", "bucket": "b", "prefix": ""}),
    ],
)
def test_a_destination_in_a_flag(text: str, settings: dict[str, object]) -> None:
    assert adhoc.destination_of(text) == settings


def test_two_signature_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / SIGNATURE).write_text(name)
    flags = ["--url", "https://a.test/", "--destination", str(tmp_path)]
    files = [word for name in "ab" for word in ("--signature", str(tmp_path / name / SIGNATURE))]
    ran = Home.syncer_alone("bootstrap", *flags, *files)
    assert ran.code == 2
    assert ran.err == f"syncer: --signature: 2 files are named {SIGNATURE}\n"


# bootstrap


def test_bootstrap_never_overwrites_published_media(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "{key}"
    home.put("proof.mp4", mp4())
    home.sync()
    before = home.site.get("proof.mp4").content
    (home.folder / "proof.mp4").write_text("x")
    home.config["origin"]["signature_files"] = ["proof.mp4"]
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert "proof.mp4 is the public path of clips:proof.mp4, which would be overwritten" in ran.err
    assert home.site.get("proof.mp4").content == before


def test_a_wait_shorter_than_the_poll_looks_again(home: Home, nginx: StartNginx) -> None:
    home.sign()
    site = nginx(home.site.root, location="return 404;")
    home.config["origin"]["connect_to"] = site.connect_to
    begun = datetime.now(UTC)
    assert home.syncer("bootstrap", "--wait", "0.5").code == 5
    assert (datetime.now(UTC) - begun).total_seconds() < 1.9
    assert sum(f"GET /{SIGNATURE} " in line for line in site.log()) == 2


# plan, status, tidy


def test_plan_refuses_what_sync_would_refuse(home: Home) -> None:
    for number in range(5):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.config["delete"] = "mirror"
    home.sync()
    for number in range(4):
        (home.media / f"{number}.mp4").unlink()
    ran = home.syncer("plan")
    assert ran.code == 1
    assert "4 of 5 published files (80.0%) would be deleted, over max_delete of 10% (at least 3)" in ran.err
    asked = home.syncer("plan", "--json")
    assert asked.code == 1
    assert asked.json["counts"] == {"keep": 1, "hold": 4}
    assert {step["action"] for step in asked.json["steps"]} == {"hold"}, "as `sync` deletes none of them"
    assert [error["code"] for error in asked.json["errors"]] == ["plan.unsafe"]
    assert home.sync()["errors"][0]["code"] == "plan.unsafe"


def test_plan_tells_of_what_is_looked_at_again(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    home.config["origin"]["url"] = home.config["origin"]["property"] = "https://new.example.test/"
    ran = home.syncer("plan")
    assert ran.out.splitlines()[0] == "recheck clips:a.mp4  (new URL)  https://new.example.test/clips/a.mp4"


def test_status_tells_of_what_was_not_seen_yet_and_of_what_has_no_remedy(home: Home) -> None:
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        catalogue.put(Entry("clips", "a", State.STORED, path="a"))
        catalogue.put(Entry("clips", "b", State.FAILED, error=Failed("source.cut", "cut off")))
    lines = home.syncer("status").out.splitlines()
    assert lines[-4:] == [
        "  ? clips:a",
        "      not seen yet",
        "  ! clips:b",
        "      cut off [source.cut]",
    ]


def test_plan_tells_of_what_todays_limits_refuse(home: Home) -> None:
    home.config["check"]["rejected"] = "publish"
    home.put("shot.png", PNG)
    home.sync()
    home.config["check"]["rejected"] = "skip"
    ran = home.syncer("plan")
    assert ran.code == 0
    assert ran.out.startswith("reject  clips:shot.png  (")


@pytest.mark.parametrize("command", ["status", "plan"])
def test_what_is_printed_in_json_takes_no_memory(home: Home, command: str) -> None:
    failed = Failed("source.cut", "cut off " * 50)
    home.config["delete"] = "mirror"
    home.syncer("plan")
    peaks = []
    for numbers in (range(500), range(500, 2500)):
        with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
            for number in numbers:
                url = f"https://media.example.test/{number}"
                catalogue.put(
                    Entry("clips", f"{number}.mp4", State.PUBLISHED, path=str(number), url=url, error=failed)
                )
        tracemalloc.start()
        with redirect_stdout(Counting()) as counting:
            cli.run([command, "--json", "-c", str(home.folder / "config.yaml")])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert counting.count > 500_000
    assert peaks[1] < peaks[0] * 1.2


class Counting(TextIOBase):
    """Keeps nothing."""

    count = 0

    def write(self, text: str) -> int:
        self.count += len(text)
        return len(text)


def test_tidy_removes_what_is_staged_beside_a_manifest(home: Home) -> None:
    staged = atomic.staged(home.folder / "urls.json")
    staged.write_text("half")
    assert home.syncer("tidy", "--older-than", "1h").out == "nothing was left behind\n"
    ran = home.syncer("tidy", "--json")
    assert ran.json == {"removed": [str(staged)]}
    assert f"removed {staged}" in ran.err
    assert not staged.exists()


def test_tidy_says_what_it_can_not_remove(home: Home) -> None:
    staged = atomic.staged(home.folder / "urls.json")
    staged.mkdir()
    ran = home.syncer("tidy")
    assert ran.code == 1
    assert f"{staged} can't be removed: Is a directory" in ran.err
