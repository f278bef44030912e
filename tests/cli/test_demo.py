"""`demo`: a folder for trials, which never changes a foreign folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.cli.demo import CONFIG
from syncer.serving import LocalOrigin, free_port
from tests.home import Home


@pytest.mark.server
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


def test_a_second_demo_continues_and_never_changes_a_foreign_folder(tmp_path: Path) -> None:
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


def test_demo_never_changes_a_folder_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("origin: {}\n")
    ran = Home.syncer_alone("demo", str(tmp_path))
    assert ran.code == 1
    assert ran.err == f"syncer: {tmp_path} is not empty, and no demo made it; name another folder\n"
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_demo_keeps_changed_files_and_adds_missing_ones(tmp_path: Path) -> None:
    """In the folder of a killed demo, somebody replaced a sample."""
    (tmp_path / "config.yaml").write_text(CONFIG.format(port=1, token="x").splitlines()[0])
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "café.webp").write_bytes(b"mine")
    ran = Home.syncer_alone("demo", str(tmp_path))
    assert ran.code == 2, "a config that is not whole"
    assert (tmp_path / "media" / "café.webp").read_bytes() == b"mine"
    assert len(list((tmp_path / "media").iterdir())) == 6


def test_a_demo_whose_port_is_taken_says_what_to_do(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    assert Home.syncer_alone("demo", str(demo)).code == 0
    port = int((demo / "config.yaml").read_text().split("localhost:")[1].split("/")[0])
    with LocalOrigin(demo / "public", demo / "ca", port=port).start():
        ran = Home.syncer_alone("demo", str(demo))
    assert ran.code == 1
    assert f"can't listen on localhost:{port}" in ran.err
    assert f"of {demo}?), or name another folder" in ran.err
    assert "--port" not in ran.err


def test_a_new_demo_takes_another_port_if_its_own_was_taken_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = tmp_path / "demo"
    (tmp_path / "public").mkdir()
    with LocalOrigin(tmp_path / "public", tmp_path / "ca", port=0).start() as other:
        chosen = iter([other.port, 0])
        monkeypatch.setattr("syncer.serving.DEFAULT_PORT", 0)
        monkeypatch.setattr("syncer.serving.free_port", lambda port: next(chosen) or free_port(port))
        assert Home.syncer_alone("demo", str(demo)).code == 0
        assert f"localhost:{other.port}/" not in (demo / "config.yaml").read_text()


def test_a_second_demo_in_the_folder_of_a_running_one_leaves_it_alone(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    demo.mkdir()
    handle = os.open(demo, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    ran = Home.syncer_alone("demo", str(demo))
    assert ran.code == 6
    assert f"another demo runs in {demo}" in ran.err
    assert not (demo / "config.yaml").exists()
    os.close(handle)
    assert Home.syncer_alone("demo", str(demo)).code == 0


def test_a_demo_that_can_not_be_served_says_why(tmp_path: Path) -> None:
    assert Home.syncer_alone("demo", str(tmp_path / "demo")).code == 0
    (tmp_path / "demo/ca").rename(tmp_path / "demo/public/ca")
    (tmp_path / "demo/ca").symlink_to("public/ca")
    ran = Home.syncer_alone("demo", str(tmp_path / "demo"))
    assert ran.code == 1
    assert "its key would be served" in ran.err


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
