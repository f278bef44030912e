"""Bytes that begin as media do, as many as wanted."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path

from syncer.serving import samples

SMALLEST = (Path(__file__).parent / "smallest.mp4").read_bytes()
"""Two grey frames of H.264, 360 by 360, at 30 a second; bytes 40 to 48 lie in a box that is free.

ffmpeg -f lavfi -i color=gray:s=360x360:r=30 -frames:v 2 -c:v libx264 -preset veryslow -pix_fmt yuv420p
-bsf:v filter_units=remove_types=6 -fflags +bitexact -movflags +faststart, and that box put in behind `ftyp`.
"""


@lru_cache
def mp4(size: int = 2000, seed: int = 0) -> bytes:
    """A video that is taken; different for every seed, from the first 100 bytes on. 945 bytes at least."""
    filler = size - len(SMALLEST)
    assert filler >= 8, "no room for a box"
    free = filler.to_bytes(4, "big") + b"free" + random.Random(seed).randbytes(filler - 8)  # noqa: S311 - filler
    return SMALLEST[:40] + seed.to_bytes(8, "big") + SMALLEST[48:] + free


def sample(name: str) -> bytes:
    """A real one, small."""
    return next(path for path in samples.paths() if path.name == name).read_bytes()


PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(100)
