"""The JSON beside a photo or video, with its original name and time. They belong together by their names, and
Takeout has used many forms:

    X.mp4.json                          before 2024
    X.mp4.supplemental-metadata.json    since then
    X.mp4.suppl.json                    cut to 51 characters in all; X itself may be cut too
    X.mp4(1).json                       for X(1).mp4; the same in the new form
    X.mp4.json                          for X-edited.mp4 too, in any language
    X.HEIC.json                         for X.MP4 too, the moving half of a live photo
    X.json                              if the title has no extension; the same in all forms above
    X.MP.jpg.json                       for X.MP and X.MP~2 too, the film of a Pixel's photo
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
"""Bytes of a sidecar that are read; real ones have 1 or 2 KB."""

PHOTOS = (".heic", ".jpg", ".jpeg", ".png", ".heif", ".webp", ".avif", ".dng", ".gif")
MOVING = re.compile(r".+\.(?:mp4|mov|mp|mv|m4v|3gp)(?:~\d{1,3}|\(\d{1,5}\))*", re.IGNORECASE | re.DOTALL)
"""Names of the moving half of a live photo: `X.MOV`, `X.MP`, `X.MP~2`, `X.MP(1)`."""

NUMBERED = re.compile(r"(.+)\((\d{1,5})\)(\.[^.()]*)?", re.DOTALL)
_EDITED = re.compile(r"(.+)(-[^\W\d_][^-()]*)((?:\(\d{1,5}\))?)(\.[^.]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The content of a sidecar."""

    title: str
    taken: int | None = None
    """The time when it was taken, in Unix seconds."""
    trashed: bool = False

    @property
    def when(self) -> datetime | None:
        return from_unix(self.taken)


@dataclass(frozen=True, slots=True)
class Match:
    """A sidecar, and how its file's name differs from the title."""

    sidecar: str
    number: int = 0
    """The number that Takeout added to files with the same title."""
    suffix: str = ""
    """The mark of an edited file, such as `-edited`."""


def read_sidecar(text: bytes) -> Sidecar | None:
    """The sidecar; `None` if it is other JSON, or damaged."""
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
    """The sidecars of one folder, from all parts of the export."""

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
        """The sidecar of a file, by the first rule that finds one."""
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
    """Possible names of the sidecar without its ending, if it has the whole name of the file."""
    yield name
    for length in range(len(WORDS), 0, -1):
        yield name + WORDS[:length]


def _cut(name: str) -> Iterator[str]:
    """The same if the name is cut."""
    if len(name) > LONGEST:
        yield name[:LONGEST]
    if len(in_units := name.encode("utf-16-le", "replace")) > 2 * LONGEST:
        yield in_units[: 2 * LONGEST].decode("utf-16-le", "ignore")
    if len(in_bytes := name.encode("utf-8", "replace")) > LONGEST:
        yield in_bytes[:LONGEST].decode("utf-8", "ignore")


def split(name: str) -> tuple[str, str]:
    """Stem and extension with its dot. A name that starts with its only dot has no extension."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem else (name, "")


def is_sidecar(name: str) -> bool:
    """Whether JSON is a sidecar by its name: `X.mp4.json` is, `metadata.json` is not."""
    return "." in name[: -len(ENDING)].strip(".")
