"""A walk through a folder of Drive and all folders below it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncer.connect.drive.client import Drive
from syncer.connect.drive.files import GOOGLES_OWN, DriveFile
from syncer.errors import SourceError
from syncer.model import Finding, Severity
from syncer.sources import folders
from syncer.sources.drive.names import unique_names

MOST_TOLD = 20
"""Remarks of one kind; further ones are only counted."""

DOCUMENT, SAME_NAME, SHORTCUT = "drive.document", "drive.same_name", "drive.shortcut"

HINTS = {
    DOCUMENT: "Google Docs, Sheets and the like have no bytes: export them by hand if you need them",
    SAME_NAME: "both are copied; rename one in Drive to choose its name",
    SHORTCUT: "fix or delete the shortcut in Drive",
}


@dataclass(slots=True)
class Remarks:
    """Files that are not assets, or have another name as one."""

    _told: list[Finding] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, rule: str, message: str) -> None:
        self._counts[rule] += 1
        if self._counts[rule] <= MOST_TOLD:
            self._told.append(Finding(rule, Severity.WARN, message, hint=HINTS[rule]))

    def findings(self) -> tuple[Finding, ...]:
        rest = (
            Finding(rule, Severity.WARN, f"and {count - MOST_TOLD} more of them", hint=HINTS[rule])
            for rule, count in sorted(self._counts.items())
            if count > MOST_TOLD
        )
        return (*self._told, *rest)


@dataclass(slots=True)
class DriveTree:
    """Holds the files of one folder at a time, and the ids of all folders.

    Each folder is listed once: at its own place or, if that is not below the root, at its oldest shortcut. A
    shortcut to a file is a file of its own, even if its target is listed too.
    """

    drive: Drive
    remarks: Remarks
    recursive: bool
    _seen: set[str] = field(default_factory=set)
    _shortcuts: list[tuple[datetime, str, str, DriveFile]] = field(default_factory=list)
    """Shortcuts to folders, by age, id and key. It is a heap, as only the oldest one to a folder counts."""
    _closed: list[SourceError] = field(default_factory=list)

    def files(self, root: DriveFile) -> Iterator[tuple[str, DriveFile]]:
        """The files with their keys. The error for a closed folder is raised after all others are listed."""
        yield from self._below("", root)
        while self._shortcuts:
            *_, key, shortcut = heapq.heappop(self._shortcuts)
            target = self._target(key, shortcut)
            if target:
                yield from self._below(f"{key}/", target)
        if self._closed:
            raise self._closed[0]

    def _below(self, top_path: str, top: DriveFile) -> Iterator[tuple[str, DriveFile]]:
        walk: folders.Walk[str, tuple[str, DriveFile]] = folders.Walk(_shown)
        walk.enter(top_path, "", [(top_path, top)])
        for _, (path, folder) in walk:
            if folder.id in self._seen:
                self.remarks.add(SHORTCUT, f"'{path}' is listed already under another path")
                continue
            self._seen.add(folder.id)
            inner = []
            for name, found in self._held(path, folder):
                key = path + name
                if found.is_folder:
                    inner.append((f"{key}/", found))
                elif found.is_shortcut:
                    yield from self._followed(key, found)
                else:
                    yield key, found
            if self.recursive:
                walk.enter(path, folder.id, inner)

    def _held(self, path: str, folder: DriveFile) -> Iterator[tuple[str, DriveFile]]:
        """The entries of a folder by name, without documents. The whole folder is read first, as names depend
        on it.
        """
        if not folder.opens:
            self._closed.append(_shut(path, folder))
            return
        files: dict[str, DriveFile] = {}
        for page in self.drive.folder(folder):
            for found in page:
                if found.has_bytes or found.is_folder or found.is_shortcut:
                    files[found.id] = found
                else:
                    self.remarks.add(DOCUMENT, f"{path}{found.name} is a {_sort(found)}")
        for name, found, moved in unique_names(files.values()):
            if moved:
                self.remarks.add(
                    SAME_NAME,
                    f"another file in its folder is named {found.shown} too, so this one is {path}{name}",
                )
            yield name, found

    def _followed(self, key: str, shortcut: DriveFile) -> Iterator[tuple[str, DriveFile]]:
        if shortcut.target_is_folder:
            if self.recursive:
                heapq.heappush(self._shortcuts, (shortcut.created, shortcut.id, key, shortcut))
            return
        target = self._target(key, shortcut)
        if target:
            yield key, target

    def _target(self, key: str, shortcut: DriveFile) -> DriveFile | None:
        """The target of a shortcut; `None`, with a remark, if it can't be used."""
        try:
            target = self.drive.metadata(shortcut.target or "", shortcut.resource_key)
        except SourceError as error:
            if error.code not in ("source.missing", "source.denied"):
                raise
            self.remarks.add(SHORTCUT, f"{key} is a shortcut to a file that is deleted or not shared")
            return None
        if target.trashed:
            self.remarks.add(SHORTCUT, f"{key} is a shortcut to a file in the trash")
        elif target.has_bytes or target.is_folder:
            return replace(target, resource_key=shortcut.resource_key or target.resource_key)
        else:
            self.remarks.add(DOCUMENT, f"{key} is a shortcut to a {_sort(target)}")
        return None


def _shown(path: str) -> str:
    return f"'{path}' in Google Drive"


def _sort(found: DriveFile) -> str:
    """`document`, `spreadsheet`, …"""
    own = found.media_type.startswith(GOOGLES_OWN)
    return f"Google {found.media_type.removeprefix(GOOGLES_OWN)}" if own else "file without bytes"


def _shut(path: str, folder: DriveFile) -> SourceError:
    return SourceError(
        f"the folder {folder.shown} in Google Drive ('{path}') is visible, but not the files in it",
        code="source.denied",
        hint="share that folder too, or move it elsewhere",
    )
