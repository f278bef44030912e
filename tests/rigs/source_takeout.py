"""A Takeout export as zips, in many small parts: each put writes one of them again."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

import pytest

from syncer.sources.takeout import Config
from tests.rigs.source import Rig

PARTS = 40
NAME = "takeout-20250912T060118Z-1-{:03}.{}"

Pack = Callable[[Path, Mapping[str, bytes]], None]


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with packed(request, "zip", zipped) as made:
        yield made


@contextmanager
def packed(request: pytest.FixtureRequest, ending: str, pack: Pack) -> Iterator[Rig]:
    folder: Path = request.getfixturevalue("tmp_path")
    root = folder / "exports"
    root.mkdir()
    (folder / f"page.{ending}").write_text("<!DOCTYPE html><title>Sign in</title>")
    parts: list[dict[str, bytes]] = [{} for _ in range(PARTS)]

    def write(number: int) -> None:
        path = root / NAME.format(number + 1, ending)
        pack(path.with_suffix(".new"), parts[number])
        path.with_suffix(".new").replace(path)

    def put(key: str, data: bytes) -> None:
        number = crc32(key.encode()) % PARTS
        parts[number][f"Takeout/{key}"] = data
        write(number)

    def remove(key: str) -> None:
        number = crc32(key.encode()) % PARTS
        del parts[number][f"Takeout/{key}"]
        write(number)

    for number in range(PARTS):
        write(number)
    yield Rig(
        config=Config(kind="takeout", archives=(root,)),
        put=put,
        remove=remove,
        broken={
            "there is no such file": (
                Config(kind="takeout", archives=(folder / "takeout-*.zip",)),
                "source.missing",
            ),
            "it is a web page": (
                Config(kind="takeout", archives=(folder / f"page.{ending}",)),
                "source.archive",
            ),
        },
        names_any_key=False,
    )


def zipped(path: Path, members: Mapping[str, bytes]) -> None:
    """A zip; every second member is deflated."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, data) in enumerate(members.items()):
            info = zipfile.ZipInfo(name, (2024, 7, 12, 11, 23, 40))
            info.compress_type = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[number % 2]
            archive.writestr(info, data)
