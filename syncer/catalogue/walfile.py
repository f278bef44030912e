"""Reads SQLite's write-ahead log, as SQLite silently skips damaged or missing changes there.

The formats: https://www.sqlite.org/fileformat2.html#the_write_ahead_log,
https://www.sqlite.org/walformat.html
"""

from __future__ import annotations

import os
import struct
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_INDEX = struct.Struct("=12xBxH2I8x8s8x")
"""The head of `NAME-shm`, in this machine's byte order: initialised, page size, frames, pages, salts. The
file has it twice.
"""
_MAGIC = 0x377F0682
"""The last bit is the byte order of the sums: set for big-endian."""
_MASK = 0xFFFFFFFF

LOOKS = 3
SECONDS = 0.05
"""Time between two looks at a log, as a process may be writing to it."""


class _Log(NamedTuple):
    page: int
    salts: tuple[int, int]
    swapped: bool
    sums: tuple[int, int]


def lost_tail(path: Path) -> bool:
    """Whether SQLite skips complete changes, because their check values do not fit any more or the log ends
    before them. The index that a killed run leaves shows how long the log was.

    Raises `OSError`.
    """
    wal, index = (path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm"))
    for _ in range(LOOKS):
        if not _looks_lost(wal, index):
            return False
        time.sleep(SECONDS)  # a process may be in the middle of a write
    return True


def _looks_lost(wal: Path, index: Path) -> bool:
    salts, frames = _indexed(index)
    try:
        file = wal.open("rb")
    except FileNotFoundError:
        return frames > 0
    with file:
        start = file.read(_HEADER.size)
        log = _log(start) if len(start) == _HEADER.size else None
        if log is None:
            return bool(start) or frames > 0
        passed_over = list(_passed_over(file, log))
        size = os.fstat(file.fileno()).st_size  # another process may have removed its name meanwhile
    whole = (size - _HEADER.size) // (_FRAME.size + log.page) - len(passed_over)
    cut = salts == start[16:24] and frames > whole
    return cut or any(_is_ours(frame, log.salts) for frame in passed_over)


def _indexed(index: Path) -> tuple[bytes, int]:
    """The salts of the index's log, and the number of its frames if they are not all in the database."""
    try:
        with index.open("rb") as file:
            one, two, rest = file.read(48), file.read(48), file.read(4)
    except FileNotFoundError:
        return b"", 0
    if one != two or len(rest) < 4:  # noqa: PLR2004 - one number
        return b"", 0
    initialised, _, frames, _, salts = _INDEX.unpack(one)
    copied_back = int.from_bytes(rest, sys.byteorder)
    return salts, frames if initialised and frames > copied_back else 0


def _log(start: bytes) -> _Log | None:
    magic, _, page, _, *salts, one, two = _HEADER.unpack(start)
    swapped = bool(magic & 1) == (sys.byteorder == "little")
    sums = _sum(start[:24], swapped, (0, 0))
    if magic & ~1 != _MAGIC or sums != (one, two):
        return None
    return _Log(page, (salts[0], salts[1]), swapped, sums)


def _passed_over(file: IO[bytes], log: _Log) -> Iterator[tuple[int, ...]]:
    """The headers of the first frame that does not fit and of all after it. A cut-off frame does not fit."""
    sums, fits = log.sums, True
    while len(head := file.read(_FRAME.size)) == _FRAME.size:
        page = file.read(log.page)
        frame = _FRAME.unpack(head)
        if fits:
            sums = _sum(head[:8] + page, log.swapped, sums)
            fits = len(page) == log.page and frame[2:4] == log.salts and frame[4:6] == sums
        if not fits:
            yield frame


def _is_ours(frame: tuple[int, ...], salts: tuple[int, int]) -> bool:
    """Whether the frame ends a change of this log; other frames are left from an older log."""
    _, size_after, one, two, *_ = frame
    same = (one == salts[0]) + (two == salts[1])
    return bool(size_after) if same == len(salts) else bool(same)


def _sum(data: bytes, swapped: bool, sums: tuple[int, int]) -> tuple[int, int]:  # noqa: FBT001 - private
    words = array("I")
    if len(data) % 8:
        return (-1, -1)
    words.frombytes(data)
    if swapped:
        words.byteswap()
    one, two = sums
    for first, second in zip(words[::2], words[1::2], strict=True):
        one = (one + first + two) & _MASK
        two = (two + second + one) & _MASK
    return one, two
