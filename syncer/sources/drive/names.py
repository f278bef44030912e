"""Unique names for the files of one folder. Pure.

In Drive, a name may have almost any character, and several files of one folder may have the same name. Here
the oldest file keeps the name, and the others get the end of their id before the extension.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain, count

from syncer.connect.drive.files import DriveFile

ENOUGH = 8
"""Characters from the end of an id, as the ids of one owner may start alike."""

_NEVER = re.compile("[/\0\ud800-\udfff]")
"""A slash in a name is not a folder in Drive; the others are not valid in file systems."""


def unique_names(files: Iterable[DriveFile]) -> Iterator[tuple[str, DriveFile, bool]]:
    """Each file with its name, and whether the name was changed; sorted by name.

    Older files choose first, so a new file never changes the name of another.
    """
    taken: dict[str, tuple[DriveFile, bool]] = {}
    for found in sorted(files, key=lambda each: (each.created, each.id)):
        name = plain(found.name)
        choices = chain((name,), _suffixed(name, found.id))
        free = next(choice for choice in choices if choice not in taken)
        taken[free] = found, free != name
    for name in sorted(taken):
        yield name, *taken[name]


def plain(name: str) -> str:
    """The name as one part of a key: invalid characters become `_`."""
    clean = unicodedata.normalize("NFC", _NEVER.sub("_", name))
    return "_" * max(len(clean), 1) if clean in ("", ".", "..") else clean


def _suffixed(name: str, id_: str) -> Iterator[str]:
    """Endless further names, as older files may have the first ones."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    for times in count():
        end = "~".join([id_] * times) or id_[-ENOUGH:]
        yield f"{stem}~{end}{dot}{extension}"
