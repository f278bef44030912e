"""Any damage in an archive has an error of ours, and no file is longer than listed."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from syncer.errors import SourceError
from tests.sources.takeout.exports import part, read, said, source

TEXT = b"".join(b"%d bottles, " % number for number in range(3000))
MEMBERS = {f"Takeout/é{'long' * 40}.mp4": TEXT, "b.mp4": b"2" * 500, "b.mp4.json": said("x.mp4")}
TIMES = 150


def zipped(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A zip with all numbers in 64 bits."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number, (name, data) in enumerate(MEMBERS.items()):
            archive.writestr(name, data, (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)[number % 2])
    return made.getvalue()


def tarred() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in MEMBERS.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A few wrong bytes, most of them in the directory at the end; or a cut archive."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 5, 30))):
        at = chance.choice((chance.randrange(len(data)), len(data) - 1 - chance.randrange(400)))
        changed[at] = chance.choice((0, 255, chance.randrange(256), data[at] ^ 1 << chance.randrange(8)))
    return bytes(changed[: chance.randrange(len(data))] if chance.random() < 0.1 else changed)


def look(folder: Path) -> None:
    for asset in source(folder).assets():
        assert asset.key.encode()
        if not asset.flaw:
            try:
                assert len(read(asset, folder)) == asset.size
            except SourceError as error:
                assert error.code in ("source.corrupt", "source.changed")  # noqa: PT017 - or nothing is wrong


@pytest.mark.parametrize("ending", ["zip", "tgz"])
def test_damage_is_reported(tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(4)  # noqa: S311 - the same damage each time
    whole = zipped(monkeypatch) if ending == "zip" else tarred()
    listings = set()
    for number in range(TIMES):
        folder = tmp_path / str(number)
        folder.mkdir()
        data = damaged(whole, chance)
        (folder / part(1, ending)).write_bytes(data if ending == "zip" else gzip.compress(data, 1))
        try:
            look(folder)
            listings.add("")
        except SourceError as error:
            listings.add(error.code)
    assert listings == {"", "source.archive"}
