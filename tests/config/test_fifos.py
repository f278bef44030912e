"""No command waits for ever for a FIFO that nobody writes to."""

from __future__ import annotations

import os
import threading

import pytest

from syncer.pipes import open_input
from tests.home import SIGNATURE, Home

SETTINGS = {
    "catalogue": lambda home: home.config.update(catalogue="sqlite:///fifo"),
    "manifest": lambda home: home.config.update(manifest=["fifo.csv"]),
    "list": lambda home: home.config["sources"].update(lists={"kind": "links", "list": "fifo"}),
    "secret": lambda home: home.config.update(tiktok={"access_token": "file:fifo"}),
    "signature": lambda home: home.config["origin"].update(signature_files=[SIGNATURE]),
    "ca": lambda home: home.config["origin"].update(ca="fifo"),
    "known_hosts": lambda home: home.config["sources"].update(far=far("known_hosts")),
    "key": lambda home: home.config["sources"].update(far=far("key")),
    "credentials": lambda home: home.config["sources"].update(
        drive={"kind": "drive", "folder": "1AbCdEfGhIjKlMnOpQrStUvWxYz", "credentials": "fifo"}
    ),
}
"""Each setting that names a file."""


def far(setting: str) -> dict[str, str]:
    return {"kind": "sftp", "host": "127.0.0.1", "user": "me", "root": "/films", setting: "fifo"}


@pytest.fixture(autouse=True)
def impatient(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.pipes.PATIENCE", 0.1)
    monkeypatch.chdir(home.folder)
    for name in ("fifo", "fifo.csv", SIGNATURE):
        os.mkfifo(home.folder / name)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_fifo_in_a_setting_is_one_sentence(home: Home, setting: str) -> None:
    SETTINGS[setting](home)
    command = ["push", "a.mp4"] if setting == "secret" else ["sync", "--json"]
    ran = home.syncer(*command)
    assert ran.code in (1, 2, 3)
    assert "fifo" in ran.out + ran.err or SIGNATURE in ran.err


def test_a_config_or_a_document_that_nobody_writes_is_one_sentence(home: Home) -> None:
    (home.folder / "posts.csv").write_text("https://shop.example/about\n")
    for arguments in (("migrate", "posts.csv", "-c", "fifo"), ("migrate", "fifo", "-c", "config.yaml")):
        home.write()
        ran = home.syncer_alone(*arguments)
        assert ran.code == 2
        (line,) = ran.err.splitlines()
        assert "can't be read: it is a FIFO, and no program wrote to it" in line


def test_a_fifo_with_a_writer_is_read_to_its_end(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.pipes.PATIENCE", 60)
    text, pipe = b"x" * 1_000_000, home.folder / "fifo"  # more than a pipe holds
    writer = threading.Thread(target=pipe.write_bytes, args=(text,))
    writer.start()
    with open_input(pipe) as stream:
        assert stream.read() == text
    writer.join()
