"""SFTP, as a source and as a destination: OpenSSH, with a filter before its sftp-server that misbehaves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults import sftp_filter
from tests.faults.conftest import Each, Ground
from tests.faults.proxy import Fault
from tests.faults.runs import Ran
from tests.faults.stage import Disk, Stage
from tests.faults.suite import Bench
from tests.home import plain
from tests.servers.sshd import Sshd, keygen, running

KINDS = (*sftp_filter.ENDINGS, *sftp_filter.STATUSES, *sftp_filter.ANSWERS)


@dataclass
class Requests:
    """Of SFTP, as the server gets them."""

    folder: Path
    """Of the filter's plan and log."""

    def sort(self, _kind: str) -> str:
        return ""

    def lines(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    def count(self) -> int:
        return len(self.lines())

    def arm(self, fault: Fault | None) -> None:
        fault = fault or Fault("none", 0)
        (self.folder / "plan").write_text(f"{fault.kind} {fault.number} {fault.always}")
        (self.folder / "log").write_bytes(b"")

    def run(self, stage: Stage) -> Ran:
        return stage.sync()

    def fired(self) -> bool:
        return "fired" in self.lines()


def filtered(server: Sshd, folder: Path) -> tuple[dict[str, Any], Requests]:
    """The settings of a login whose requests pass the filter."""
    key = keygen(folder / "key", "ed25519")
    requests = Requests(folder)
    requests.arm(None)
    command = f"{sys.executable} -IS {sftp_filter.__file__} {folder}"
    with (server.folder / "authorized_keys").open("a") as file:
        file.write(f'command="{command}" {key.with_suffix(".pub").read_text()}')
    return plain(server.source("/", key=key)), requests


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with running() as made:
        yield made


@pytest.fixture(scope="module")
def source(ground: Ground, server: Sshd) -> Bench:
    def make() -> tuple[Stage, Requests]:
        settings, requests = filtered(server, ground.folder())
        root = ground.folder()
        media = Disk(root, {name: settings[name] for name in LOGIN} | {"kind": "sftp", "root": str(root)})
        return ground.stage(media), requests

    return Bench.of("SFTP source", make)


@pytest.fixture(scope="module")
def destination(ground: Ground, server: Sshd) -> Bench:
    def make() -> tuple[Stage, Requests]:
        settings, requests = filtered(server, ground.folder())
        place = ground.local()
        place.settings = {name: settings[name] for name in LOGIN} | {"kind": "sftp", "root": str(place.root)}
        return ground.stage(place=place), requests

    return Bench.of("SFTP destination", make)


LOGIN = ("host", "port", "user", "key", "known_hosts")


@pytest.mark.parametrize("kind", KINDS)
def test_reading_from_a_folder_on_a_server(source: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(source, kind, always)


@pytest.mark.parametrize("kind", KINDS)
def test_writing_to_a_folder_on_a_server(destination: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(destination, kind, always)
