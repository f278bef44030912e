"""The commands as a user or a cron job meets them: what they print, where, and the exit code."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from syncer import cli
from syncer.catalogue import open_catalogue
from tests.home import SIGNATURE, TOKEN, Home
from tests.media import PNG, mp4
from tests.servers.nginx import StartNginx
from tests.servers.sshd import Sshd


@pytest.fixture
def synced(home: Home) -> Home:
    home.put("a.mp4", mp4())
    home.put("2024/b.mp4", mp4(seed=1))
    home.put("shot.png", PNG)
    assert home.sync()["exit_code"] == 4
    return home


# sync


def test_sync_says_what_it_did_on_stdout_and_what_happened_on_stderr(synced: Home) -> None:
    synced.put("c.mp4", mp4(seed=2))
    ran = synced.syncer("sync")
    assert ran.code == 4
    assert ran.out.splitlines()[0] == "1 copied (2.0 kB) · 2 unchanged · 1 rejected by the checks"
    assert "✗ clips:shot.png" in ran.out
    assert "[media.format]" in ran.out
    assert ran.out.splitlines()[-1] == f"3 URLs in {synced.folder / 'urls.json'}"
    (line,) = [line for line in ran.err.splitlines() if " published " in line]
    assert line.endswith(" published clips:c.mp4 https://media.example.test/clips/c.mp4")


def test_a_log_in_json_has_one_object_a_line(synced: Home) -> None:
    synced.put("c.mp4", mp4(seed=2))
    synced.put("d.png", PNG)
    events = [json.loads(line) for line in synced.syncer("sync", "--log-format", "json").err.splitlines()]
    told = {(event["event"], event["key"]) for event in events}
    assert told == {("published", "c.mp4"), ("rejected", "d.png")}
    rejected = next(event for event in events if event["event"] == "rejected")
    assert rejected["code"] == "media.format"
    assert rejected["hint"]


def test_nothing_to_do_is_said(synced: Home) -> None:
    assert synced.syncer("sync").out.startswith("nothing to copy · 2 unchanged")


def test_without_sources_there_is_nothing_to_sync(home: Home) -> None:
    home.config["sources"] = {}
    ran = home.syncer("sync")
    assert ran.code == 2
    assert "there are no sources" in ran.err


def test_another_run_holds_the_lock(synced: Home) -> None:
    with closing(open_catalogue(f"sqlite:///{synced.folder / 'syncer.db'}")) as catalogue, catalogue.lock():
        for command in ("sync", "tidy"):
            ran = synced.syncer(command)
            assert ran.code == 6
            assert f"process {os.getpid()} on " in ran.err
            assert ", since 20" in ran.err


def test_an_unreachable_destination_is_one_sentence_and_no_download(home: Home) -> None:
    home.put("a.mp4", mp4())
    known_hosts = home.folder / "known_hosts"
    known_hosts.write_text("")
    home.config["origin"]["destination"] = {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": 1,
        "user": "nobody",
        "known_hosts": str(known_hosts),
        "root": "/srv",
    }
    done = home.sync()
    assert done["exit_code"] == 1
    assert [error["code"] for error in done["errors"]] == ["destination.unreachable"]
    assert done["counts"] == {}


def test_a_destination_that_fails_every_time_ends_the_run(home: Home, tmp_path: Path) -> None:
    """A full disk does not cost the reading of everything there is."""
    full = tmp_path / "full"
    full.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", full], check=True)
    try:
        home.config["origin"]["destination"]["root"] = str(full)
        home.config["workers"] = 1
        for number in range(90):
            home.put(f"{number:02}.mp4", mp4(2_000_000, seed=number))
        done = home.sync()
        assert done["exit_code"] == 1
        assert done["errors"][0]["code"] == "destination.full"
        assert 50 <= done["counts"]["failed"] < 60
        assert list(full.rglob("*.part")) == []
    finally:
        subprocess.run(["umount", full], check=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_good_order(home: Home, number: signal.Signals) -> None:
    """Nothing half-done is public, what is known is written, the manifest stays as it was."""
    home.config["bandwidth"] = "2MB/s"
    for index in range(40):
        home.put(f"{index:02}.mp4", mp4(300_000, seed=index))
    with home.start("sync", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for _ in range(3):
            assert b" published " in process.stderr.readline()
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"interrupted" in out
    assert not (home.folder / "urls.json").exists()
    public = home.public()
    assert 3 <= len(public) < 40
    assert not [path for path in public if ".syncer-" in path]
    status = home.syncer("status", "--json").json
    assert status["counts"]["published"] == len(public)
    assert status["last_run"]["exit_code"] == 130
    home.config["bandwidth"] = None
    assert home.sync()["counts"]["copied"] == 40 - len(public)


# plan


def test_plan_says_what_sync_would_do_and_changes_nothing(synced: Home) -> None:
    synced.put("a.mp4", mp4(seed=9))
    synced.put("new.mp4", mp4(seed=8))
    (synced.media / "2024/b.mp4").unlink()
    (synced.media / "link.mp4").symlink_to("/etc/hostname")
    synced.config |= {"delete": "mirror", "max_delete": "100%"}
    public, catalogue = synced.public(), synced.syncer("status", "--json").json
    ran = synced.syncer("plan")
    assert ran.code == 3
    lines = {line.split()[0] + " " + line.split()[1]: line for line in ran.out.splitlines()}
    assert "(changed)" in lines["copy clips:a.mp4"]
    assert "(new)" in lines["copy clips:new.mp4"]
    assert "https://media.example.test/clips/new.mp4" in lines["copy clips:new.mp4"]
    assert "(gone from the source)" in lines["delete clips:2024/b.mp4"]
    assert "leaves" in lines["refuse clips:link.mp4"] or "link" in lines["refuse clips:link.mp4"]
    assert "keep clips:shot.png" not in lines
    assert synced.public() == public
    assert synced.syncer("status", "--json").json == catalogue
    everything = synced.syncer("plan", "--json", "--all").json
    assert everything["counts"] == {"copy": 2, "keep": 1, "refuse": 1, "delete": 1}
    assert len(everything["steps"]) == 5


def test_plan_tells_of_a_source_that_is_not_there(synced: Home) -> None:
    synced.config["sources"]["more"] = {"kind": "local", "root": "nowhere"}
    ran = synced.syncer("plan", "--json")
    assert ran.code == 1
    assert ran.json["errors"][0]["code"].startswith("source.")


# urls, status, tidy, config


def test_urls_prints_one_a_line(synced: Home) -> None:
    urls = ["https://media.example.test/clips/2024/b.mp4", "https://media.example.test/clips/a.mp4"]
    assert synced.syncer("urls").out.splitlines() == urls
    assert synced.syncer("urls", "2024/*").out.splitlines() == urls[:1]
    assert synced.syncer("urls", "clips/a*").out.splitlines() == urls[1:]
    assert synced.syncer("urls", "nothing").out == ""


def test_urls_knows_the_formats_of_the_manifest(synced: Home) -> None:
    rows = list(csv.DictReader(io.StringIO(synced.syncer("urls", "--format", "csv").out)))
    assert [row["key"] for row in rows] == ["2024/b.mp4", "a.mp4"]
    assert synced.syncer("urls", "--json", "a.mp4").json["count"] == 1


def test_urls_into_a_closed_pipe_is_no_error_message(synced: Home) -> None:
    for number in range(300):
        synced.put(f"many/{'x' * 200}{number}.mp4", mp4(seed=number))
    synced.sync()
    with synced.start("urls", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.parametrize("command", ["status", "urls"])
def test_what_only_reads_makes_no_catalogue(home: Home, command: str) -> None:
    ran = home.syncer(command)
    assert (ran.code, ran.out) == (1, "")
    assert (
        ran.err == f"syncer: there is no catalogue {home.folder / 'syncer.db'} yet; run `syncer sync` first\n"
    )
    assert not list(home.folder.glob("syncer.db*"))


def test_status_before_the_first_run(home: Home) -> None:
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")):
        pass
    ran = home.syncer("status")
    assert ran.code == 0
    assert "none yet" in ran.out


def test_status_of_a_run_that_was_killed(home: Home) -> None:
    from datetime import UTC, datetime

    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        catalogue.begin_run(datetime.now(UTC))
    assert "has not ended: it goes on, or was killed" in home.syncer("status").out


def test_status_says_each_cause_once_with_its_number_and_lists_all_if_asked(synced: Home) -> None:
    for number in range(30):
        synced.put(f"{number:02}.png", PNG)
    synced.sync()
    ran = synced.syncer("status")
    assert "2 published, 31 rejected" in ran.out
    assert ran.out.count("✗") == 1
    assert "✗ 31 assets, such as clips:" in ran.out
    assert synced.syncer("status", "--all").out.count("✗") == 31
    assert len(synced.syncer("status", "--json").json["troubles"]) == 31


def test_tidy_removes_what_is_staged_and_nothing_else(synced: Home) -> None:
    litter = synced.site.root / "clips" / ".syncer-0123456789abcdef0123456789abcdef.part"
    litter.write_bytes(b"half")
    other = synced.site.root / "clips" / "other.txt"
    other.write_bytes(b"not ours")
    assert "nothing" in synced.syncer("tidy", "--older-than", "1d").out
    ran = synced.syncer("tidy")
    assert ran.out == "1 staged file removed\n"
    assert not litter.exists()
    assert other.exists()
    assert synced.syncer("tidy").out == "nothing was left behind\n"


def test_config_schema_is_json() -> None:
    ran = Home.syncer_alone("config", "schema")
    assert ran.code == 0
    assert ran.json["type"] == "object"


# bootstrap


def test_bootstrap_places_checks_and_says_what_to_click(home: Home) -> None:
    file = home.sign()
    ran = home.syncer("bootstrap")
    assert ran.code == 0, ran.err
    assert home.site.get(SIGNATURE).content == file.read_bytes()
    assert "click Verify" in ran.out
    assert "exactly https://media.example.test/" in ran.out
    assert home.syncer("status", "--json").json["signature_files"] == [home.site.url + SIGNATURE]
    assert home.syncer("bootstrap").code == 0


def test_bootstrap_warns_of_a_file_that_is_not_shaped_like_the_portals(home: Home) -> None:
    home.sign().write_text(f"tiktok-developers-site-verification={TOKEN}\n")
    ran = home.syncer("bootstrap", "--json")
    assert ran.code == 0
    assert "newline" in ran.json["files"][0]["warnings"][0]
    assert home.site.get(SIGNATURE).content.endswith(b"\n"), "byte for byte, all the same"


def test_bootstrap_waits_until_the_file_is_served(home: Home, nginx: StartNginx) -> None:
    home.sign()
    home.config["origin"]["connect_to"] = nginx(home.site.root, location="return 404;").connect_to
    begun = time.monotonic()
    ran = home.syncer("bootstrap", "--wait", "3", "--json")
    assert time.monotonic() - begun > 1.5
    assert ran.code == 5
    assert ran.json["files"][0]["code"] == "ownership.missing"


def test_bootstrap_below_the_prefix_says_what_would_fit(home: Home) -> None:
    home.sign()
    home.config["origin"]["url"] = f"{home.site.url}videos/"
    ran = home.syncer("bootstrap")
    assert ran.code == 5
    assert f"set origin.url to {home.site.url}" in ran.err
    assert "videos/{source}/{key}" in ran.err
    assert home.public() == set()


def test_bootstrap_without_a_signature_file_says_where_to_get_one(home: Home) -> None:
    ran = home.syncer("bootstrap")
    assert ran.code == 2
    assert "signature_files is empty" in ran.err


def test_bootstrap_without_a_config(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The public host does not exist here, so the file is placed and not seen."""
    file = home.sign()
    monkeypatch.chdir(tmp_path)
    flags = ["--url", "https://media.example.test/", "--destination", str(home.site.root)]
    ran = Home.syncer_alone("bootstrap", *flags, "--signature", str(file))
    assert ran.code == 5
    assert home.public() == {SIGNATURE}
    assert "media.example.test" in ran.err
    assert not (tmp_path / "syncer.db").exists()


def test_bootstrap_over_sftp_without_a_config(
    home: Home, sshd: Sshd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys and known hosts are those of the user's own ssh."""
    monkeypatch.setenv("HOME", str(home.folder))
    ssh = home.folder / ".ssh"
    ssh.mkdir()
    (ssh / "known_hosts").write_bytes(sshd.known_hosts.read_bytes())
    (ssh / "id_ed25519").write_bytes(sshd.key.read_bytes())
    (ssh / "id_ed25519").chmod(0o600)
    where = f"sftp://{sshd.user}@{sshd.host}:{sshd.port}{home.site.root}"
    flags = ["--url", "https://media.example.test/", "--destination", where]
    assert Home.syncer_alone("bootstrap", *flags, "--signature", str(home.sign())).code == 5
    assert home.public() == {SIGNATURE}


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--url", "https://a.test/"], "--destination and --signature must be given too"),
        (
            ["--url", "http://a.test/", "--destination", "x", "--signature", __file__],
            "--url: must begin with https://",
        ),
        (
            ["--url", "https://a.test/", "--destination", "ftp://x", "--signature", __file__],
            "ftp:// is not one of",
        ),
        (["--url", "https://a.test/", "--destination", "s3://b/p", "--signature", "missing"], "missing"),
    ],
)
def test_bad_flags_of_bootstrap(flags: list[str], sentence: str) -> None:
    ran = Home.syncer_alone("bootstrap", *flags)
    assert ran.code == 2
    assert sentence in ran.err


# serve and demo


@contextmanager
def serving(home: Home, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    with home.start("serve", *arguments, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def test_demo_does_the_whole_job_and_serve_serves_it(tmp_path: Path) -> None:
    folder = tmp_path / "try it"
    ran = Home.syncer_alone("demo", str(folder))
    assert ran.code == 0, ran.err
    urls = [line for line in ran.out.splitlines() if line.startswith("https://")]
    assert f"serve -c {folder / 'config.yaml'}" in ran.err
    assert len(urls) == 5
    listed = {item["url"]: item for item in json.loads((folder / "urls.json").read_text())["items"]}
    assert set(urls) == set(listed)
    again = Home.syncer_alone("sync", "-c", str(folder / "config.yaml"))
    assert again.code == 5, "nothing serves it now, the signature file neither"
    command = [sys.executable, "-m", "syncer", "serve", "--json", "-c", str(folder / "config.yaml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr is not None
            assert b"is served at" in process.stderr.readline()
            assert process.stdout is not None
            told = json.loads(b"".join(process.stdout.readline() for _ in range(6)))
            assert told["ca"] == str(folder / "ca/ca.pem")
            for url in urls:
                answer = subprocess.run(
                    ["curl", "-sS", "--fail", "--cacert", folder / "ca/ca.pem", url],
                    capture_output=True,
                    check=True,
                )
                assert hashlib.sha256(answer.stdout).hexdigest() == listed[url]["sha256"]
            second = Home.syncer_alone("sync", "--json", "-c", str(folder / "config.yaml"))
            assert second.code == 4
            assert second.json["counts"] == {"kept": 5, "rejected": 1}
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def test_a_second_demo_goes_on_and_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    assert Home.syncer_alone("demo", str(tmp_path / "demo")).code == 0
    ran = Home.syncer_alone("demo", "--json", str(tmp_path / "demo"))
    assert ran.code == 0, ran.err
    assert ran.json["count"] == 5
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("precious")
    ran = Home.syncer_alone("demo", str(tmp_path / "mine"))
    assert ran.code == 1
    assert "is not empty" in ran.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_serve_says_what_it_cannot_serve(home: Home) -> None:
    home.config["origin"]["url"] = home.config["origin"]["property"] = f"{home.site.url}videos/"
    ran = home.syncer("serve")
    assert ran.code == 2
    assert "has a path" in ran.err
    home.config["origin"]["destination"] = {"kind": "s3", "bucket": "b"}
    ran = home.syncer("serve")
    assert ran.code == 2
    assert "only a local" in ran.err


# Everything else


def test_help_names_every_command_and_exit_code() -> None:
    ran = Home.syncer_alone("--help")
    assert ran.code == 0
    for command in cli.COMMANDS:
        assert f"  {command} " in ran.out
        assert Home.syncer_alone(command, "--help").code == 0
    assert "another run holds the lock" in ran.out


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["sync", "--nonsense"], ["sync", "--max-delete", "lots"], []]
)
def test_a_wrong_command_line_exits_2(arguments: list[str]) -> None:
    assert Home.syncer_alone(*arguments).code == 2


def test_a_missing_config_is_one_sentence(tmp_path: Path) -> None:
    ran = Home.syncer_alone("sync", "-c", str(tmp_path / "none.yaml"))
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert "none.yaml" in ran.err


def test_an_unset_secret_is_one_sentence_and_urls_does_without(synced: Home) -> None:
    synced.config["sources"]["more"] = {
        "kind": "s3",
        "bucket": "b",
        "access_key": "env:SYNCER_TEST_UNSET",
        "secret_key": "env:SYNCER_TEST_UNSET",
    }
    ran = synced.syncer("sync")
    assert ran.code == 2
    assert "SYNCER_TEST_UNSET" in ran.err
    assert synced.syncer("urls").code == 0


def test_a_fault_of_ours_is_one_sentence(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("syncer.config.load", broken)
    ran = home.syncer("status")
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "unexpected ZeroDivisionError" in ran.err
    monkeypatch.setenv("SYNCER_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        home.syncer("status")


def test_a_progress_bar_on_a_terminal(home: Home) -> None:
    """`script` gives it a terminal."""
    for number in range(3):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.put("shot.png", PNG)
    home.syncer("status")
    command = f"{sys.executable} -m syncer sync -c {home.folder / 'config.yaml'}"
    ran = subprocess.run(
        ["script", "-qec", command, "/dev/null"], capture_output=True, check=False, timeout=60, text=True
    )
    assert ran.returncode == 4, ran.stdout
    assert "3 copied" in ran.stdout
    assert "3 published" in ran.stdout
    assert ran.stdout.count("clips:shot.png") == 1, "said once, in the summary"
