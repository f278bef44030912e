"""Paths at which bytes are about to become public, for the case that a run dies before its catalogue knows.

A note is one small file, written before the last step of an upload and removed when the catalogue has its
outcome. It outlives `kill -9`; a power cut may lose it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from syncer.errors import SyncerError


@dataclass(frozen=True, slots=True)
class Note:
    destination: str
    source: str
    key: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Notes:
    """Those of one catalogue, in a folder beside it."""

    folder: Path
    destination: str
    """Where runs publish now."""

    def write(self, source: str, key: str, path: str, size: int) -> None:
        """Where it can't be written, a run that dies may leave a file of which nobody knows."""
        note = Note(self.destination, source, key, path, size)
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._file(source, key).write_text(json.dumps(asdict(note)), encoding="utf-8")

    def remove(self, source: str, key: str) -> None:
        with suppress(OSError):  # the next run looks at it, and finds what the catalogue knows
            self._file(source, key).unlink(missing_ok=True)

    def left(self) -> Iterator[Note]:
        """Those of runs that died, of this destination. One that can't be read says nothing.

        Raises `SyncerError` (`disk`) where nobody can tell whether there are any.
        """
        for file in self._files():
            with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
                said = json.loads(file.read_bytes())
                note = Note(**{each.name: said[each.name] for each in fields(Note)})
                if note.destination == self.destination:
                    yield note

    def _files(self) -> list[Path]:
        try:
            return sorted(file for file in self.folder.iterdir() if file.suffix == ".begun")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SyncerError(
                f"the folder {self.folder} can't be read: {error.strerror}",
                code="disk",
                hint="let this user read it; it says what earlier runs began",
            ) from None

    def _file(self, source: str, key: str) -> Path:
        name = hashlib.sha256(f"{source}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self.folder / f"{name}.begun"
