"""Photos that TikTok accepts, of any size: their facts are read without a child process."""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path

SMALLEST = Path(__file__).with_name("smallest.jpg").read_bytes()
"""ffmpeg -f lavfi -i color=gray:s=360x360 -frames:v 1 -bitexact -q:v 31"""
_END = b"\xff\xd9"


@lru_cache(maxsize=64)
def jpeg(size: int, seed: int) -> bytes:
    """A photo of `size` bytes with a padded scan; different for every seed, from byte 1000 on."""
    filler = random.Random(seed).randbytes(size - len(SMALLEST)).replace(b"\xff", b"\xfe")  # noqa: S311 - filler
    return SMALLEST.removesuffix(_END) + filler + _END
