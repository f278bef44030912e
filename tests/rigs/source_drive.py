"""A folder of a Drive that behaves as documented."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer.sources.drive import Config
from tests.rigs.source import Rig
from tests.servers.drive import Drive
from tests.servers.drive_http import serving
from tests.servers.ports import free_port


def settings(drive: Drive, home: Path, **others: Any) -> dict[str, Any]:
    """The settings with a service account, unless others are given."""
    told = {"kind": "drive", "folder": "folder0000", "endpoint": drive.endpoint} | others
    if not {"api_key", "credentials"} & set(told):
        told["credentials"] = str(drive.account(home))
    return told


def config(drive: Drive, home: Path, **others: Any) -> Config:
    return Config.model_validate(settings(drive, home, **others), context={"folder": home})


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    request.getfixturevalue("monkeypatch").setenv("SYNCER_TEST_WRONG", "AIzaWrong")
    folder: Path = request.getfixturevalue("tmp_path")
    with serving() as drive:
        other = drive.user(folder)
        other.write_text(other.read_text().replace("1//refresh", "1//revoked"))
        yield Rig(
            config=config(drive, folder),
            put=lambda key, data: _ignore(drive.put(key, data)),
            remove=drive.remove,
            broken={
                "folder is missing": (config(drive, folder, folder="nowhere000"), "source.missing"),
                "API key is wrong": (
                    config(drive, folder, api_key="env:SYNCER_TEST_WRONG"),
                    "source.credentials",
                ),
                "access was revoked": (config(drive, folder, credentials=str(other)), "source.credentials"),
                "nobody listens": (
                    config(drive, folder, endpoint=f"http://127.0.0.1:{free_port()}/"),
                    "source.unreachable",
                ),
            },
            names_any_key=False,
        )


def _ignore(_item: object) -> None:
    """The result of `put` is not needed."""
