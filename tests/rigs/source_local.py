"""A folder on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.sources.local import Config
from tests.rigs.source import Rig


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    folder: Path = request.getfixturevalue("tmp_path")
    root = folder / "root"
    root.mkdir()
    (folder / "file").touch()

    def put(key: str, data: bytes) -> None:
        path = root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    yield Rig(
        config=Config(kind="local", root=root),
        put=put,
        remove=lambda key: (root / key).unlink(),
        broken={
            "root is missing": (Config(kind="local", root=folder / "missing"), "source.missing"),
            "root is a file": (Config(kind="local", root=folder / "file"), "source.missing"),
        },
        names_any_key=False,
    )
