"""Bytes that begin as media do, as many as wanted."""

from __future__ import annotations

import random
from functools import lru_cache

from syncer import samples


@lru_cache
def mp4(size: int = 2000, seed: int = 0) -> bytes:
    """Different for every seed, from the first 100 bytes on; not playable."""
    head = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2" + seed.to_bytes(8, "big")
    return (head + random.Random(seed).randbytes(size))[:size]  # noqa: S311 - filler


def sample(name: str) -> bytes:
    """A real one, small."""
    return next(path for path in samples.paths() if path.name == name).read_bytes()


PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(100)
