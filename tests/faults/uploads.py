"""The user's own files below a destination's root: they are the source and the public files."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.faults.places import Bucket, Folder

UPLOADS = "uploads/"
PAGE, HTML = "index.html", b"<!DOCTYPE html><title>Mine</title>"
"""The other files there."""
LONG_AGO = 1_600_000_000
"""A time before that of any file, in seconds since 1970."""

Found = dict[str, object]
"""All files, with the attributes that a write would change."""


@dataclass
class Mine(ABC):
    """A place where only the user writes."""

    media: dict[str, bytes] = field(default_factory=dict, init=False)
    _before: Found = field(default_factory=dict, init=False)

    def hold(self, media: dict[str, bytes]) -> None:
        self._put(media)
        self.media, self._before = dict(media), self._found()

    def restore(self, held: dict[str, bytes]) -> None:
        """Restore the destination, but keep the user's files."""
        del held
        if any(self.touched()):
            self.hold(self.media)

    def touched(self) -> Iterator[str]:
        """The files that differ from those that the user left."""
        now = self._found()
        for name in sorted(self._before.keys() | now.keys()):
            if self._before.get(name) != now.get(name):
                yield f"{name}, which is the user's, was touched"

    @abstractmethod
    def _put(self, media: dict[str, bytes]) -> None: ...

    @abstractmethod
    def _found(self) -> Found: ...


class Uploads(Mine, Folder):
    """A folder of this machine, by the kind in `settings`."""

    def __init__(self, top: Folder) -> None:
        Mine.__init__(self)
        Folder.__init__(self, top.root / UPLOADS, top.url + UPLOADS, top.settings)

    def _put(self, media: dict[str, bytes]) -> None:
        self.root.mkdir(exist_ok=True, parents=True)
        for path in self.root.iterdir():
            if path.name not in media:
                path.unlink()
        for name, content in {**media, f"../{PAGE}": HTML}.items():
            path = self.root / name
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)
            _date(path, crc32(content))
        for folder in (self.root, self.root.parent):
            _date(folder, 0)

    def _found(self) -> Found:
        """All files and folders. A file that was made and removed changes the time of its folder."""
        top = self.root.parent
        return {str(path.relative_to(top)): _traits(path) for path in (top, *top.rglob("*"))}


def _date(path: Path, number: int) -> None:
    seconds = LONG_AGO + number % 10_000_000
    os.utime(path, (seconds, seconds))


def _traits(path: Path) -> tuple[object, ...]:
    found = path.lstat()
    content = path.read_bytes() if path.is_file() else None
    return found.st_ino, found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns, content


class Objects(Mine, Bucket):
    """Objects of a public bucket."""

    def __init__(self, top: Bucket) -> None:
        Mine.__init__(self)
        Bucket.__init__(self, top.client, top.name, top.url + UPLOADS, top.settings)

    def public(self) -> dict[str, bytes]:
        held = Bucket.public(self)
        return {name.removeprefix(UPLOADS): content for name, content in held.items() if name != PAGE}

    def _put(self, media: dict[str, bytes]) -> None:
        Bucket.restore(self, {PAGE: HTML, **{UPLOADS + name: content for name, content in media.items()}})

    def _found(self) -> Found:
        listed = self.client.list_objects_v2(Bucket=self.name).get("Contents", ())
        found: Found = {each["Key"]: (each["ETag"], each["Size"], each["LastModified"]) for each in listed}
        return found | {f"{name} (unfinished)": True for name in self.litter()}


@dataclass
class InPlace:
    """The user's files as a source."""

    mine: Uploads | Objects
    settings: dict[str, Any]

    def hold(self, media: dict[str, bytes]) -> None:
        self.mine.hold(media)
