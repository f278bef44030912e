"""The walk through a folder, names and errors, shared by local, SFTP and Drive sources."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Generic, TypeVar

from syncer.errors import SourceChanged, SourceError
from syncer.model import MOST_NAMES, MOST_OBJECTS, Asset
from syncer.settings.masked import masked
from syncer.settings.terminal import shorten

STAGED_PREFIX = ".syncer-"
"""The start of the names of staged files: a destination may write to the same folder."""

MOST_LEVELS = 1_000
"""Levels of folders. Google Drive allows 100, and a public path has room for 512."""
LONGEST_PATH = 32 * 1024
"""Bytes of a path below the root. Linux allows 4095, Windows not more than this."""
LONGEST_SHOWN = 300
"""Characters of a path in a message."""

Identity = TypeVar("Identity", bound=Hashable)
Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Level(Generic[Identity, Name]):
    """A folder that the walk is in."""

    inside: str
    """Its path below the root with a final slash, or empty."""
    identity: Identity
    """The same for every path to this folder."""
    names: list[Name]
    """The names still to come, the next one last."""


class Walk(Generic[Identity, Name]):
    """Yields the names in each folder that was passed to `enter`, the innermost folder first.

    It needs no recursion, so a deep tree cannot overflow the stack. An endless tree, which a faulty server
    may list, ends with a `SourceError` (`source.endless`).
    """

    def __init__(self, shown: Callable[[str], str]) -> None:
        """`shown` returns a path below the root as messages show it."""
        self._shown = shown
        self._levels: list[Level[Identity, Name]] = []
        self._held = self._met = 0

    def enter(self, inside: str, identity: Identity, names: Iterable[Name]) -> None:
        """Go into a folder."""
        if len(self._levels) > MOST_LEVELS:
            raise endless_listing(self._shown(inside), f"it is nested deeper than {MOST_LEVELS:,} folders")
        if len(inside.encode("utf-8", "surrogateescape")) > LONGEST_PATH:
            raise endless_listing(self._shown(inside), f"its path has more than {LONGEST_PATH:,} bytes")
        held = list(names)
        held.reverse()
        self._held += len(held)
        self._met += len(held)
        if self._met > MOST_OBJECTS:
            raise endless_listing(self._shown(inside), f"the source has more than {MOST_OBJECTS:,} names")
        if self._held > MOST_NAMES:
            raise endless_listing(
                self._shown(inside), f"it and the folders above hold over {MOST_NAMES:,} names"
            )
        self._levels.append(Level(inside, identity, held))

    def is_in(self, identity: Identity) -> bool:
        """Whether the walk is inside this folder now."""
        return any(level.identity == identity for level in self._levels)

    def __iter__(self) -> Iterator[tuple[Level[Identity, Name], Name]]:
        """Each name with the folder that it is in."""
        while self._levels:
            level = self._levels[-1]
            if level.names:
                self._held -= 1
                yield level, level.names.pop()
            else:
                self._levels.pop()


class Closed:
    """Folders without permission to read them. All others are listed first, then `check` raises an error."""

    def __init__(self, passes_over: Callable[[str], bool]) -> None:
        """`passes_over` returns whether nothing in a folder (with a final slash) is wanted."""
        self._passes_over = passes_over
        self._first: SourceError | None = None

    def add(self, folder: str, error: SourceError) -> None:
        if not self._first and not self._passes_over(f"{folder}/"):
            exclude = unicode_name(f"{folder}/*")
            error.hint = f"let this user read it, or leave it out of the source: exclude: [{exclude!r}]"
            self._first = error

    def check(self) -> None:
        """Raises the error of the first of them."""
        if self._first:
            raise self._first


def bounded(names: Iterable[Name], path: str) -> Iterator[Name]:
    """The names in one folder. Raises `SourceError` if there are too many."""
    found = iter(names)
    yield from islice(found, MOST_NAMES)
    if next(found, None) is not None:
        raise endless_listing(path, f"it lists more than {MOST_NAMES:,} names")


def endless_listing(path: str, why: str) -> SourceError:
    return SourceError(
        f"the folder {shortened(unicode_name(path))} was not listed: {why}",
        code="source.endless",
        hint="move or split it, or set `root` to another folder; "
        "if there is no such folder, the server or file system is faulty",
    )


def no_root(path: str, hint: str) -> SourceError:
    """The error for a root that was moved, or is not mounted. Its files do not count as gone."""
    return SourceError(
        f"the folder {shortened(masked(unicode_name(path)))} does not exist, so nothing in it was listed,"
        " and nothing that was published from it was deleted",
        code="source.missing",
        hint=hint,
    )


def shortened(path: str) -> str:
    """A path for a message, without its middle if it is long."""
    return shorten(path, LONGEST_SHOWN, middle=True)


def asset(  # noqa: PLR0913 - the fields of an asset
    source: str,
    locator: str,
    size: int | None = None,
    version: str | None = None,
    modified: datetime | None = None,
    flaw: str | None = None,
) -> Asset:
    """`locator` is the path below the root, with surrogates for bytes that are not UTF-8."""
    key = unicode_name(locator)
    if flaw is None and key != locator:
        flaw = "its name is not UTF-8"
    return Asset(
        source=source,
        key=unicodedata.normalize("NFC", key),
        locator=locator,
        size=size,
        version=version,
        modified=modified,
        flaw=flaw,
    )


def unicode_name(name: str) -> str:
    """The name as valid Unicode, with escapes for bytes that are not UTF-8."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def when(seconds: float) -> datetime | None:
    """The time; `None` if it is no valid date, as file systems store any number."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def dangling(target: str) -> str:
    return f"it is a link to {unicode_name(target)}, which can't be followed"


def leaving(target: str) -> str:
    return f"it is a link that leaves the source's folder, to {unicode_name(target)}"


def file_changed(path: str) -> SourceChanged:
    return SourceChanged(
        f"{unicode_name(path)} was changed or deleted since it was listed",
        hint="the next run sees what is there",
    )
