"""Google Drive: its API as documented, behind a proxy that misbehaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.conftest import Each, Ground
from tests.faults.messages import Message, answer
from tests.faults.proxy import KINDS, proxy
from tests.faults.stage import Stage
from tests.faults.suite import Bench
from tests.faults.wires import Http
from tests.servers.drive import Drive, serving


@dataclass
class Shared:
    """A folder of a Drive."""

    drive: Drive
    settings: dict[str, Any]

    def hold(self, media: dict[str, bytes]) -> None:
        for item in list(self.drive.items.values()):
            if item.data is not None and item.name not in media:
                self.drive.remove(item.name)
        for name, content in media.items():
            held = self.drive.child("folder0000", name)
            if held is None or held.data != content:
                self.drive.put(name, content)


def refusal(status: int, reason: str) -> Message:
    error = {"code": status, "message": reason, "errors": [{"domain": "global", "reason": reason}]}
    return answer(status, reason, json.dumps({"error": error}).encode(), (b"Content-Type", b"application/json"))


REFUSALS = {
    403: refusal(403, "insufficientFilePermissions"),
    429: refusal(429, "rateLimitExceeded"),
    500: refusal(500, "backendError"),
}


@pytest.fixture(scope="module")
def source(ground: Ground) -> Iterator[Bench]:
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            drive = running.enter_context(serving())
            made = running.enter_context(
                proxy(("127.0.0.1", drive.port), refusals=REFUSALS, checked=lambda target: "alt=media" in target)
            )
            endpoint = f"{made.endpoint}/"
            credentials = ground.folder() / "account.json"
            credentials.write_text(json.dumps(account | {"token_uri": f"{endpoint}token"}))
            settings = {"kind": "drive", "folder": "folder0000", "endpoint": endpoint}
            return ground.stage(Shared(drive, settings | {"credentials": str(credentials)})), Http(made)

        account = json.loads(Drive().account(ground.folder()).read_text())
        yield Bench.of("Drive", make)


@pytest.mark.parametrize("kind", KINDS)
def test_reading_from_drive(source: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(source, kind, always)
