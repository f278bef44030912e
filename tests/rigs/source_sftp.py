"""A folder on a real OpenSSH server."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from syncer.sources.listing import Listing
from syncer.sources.sftp import Config
from tests.rigs.source import Rig
from tests.servers.ports import free_port
from tests.servers.sshd import Sshd, keygen


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    folder: Path = request.getfixturevalue("tmp_path")
    sshd: Sshd = request.getfixturevalue("sshd")
    root = folder / "root"
    root.mkdir()
    (folder / "file").touch()
    stranger = keygen(folder / "stranger", "ed25519")
    yield over(
        root,
        sshd.source(root),
        {
            "root is missing": (sshd.source(folder / "missing"), "source.missing"),
            "root is a file": (sshd.source(folder / "file"), "source.missing"),
            "nobody vouched for the host": (
                sshd.source(root, known_hosts=folder / "nobody"),
                "source.host_key",
            ),
            "the key is not let in": (sshd.source(root, key=stranger), "source.denied"),
            "the key is not there": (sshd.source(root, key=folder / "nobody"), "source.key"),
            "nobody listens": (sshd.source(root, port=free_port()), "source.unreachable"),
        },
    )


def over(root: Path, config: Config, broken: Mapping[str, tuple[Listing, str]]) -> Rig:
    """Each `put` sets another time, as the protocol has whole seconds."""
    seconds = count(1_700_000_000)

    def put(key: str, data: bytes) -> None:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        second = next(seconds)
        os.utime(path, (second, second))

    return Rig(config, put, lambda key: (root / key).unlink(), broken, names_any_key=False)
