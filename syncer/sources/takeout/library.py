"""Makes one library of the parts: sidecars matched over all of them, what lies in several places taken once,
and every key the same whichever part was looked at first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from syncer.model import Asset
from syncer.sources.takeout import names
from syncer.sources.takeout.index import Index
from syncer.sources.takeout.sidecars import (
    ENDING,
    LARGEST,
    NUMBERED,
    Folder,
    Match,
    Said,
    is_sidecar,
    moment,
    split,
)

Row = tuple[int, int]
"""Part and row in its index."""

ReadSidecars = Callable[[int, Iterable[int]], None]
"""Reads those rows of a part into its index."""


@dataclass(frozen=True, slots=True)
class Held:
    """A part of an export, read."""

    export: str
    archive: str
    """Key of the archive."""
    index: Index


@dataclass(slots=True)
class Library:
    parts: list[Held]
    read_sidecars: ReadSidecars
    seen: Counter[str] = field(default_factory=Counter)
    """What was met and is no asset, by word: duplicate, orphan, trashed."""
    samples: dict[str, str] = field(default_factory=dict)
    """The first of each."""

    def assets(self, source: str) -> Iterator[Asset]:
        files = sorted(self._files(), key=_rank)
        taken: set[str] = set()
        met: set[tuple[bytes, int, str]] = set()
        for file in files:
            if file.said and file.said.trashed:
                self._note("trashed", file)
            elif self._is_another_copy(file, met):
                self._note("duplicate", file)
            else:
                yield self._asset(source, file, taken)

    def _note(self, word: str, file: _File) -> None:
        self.seen[word] += 1
        self.samples.setdefault(word, file.folder + file.base)

    # The files, with their sidecars

    def _files(self) -> Iterator[_File]:
        folders = self._folders()
        matches: dict[tuple[str, str], dict[str, Match]] = {}
        wanted: dict[int, list[int]] = defaultdict(list)
        for place, found in folders.items():
            matches[place] = found.match()
            for each in matches[place].values():
                part, number = found.sidecars[each.sidecar]
                wanted[part].append(number)
        for part, numbers in sorted(wanted.items()):
            self.read_sidecars(part, numbers)
        for (export, folder), found in folders.items():
            matched = matches.pop((export, folder))
            self._note_orphans(folder, found, matched)
            year = names.is_year(folder) and not found.is_album(matched)
            for base, row in found.media:
                match = matched.get(base)
                said = self._said(found.sidecars[match.sidecar]) if match else None
                title, numbered = names.original(base, said, match)
                yield _File(export, folder, base, row, year, title, numbered, said, self._content(row))

    def _folders(self) -> dict[tuple[str, str], _Found]:
        folders: dict[tuple[str, str], _Found] = defaultdict(_Found)
        for part, held in enumerate(self.parts):
            for row, name in enumerate(held.index.names):
                folder, base = names.below_top(name)
                found = folders[held.export, folder]
                if names.is_media(base):
                    found.media.append((base, (part, row)))
                elif base.casefold().endswith(ENDING) and _can_be_read(held.index, row):
                    found.sidecars.setdefault(base, (part, row))
        return dict(folders)

    def _note_orphans(self, folder: str, found: _Found, matched: dict[str, Match]) -> None:
        used = {match.sidecar for match in matched.values()}
        for name in sorted(set(found.sidecars) - used):
            if is_sidecar(name):
                self.seen["orphan"] += 1
                self.samples.setdefault("orphan", folder + name)

    def _said(self, row: Row) -> Said | None:
        return self.parts[row[0]].index.said.get(row[1])

    def _content(self, row: Row) -> tuple[bytes, int]:
        index = self.parts[row[0]].index
        return index.check(row[1]), index.sizes[row[1]]

    # What they become

    def _is_another_copy(self, file: _File, met: set[tuple[bytes, int, str]]) -> bool:
        """The same checksum, size and name. A CRC-32 alone may be met by chance in a large library, and who
        has the same bytes under two names has named them twice.
        """
        if file.row[1] in self.parts[file.row[0]].index.flaws:
            return False
        content = {(*file.content, name) for name in (file.title, _plain(file.base))}
        known = not met.isdisjoint(content)
        met |= content
        return known

    def _asset(self, source: str, file: _File, taken: set[str]) -> Asset:
        held, row = self.parts[file.row[0]], file.row[1]
        index = held.index
        key = next(key for key in self._keys(file) if key not in taken)
        taken.add(key)
        return Asset(
            source=source,
            key=key,
            locator=f"{held.archive}!/{index.names[row]}",
            size=index.sizes[row],
            version=index.version(row),
            modified=(file.said and file.said.when) or moment(index.times[row] or None),
            digest=f"sha256:{index.check(row).hex()}" if index.width == 32 else None,  # noqa: PLR2004 - bytes
            flaw=index.flaws.get(row),
        )

    def _keys(self, file: _File) -> Iterator[str]:
        """The one it ought to have, and what it is called if another file has that."""
        yield file.folder + file.title
        yield file.folder + file.numbered
        yield file.folder + file.base
        stem, ending = split(file.base)
        yield f"{file.folder}{stem} ({file.export}){ending}"
        number = 2
        while True:
            yield f"{file.folder}{stem} ({file.export}, {number}){ending}"
            number += 1


@dataclass(slots=True)
class _Found:
    """What lies in a folder of an export."""

    media: list[tuple[str, Row]] = field(default_factory=list)
    sidecars: dict[str, Row] = field(default_factory=dict)

    def match(self) -> dict[str, Match]:
        folder = Folder(self.sidecars)
        return {base: match for base, _ in self.media if (match := folder.match(base))}

    def is_album(self, matched: dict[str, Match]) -> bool:
        """Whether it has JSON about the folder itself, `metadata.json` in some language."""
        used = {match.sidecar for match in matched.values()}
        return any(not is_sidecar(name) and name not in used for name in self.sidecars)


@dataclass(frozen=True, slots=True)
class _File:
    export: str
    folder: str
    base: str
    row: Row
    year: bool
    """Whether it lies in the folder of a year, where every photo and video is, and not in an album."""
    title: str
    numbered: str
    said: Said | None
    content: tuple[bytes, int]


def _can_be_read(index: Index, row: int) -> bool:
    return row not in index.flaws and index.sizes[row] <= LARGEST


def _rank(file: _File) -> tuple[bool, int, str, str, tuple[bytes, int]]:
    """Of several copies the first is taken. The order of the parts is not in it."""
    path = file.folder + file.base
    return not file.year, len(path), path, file.export, file.content


def _plain(base: str) -> str:
    """Without the number that Takeout gave it."""
    found = NUMBERED.fullmatch(base)
    return found[1] + (found[3] or "") if found else base
