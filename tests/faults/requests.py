"""Requests of SFTP: a real OpenSSH whose sftp-server stands behind a filter that misbehaves."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults import sftp_filter
from tests.faults.proxy import Fault
from tests.faults.runs import Ran
from tests.faults.stage import Stage
from tests.home import plain
from tests.servers.sshd import Sshd, keygen

LOGIN = ("host", "port", "user", "key", "known_hosts")
READING = (*sftp_filter.ENDINGS, *sftp_filter.STATUSES, *sftp_filter.ANSWERS)
WRITING = tuple(kind for kind in READING if kind not in ("short", "end"))


@dataclass
class Requests:
    """The SFTP requests of the server."""

    folder: Path
    """The folder of the filter's plan and log."""

    def sort(self, kind: str) -> str:
        return str(sftp_filter.COUNTED.get(kind, ""))

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
    """Settings of a login with the filter."""
    key = keygen(folder / "key", "ed25519")
    requests = Requests(folder)
    requests.arm(None)
    command = f"{sys.executable} -IS {sftp_filter.__file__} {folder}"
    with (server.folder / "authorized_keys").open("a") as file:
        file.write(f'command="{command}" {key.with_suffix(".pub").read_text()}')
    return plain(server.source("/", key=key)), requests
