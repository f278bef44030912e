"""What the files of one folder go by. Pure.

Drive lets a name hold almost anything, and several files of one folder have the same. Here each gets one of
its own: the oldest keeps it, and the others get the end of their id before the extension.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain, count

from syncer.connect.drive.files import DriveFile

ENOUGH = 8
"""Characters of an id: those of one owner may begin alike."""

_NEVER = re.compile("[/\0\ud800-\udfff]")
"""A slash is no folder in Drive; the others no file system and no catalogue takes."""


def unique_names(files: Iterable[DriveFile]) -> Iterator[tuple[str, DriveFile, bool]]:
    """Each with its name, and whether it had to give way to an older one; sorted by name.

    The older come first, so what arrives later changes no name that was given before.
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
    """A name that is one part of a key: what can't be in it becomes `_`."""
    clean = unicodedata.normalize("NFC", _NEVER.sub("_", name))
    return "_" * max(len(clean), 1) if clean in ("", ".", "..") else clean


def _suffixed(name: str, id_: str) -> Iterator[str]:
    """Without end: an older file may bear any of these, and few will."""
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    for times in count():
        end = "~".join([id_] * times) or id_[-ENOUGH:]
        yield f"{stem}~{end}{dot}{extension}"
