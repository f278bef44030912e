"""The JSON beside a photo or video, which knows its original name and time. Which one belongs to which is
told by their names alone, and Takeout has had many ways to name them:

    X.mp4.json                          before 2024
    X.mp4.supplemental-metadata.json    since then
    X.mp4.suppl.json                    cut, so that the whole has 51 characters; so may X itself be
    X.mp4(1).json                       of X(1).mp4; so the new form
    X.mp4.json                          of X-edited.mp4 too, whatever the language calls it
    X.HEIC.json                         of X.MP4 too, the moving half of a live photo
    X.json                              where the title has no extension; so all forms above
    X.MP.jpg.json                       of X.MP and X.MP~2 too, the film of a Pixel's photo
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

ENDING = ".json"
WORDS = ".supplemental-metadata"
LONGEST = 46
"""Characters of a sidecar's name that Takeout keeps before the ending."""
LARGEST = 1024 * 1024
"""Bytes of a sidecar that are read; real ones have one or two thousand."""

PHOTOS = (".heic", ".jpg", ".jpeg", ".png", ".heif", ".webp", ".avif", ".dng", ".gif")
MOVING = re.compile(r".+\.(?:mp4|mov|mp|mv|m4v|3gp)(?:~\d{1,3}|\(\d{1,5}\))*", re.IGNORECASE | re.DOTALL)
"""What the moving half of a live photo is called: `X.MOV`, `X.MP`, `X.MP~2`, `X.MP(1)`."""

NUMBERED = re.compile(r"(.+)\((\d{1,5})\)(\.[^.()]*)?", re.DOTALL)
_EDITED = re.compile(r"(.+)(-[^\W\d_][^-()]*)((?:\(\d{1,5}\))?)(\.[^.]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says."""

    title: str
    taken: int | None = None
    """In seconds, when it was taken."""
    trashed: bool = False

    @property
    def when(self) -> datetime | None:
        return from_unix(self.taken)


@dataclass(frozen=True, slots=True)
class Match:
    """A sidecar, and in what its file's name differs from the title."""

    sidecar: str
    number: int = 0
    """Which of several files with one title it is."""
    suffix: str = ""
    """What marks it as edited."""


def read_sidecar(text: bytes) -> Sidecar | None:
    """`None` of what is no sidecar: JSON of something else, or damaged."""
    try:
        data = json.loads(text)
        title, trashed = data.get("title"), data.get("trashed") is True
        taken = data.get("photoTakenTime")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(title, str):
        return Sidecar("", trashed=True) if trashed else None
    stamp = taken.get("timestamp") if isinstance(taken, dict) else None
    return Sidecar(html.unescape(title), _seconds(stamp), trashed=trashed)


def _seconds(stamp: object) -> int | None:
    try:
        seconds = int(stamp) if isinstance(stamp, str | int) else None
    except ValueError:
        return None
    return seconds if from_unix(seconds) else None


def from_unix(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


class FolderSidecars:
    """The sidecars of one folder, whichever parts of the export they lie in."""

    def __init__(self, sidecars: Iterable[str]) -> None:
        self._exact: dict[tuple[str, int], str] = {}
        self._any_case: dict[tuple[str, int], str] = {}
        for name in sorted(sidecars, reverse=True):
            stem = name[: -len(ENDING)]
            self._put((stem, 0), name)
            if numbered := NUMBERED.fullmatch(stem):
                self._put((numbered[1] + (numbered[3] or ""), int(numbered[2])), name)

    def _put(self, key: tuple[str, int], name: str) -> None:
        self._exact[key] = name
        self._any_case[key[0].casefold(), key[1]] = name

    def match(self, name: str) -> Match | None:
        """The sidecar of a file, by the strongest rule that finds one."""
        if found := self._own(name):
            return found
        if edited := _EDITED.fullmatch(name):
            original = self._own(f"{edited[1]}{edited[3]}{edited[4]}")
            if original:
                return Match(original.sidecar, original.number, edited[2])
        stem, _ = split(name)
        if MOVING.fullmatch(name):
            for photo in (base + other for base in (stem, name) for other in PHOTOS):
                if found := self._own(photo):
                    return found
        return self._own(stem)

    def _own(self, name: str) -> Match | None:
        tries = [(form, 0) for form in _whole(name)]
        if numbered := NUMBERED.fullmatch(name):
            base, number = numbered[1] + (numbered[3] or ""), int(numbered[2])
            tries += [(form, number) for form in (*_whole(base), *_cut(base))]
        tries += [(form, 0) for form in _cut(name)]
        return next((found for each in tries if (found := self._find(*each))), None)

    def _find(self, stem: str, number: int) -> Match | None:
        found = self._exact.get((stem, number)) or self._any_case.get((stem.casefold(), number))
        return Match(found, number) if found else None


def _whole(name: str) -> Iterator[str]:
    """What the sidecar of such a file may be called, without its ending, where all of the name is in it."""
    yield name
    for length in range(len(WORDS), 0, -1):
        yield name + WORDS[:length]


def _cut(name: str) -> Iterator[str]:
    """The same if it is not."""
    if len(name) > LONGEST:
        yield name[:LONGEST]
    if len(in_units := name.encode("utf-16-le", "replace")) > 2 * LONGEST:
        yield in_units[: 2 * LONGEST].decode("utf-16-le", "ignore")
    if len(in_bytes := name.encode("utf-8", "replace")) > LONGEST:
        yield in_bytes[:LONGEST].decode("utf-8", "ignore")


def split(name: str) -> tuple[str, str]:
    """Stem and extension with its dot. A name that begins with its only dot has no extension."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem else (name, "")


def is_sidecar(name: str) -> bool:
    """Whether JSON was some file's, by the form of its name: `X.mp4.json`, not `metadata.json`."""
    return "." in name[: -len(ENDING)].strip(".")
