"""Notes about commits that have begun, in case a run dies before its catalogue knows the outcome.

A note is one small file. It is written before the last step of an upload, and removed when the catalogue has
the outcome. It survives `kill -9`; a power cut may lose it.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from syncer.destinations.keys import check_path
from syncer.errors import DestinationError, SyncerError
from syncer.model import Asset, Content, Entry, Facts, State, Stored
from syncer.protocols import Catalogue
from syncer.urls import safe_names

MOST = 65536
"""Bytes of a note at most. It has a few hundred, unless its key is long."""


@dataclass(frozen=True, slots=True)
class Note:
    destination: str
    source: str
    key: str
    version: str | None
    path: str
    content: Content

    def entry(self, before: Entry | None) -> Entry:
        """An entry that is not ours until all its bytes were seen at its URL, as if
        from another destination.
        """
        gone_since = before.gone_since if before else None
        entry = Entry(self.source, self.key, State.STORED, self.version, self.path, gone_since=gone_since)
        return entry.holding(self.content)


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of one catalogue, in a folder beside it."""

    folder: Path
    destination: str
    """The identity of today's destination."""
    formerly: str | None = None
    """Its identity in the notes of an older syncer."""

    def write(self, asset: Asset, path: str, content: Content) -> None:
        """Raises `SyncerError` (`disk`): without its note, nothing may become public."""
        note = Note(self.destination, asset.source, asset.key, asset.version, path, content)
        with _translated(self.folder, "written"):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._file(asset.source, asset.key, path).write_text(json.dumps(asdict(note)), encoding="utf-8")

    def remove(self, source: str, key: str, path: str) -> None:
        for destination in filter(None, (self.destination, self.formerly)):
            with suppress(OSError):  # the next run compares the note with the catalogue, and removes it
                self._file(source, key, path, destination).unlink(missing_ok=True)

    def left(self) -> Iterator[Note]:
        """The notes of runs that died, for this destination. Raises `SyncerError` (`disk`)."""
        with _translated(self.folder, "read"):
            try:
                files = sorted(file for file in self.folder.iterdir() if file.suffix == ".begun")
            except FileNotFoundError:
                return
            notes = [_read(file) for file in files]
        yield from (note for note in notes if note and note.destination in (self.destination, self.formerly))

    def _file(self, source: str, key: str, path: str, destination: str | None = None) -> Path:
        name = f"{destination or self.destination}\0{source}\0{key}\0{path}".encode("utf-8", "surrogatepass")
        return self.folder / f"{hashlib.sha256(name).hexdigest()[:32]}.begun"


def _where(error: OSError, folder: Path) -> str:
    """The name of the file, unless it is the folder itself."""
    named = Path(os.fsdecode(error.filename)).name if error.filename else folder.name
    return "" if named == folder.name else f"{named}: "


@contextmanager
def _translated(folder: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SyncerError(
            f"the notes in {folder} can't be {what}: {_where(error, folder)}{error.strerror}",
            code="disk",
            hint="let this user read and write there, and check that the disk has space",
        ) from None


@dataclass(frozen=True, slots=True)
class Sight:
    """How a run checks what earlier runs left."""

    look: Callable[[str], Stored | None]
    """Returns the destination's file at a path. Raises `DestinationError`."""
    holds: Callable[[Stored, Content], bool]
    """Whether a file there has exactly these bytes. Raises `DestinationError`."""
    spared: Callable[[str], bool]
    """Whether a path is never ours."""


def recover(notes: Notes, left: Iterable[Note], catalogue: Catalogue, sight: Sight, now: datetime) -> None:
    """Write into the catalogue what runs made public before they died, from the notes that they left.

    A note stays for the next run if the destination can't be asked now.
    """
    for note in left:
        try:
            stored = None if sight.spared(note.path) else sight.look(note.path)
            if stored and stored.size == note.content.size:
                _enter(note, stored, catalogue, sight, now)
        except DestinationError:
            continue
        notes.remove(note.source, note.key, note.path)


def _enter(note: Note, stored: Stored, catalogue: Catalogue, sight: Sight, now: datetime) -> None:
    owner = catalogue.owner(note.path)
    if owner not in (None, (note.source, note.key)):
        return
    if owner is None and not sight.holds(stored, note.content):
        return  # the catalogue keeps what it knows of the old file, which may have to be deleted
    entry = catalogue.entry(note.source, note.key)
    if entry and entry.path and entry.path != note.path:
        # The file of a doubted entry may be somebody else's.
        if not entry.doubted or sight.holds(stored, note.content):
            catalogue.retire(note.path, note.source, note.key, now, note.content.sha256)
    elif entry is None or _is_new(note, stored, entry, sight):
        catalogue.put(note.entry(entry))


def _is_new(note: Note, stored: Stored, entry: Entry, sight: Sight) -> bool:
    """Whether the file there, which has the size of the new bytes, is not the old one of the entry."""
    if not entry.path or entry.unconfirmed or entry.size != note.content.size:
        return True
    return entry.sha256 != note.content.sha256 and sight.holds(stored, note.content)


def _read(file: Path) -> Note | None:
    """`None` for an incomplete note: no commit followed it. Raises `OSError`."""
    found = file.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST:
        return None
    with suppress(ValueError, LookupError, TypeError, RecursionError, DestinationError):
        return _note(json.loads(file.read_bytes()))
    return None


def _note(said: dict[str, Any]) -> Note:
    content = said["content"]
    facts = _of(content["facts"], dict)
    for value in facts.values():
        _of(value, str, int, float, bool, type(None))
    return Note(
        _text(said["destination"]),
        _text(said["source"]),
        _text(said["key"]),
        None if said["version"] is None else _text(said["version"]),
        _path(said["path"]),
        Content(
            _size(content["size"]),
            _hash(content["sha256"]),
            _hash(content["head_sha256"]),
            _text(content["media_type"]),
            Facts(**facts),
            _of(content["verified_by"], str, type(None)),
        ),
    )


def _of(value: Any, *types: type) -> Any:
    if not isinstance(value, types):
        raise TypeError
    return value


def _text(value: object) -> str:
    text: str = _of(value, str)
    text.encode()  # a lone surrogate is a ValueError
    return text


def _hash(value: object) -> str:
    if len(bytes.fromhex(_text(value))) != hashlib.sha256().digest_size:
        raise ValueError
    return _text(value)


def _size(value: object) -> int:
    if isinstance(value, bool) or not 0 <= _of(value, int) < 1 << 53:
        raise ValueError
    return int(_of(value, int))


def _path(value: object) -> str:
    """Raises unless syncer may publish at this path."""
    path = check_path(_text(value))
    if not safe_names.is_media(path) or safe_names.obeyed(path):
        raise ValueError
    return path
