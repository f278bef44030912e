"""Makes one library of all parts: it matches sidecars across parts, takes each file once, and gives keys that
do not depend on the order of the parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from syncer.model import Asset
from syncer.sources.takeout import names
from syncer.sources.takeout.index import MOST, Index
from syncer.sources.takeout.sidecars import (
    ENDING,
    LARGEST,
    NUMBERED,
    FolderSidecars,
    Match,
    Sidecar,
    from_unix,
    is_sidecar,
    split,
)

Member = int
"""Part * MOST + row in its index, as half a million tuples would need too much memory."""

INSIDE = "!/"
"""The separator in a locator between the archive's key and the member's name."""

_Content = tuple[bytes, int, str]
"""Checksum, size and name."""

ReadSidecars = Callable[[int, Iterable[int]], None]
"""Reads the sidecars in these rows of a part into its index."""


@dataclass(frozen=True, slots=True)
class IndexedArchive:
    """A part of an export with its index."""

    export: str
    archive: str
    """The key of the archive."""
    index: Index


@dataclass(slots=True)
class Library:
    parts: list[IndexedArchive]
    read_sidecars: ReadSidecars
    seen: Counter[str] = field(default_factory=Counter)
    """Counts of files that are not assets: duplicate, orphan, trashed."""
    samples: dict[str, str] = field(default_factory=dict)
    """The first file of each."""

    def assets(self, source: str) -> Iterator[Asset]:
        taken: set[str] = set()
        met: set[_Content] = set()
        files = sorted(self._files(), key=_rank)
        thrown = {content for file in files if file.trashed for content in self._contents(file)}
        for file in files:
            if file.trashed or (file.said is None and not thrown.isdisjoint(self._contents(file))):
                self._note("trashed", file.folder + file.base)
            elif self._is_another_copy(file, met):
                self._note("duplicate", file.folder + file.base)
            else:
                yield self._asset(source, file, taken)

    def _note(self, word: str, name: str) -> None:
        self.seen[word] += 1
        self.samples.setdefault(word, name)

    # The files, with their sidecars

    def _files(self) -> Iterator[_ExportFile]:
        folders = self._folders()
        self._read_matching(folders.values())
        while folders:
            (export, folder), found = folders.popitem()
            matched = self._matched(found)
            for orphan in found.orphans(matched):
                self._note("orphan", folder + orphan)
            said = {base: self._said(found.sidecars[match.sidecar]) for base, match in matched.items()}
            is_album = found.is_album(matched)
            year = names.is_year(folder) and not is_album
            trash = not (year or is_album) and _is_trash(folder, said.values())
            for base, member in found.media:
                own = said.get(base)
                title, numbered = names.original(base, own, matched.get(base))
                trashed = own.trashed if own else trash
                yield _ExportFile(export, folder, base, member, year, title, numbered, own, trashed)

    def _matched(self, found: _Found) -> dict[str, Match]:
        """Match by names; then the remaining files by the titles of the remaining sidecars."""
        matched = found.match()
        nameless = {_comparable(base): base for base, _ in found.media if base not in matched}
        for sidecar in found.left(matched) if nameless else ():
            said = self._said(found.sidecars[sidecar])
            base = nameless.get(_comparable(said.title)) if said else None
            if base and not NUMBERED.fullmatch(sidecar.removesuffix(ENDING)):
                matched.setdefault(base, Match(sidecar))
        return matched

    def _folders(self) -> dict[tuple[str, str], _Found]:
        folders: dict[tuple[str, str], _Found] = defaultdict(_Found)
        for part, held in enumerate(self.parts):
            for row, name in enumerate(held.index.names):
                folder, base = names.below_top(name)
                found = folders[held.export, folder]
                if names.is_media_name(base):
                    found.media.append((base, part * MOST + row))
                elif base.casefold().endswith(ENDING) and _can_be_read(held.index, row):
                    found.sidecars.setdefault(base, part * MOST + row)
        return dict(folders)

    def _read_matching(self, folders: Iterable[_Found]) -> None:
        wanted: dict[int, list[int]] = defaultdict(list)
        for found in folders:
            matched = found.match()
            sidecars = {match.sidecar for match in matched.values()}
            if any(base not in matched for base, _ in found.media):
                sidecars |= {*found.left(matched)}  # one of them may match by its title
            for sidecar in sorted(sidecars):
                part, row = divmod(found.sidecars[sidecar], MOST)
                wanted[part].append(row)
        for part, rows in sorted(wanted.items()):
            self.read_sidecars(part, rows)

    def _said(self, sidecar: Member) -> Sidecar | None:
        part, row = divmod(sidecar, MOST)
        return self.parts[part].index.said.get(row)

    # What they become

    def _is_another_copy(self, file: _ExportFile, met: set[_Content]) -> bool:
        """Whether the same content was seen before. The name counts too: CRC-32s may be equal by chance in a
        large library, and the same bytes under two names are two files.
        """
        content = self._contents(file)
        known = not met.isdisjoint(content)
        met |= content
        return known

    def _contents(self, file: _ExportFile) -> set[_Content]:
        """Keys for comparison: files with the same checksum, size and name are the same."""
        part, row = divmod(file.member, MOST)
        index = self.parts[part].index
        if row in index.flaws:
            return set()
        return {(index.check(row), index.sizes[row], name) for name in (file.title, _plain(file.base))}

    def _asset(self, source: str, file: _ExportFile, taken: set[str]) -> Asset:
        part, row = divmod(file.member, MOST)
        index = self.parts[part].index
        key = next(key for key in _keys(file) if key not in taken)
        taken.add(key)
        return Asset(
            source=source,
            key=key,
            locator=self.parts[part].archive + INSIDE + index.names[row],
            size=index.sizes[row],
            version=index.version(row),
            modified=(file.said and file.said.when) or from_unix(index.times[row] or None),
            digest=index.digest(row),
            flaw=index.flaws.get(row),
        )


@dataclass(slots=True)
class _Found:
    """The files in one folder of an export."""

    media: list[tuple[str, Member]] = field(default_factory=list)
    sidecars: dict[str, Member] = field(default_factory=dict)

    def match(self) -> dict[str, Match]:
        folder = FolderSidecars(self.sidecars)
        return {base: match for base, _ in self.media if (match := folder.match(base))}

    def orphans(self, matched: dict[str, Match]) -> Iterator[str]:
        return (name for name in self.left(matched) if is_sidecar(name))

    def is_album(self, matched: dict[str, Match]) -> bool:
        """Whether it has JSON about the folder itself: `metadata.json`, in any language."""
        return not all(map(is_sidecar, self.left(matched)))

    def left(self, matched: dict[str, Match]) -> list[str]:
        return sorted(self.sidecars.keys() - {match.sidecar for match in matched.values()})


@dataclass(frozen=True, slots=True)
class _ExportFile:
    export: str
    folder: str
    base: str
    member: Member
    year: bool
    """Whether it is in the folder of a year, which has all photos and videos, and not in an album."""
    title: str
    numbered: str
    said: Sidecar | None
    trashed: bool


def _rank(file: _ExportFile) -> tuple[bool, int, str, str, str]:
    """The sort key of copies; the first is taken. It does not depend on the order of the parts."""
    return not file.year, len(file.folder) + len(file.base), file.folder, file.base, file.export


def _keys(file: _ExportFile) -> Iterator[str]:
    """The best key, then the alternatives if another file has it."""
    yield file.folder + file.title
    yield file.folder + file.numbered
    yield file.folder + file.base
    stem, ending = split(file.base)
    yield f"{file.folder}{stem} ({file.export}){ending}"
    number = 2
    while True:
        yield f"{file.folder}{stem} ({file.export}, {number}){ending}"
        number += 1


def _is_trash(folder: str, said: Iterable[Sidecar | None]) -> bool:
    """Whether files without a sidecar were in the trash: by all sidecars in their folder, or, if there are
    none, by the folder's name.
    """
    told = {each.trashed for each in said if each}
    return told == {True} if told else names.is_trash(folder)


def _comparable(name: str) -> str:
    """The name with `_` for characters that file systems don't allow."""
    return re.sub(r"[^\w.() -]", "_", unicodedata.normalize("NFC", name)).casefold()


def _plain(base: str) -> str:
    """The name without the number that Takeout added."""
    found = NUMBERED.fullmatch(base)
    return found[1] + (found[3] or "") if found else base


def _can_be_read(index: Index, row: int) -> bool:
    return row not in index.flaws and index.sizes[row] <= LARGEST
