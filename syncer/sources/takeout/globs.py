"""The files that match a glob, without recursion; a folder that can't be read is an error."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from syncer.sources.folders import MOST_LEVELS, bounded, endless_listing

ANY_FOLDERS = "**"
Place = tuple[str, int]
"""A folder, and the index of the glob's part for its entries."""


def matching(root: Path, parts: Sequence[str]) -> Iterator[Path]:
    """Files below `root`, unsorted, some maybe twice. `**` does not follow links to folders.

    Raises `OSError` for a folder that can't be read, and `SourceError` for endless folders.
    """
    waiting: list[Place] = [(os.fspath(root), 0)]
    met: set[Place] = set()
    most = os.fspath(root).count("/") + MOST_LEVELS
    several = list(parts).count(ANY_FOLDERS) > 1  # then several paths lead to the same place
    while waiting:
        place = waiting.pop()
        if several and place in met:
            continue
        if several:
            met.add(place)
        folder, index = place
        if folder.count("/") > most:
            raise endless_listing(folder, f"it is nested deeper than {MOST_LEVELS:,} folders")
        yield from _files(folder, index, parts, waiting)


def _files(folder: str, index: int, parts: Sequence[str], waiting: list[Place]) -> Iterator[Path]:
    """Files in the folder that match the last part. Folders that match an earlier part are added to
    `waiting`.
    """
    part, is_last = parts[index], index == len(parts) - 1
    if part in (ANY_FOLDERS, os.pardir) and not is_last:
        waiting.append((folder if part == ANY_FOLDERS else f"{folder}/{part}", index + 1))
    for entry in _entries(folder):
        if part == ANY_FOLDERS:
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, index))
        elif fnmatch.fnmatchcase(entry.name, part):
            if not is_last and entry.is_dir():
                waiting.append((entry.path, index + 1))
            elif is_last and entry.is_file():
                yield Path(entry.path)


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from bounded(found, folder)
    except (FileNotFoundError, NotADirectoryError):
        return
