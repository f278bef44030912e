"""The same as tgz."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rigs.source import Rig
from tests.rigs.source_takeout import packed


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with packed(request, "tgz", tarred) as made:
        yield made


def tarred(path: Path, members: Mapping[str, bytes]) -> None:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_720_783_420
            archive.addfile(info, io.BytesIO(data))
