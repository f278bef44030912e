"""A folder behind `rclone serve sftp`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.sources.sftp import Config
from tests.rigs.source import Rig
from tests.rigs.source_sftp import over
from tests.servers.rclone import serving_sftp


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    folder: Path = request.getfixturevalue("tmp_path")
    root = folder / "root"
    root.mkdir()
    # It caches folders, and would not see new files in them.
    with serving_sftp(root, folder, "--dir-cache-time=0", "--local-encoding=Slash,Dot") as settings:
        config = Config(kind="sftp", root="/", **settings)
        (root / "file").touch()
        missing = {
            "root is missing": (Config(kind="sftp", root="/missing", **settings), "source.missing"),
            "host is unknown": (
                Config(kind="sftp", root="/", **settings | {"known_hosts": folder / "nobody"}),
                "source.host_key",
            ),
        }
        (root / "file").unlink()
        yield over(root, config, missing)
