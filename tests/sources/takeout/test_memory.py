"""A large member costs no more memory than a small one."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.sources.takeout.exports import make, part

SIZE = 400 * 1024**2
ZEROS = bytes(1024**2)
MOST = 100 * 1024**2

READ = """
import resource, sys
from pathlib import Path
from syncer.sources.takeout import Config, TakeoutSource

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

source = TakeoutSource("photos", Config(kind="takeout", archives=(Path(sys.argv[1]),)))
small, size = peak(), 0
for asset in source.assets():
    for start in (0, max(asset.size - 10, 0)):
        with source.open(asset, start) as reader:
            while chunk := reader.read(1024 * 1024):
                size += len(chunk)
print(size, peak() - small)
"""


class Sparse(io.FileIO):
    """A sparse file: its long runs of zeros are holes."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if len(data) == len(ZEROS) and bytes(data) == ZEROS:
            self.seek(len(data), io.SEEK_CUR)
            return len(data)
        return super().write(data)


class Zeros:
    """Zeros, any number of them."""

    def read(self, size: int = -1) -> bytes:
        return bytes(size)


def stored(path: Path) -> None:
    with Sparse(path, "w") as file, zipfile.ZipFile(file, "w") as archive:
        with archive.open("Takeout/huge.mp4", "w", force_zip64=True) as member:
            for _ in range(SIZE // len(ZEROS)):
                member.write(ZEROS)
        archive.writestr("Takeout/small.mp4", b"1")


def deflated(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("Takeout/huge.mp4", "w", force_zip64=True) as member:
            for _ in range(SIZE // len(ZEROS)):
                member.write(ZEROS)
        archive.writestr("Takeout/small.mp4", b"1")


def tarred(path: Path) -> None:
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        huge, small = tarfile.TarInfo("Takeout/huge.mp4"), tarfile.TarInfo("Takeout/small.mp4")
        huge.size, small.size = SIZE, 1
        archive.addfile(huge, Zeros())
        archive.addfile(small, io.BytesIO(b"1"))


@pytest.mark.scale
@pytest.mark.parametrize(("pack", "ending"), [(stored, "zip"), (deflated, "zip"), (tarred, "tgz")])
def test_memory_is_flat(tmp_path: Path, pack: object, ending: str) -> None:
    """Among five parts, read whole and from near its end."""
    for number in (1, 2, 4, 5):
        make(tmp_path / part(number, ending), {f"{number}.mp4": b"1"})
    assert callable(pack)
    pack(tmp_path / part(3, ending))
    ran = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)], capture_output=True, text=True, timeout=120, check=True
    )
    size, growth = map(int, ran.stdout.split())
    assert size == SIZE + 10 + 5 * 2
    assert growth < MOST
