"""Interrupted uploads: this machine remembers where their parts lie, and the next run resumes them.

The worker writes one small file for each, beside the catalogue, when the upload passes `PART` bytes. The file
says where the part lies, not what it contains: the destination's part is compared with the bytes that the
next run reads again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeVar

from syncer.connect.retry import Policy, persist
from syncer.manifest import atomic
from syncer.model import PART, Asset
from syncer.protocols import Pace

R = TypeVar("R")

log = logging.getLogger("syncer")

KEPT = timedelta(days=3)
"""A part that no run has resumed for so long is litter."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The upload of a part, and where it lies. The file has all of this in plain
    text, for a person to read.
    """

    destination: str
    source: str
    key: str
    version: str | None
    size: int | None
    path: str
    media_type: str
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Uploads:
    """The folder of those files, and the destination of this run. Plain data, so that workers get it."""

    folder: Path
    destination: str
    """A text that differs for another destination or other settings."""

    def of(self, asset: Asset, path: str, media_type: str, pace: Pace, policy: Policy) -> Upload:
        part = _Part(self.destination, asset.source, asset.key, asset.version, asset.size, path, media_type)
        name = hashlib.sha256(f"{asset.source}\0{asset.key}".encode("utf-8", "surrogateescape")).hexdigest()
        return Upload(self.folder / f"{name[:32]}.json", part, pace, policy)

    def resumable(self) -> set[str]:
        """The locators of parts at this destination that the next run may resume."""
        return {part.locator for _, part in self._parts() if part.destination == self.destination}

    def forget(self, locator: str) -> None:
        for file, part in self._parts():
            if part.destination == self.destination and part.locator == locator:
                file.unlink(missing_ok=True)

    def expire(self) -> None:
        """Forget parts that no run has resumed: from now on they are litter."""
        before = datetime.now(UTC) - KEPT
        for file in self._files():
            if datetime.fromtimestamp(file.stat().st_mtime, UTC) <= before:
                file.unlink(missing_ok=True)

    def _parts(self) -> Iterator[tuple[Path, _Part]]:
        for file in self._files():
            if part := _read(file):
                yield file, part

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload: the `Resume` that a destination gets."""

    _file: Path
    _part: _Part
    _pace: Pace
    _policy: Policy

    @property
    def resumable(self) -> bool:
        """Whether it is large enough and its version is known."""
        return self._part.version is not None and (self._part.size is None or self._part.size > PART)

    def kept(self) -> str | None:
        found = self._remembered()
        return found.locator if found and self._is_ours(found) else None

    def outdated(self) -> str | None:
        """The locator of a part of another version, or for another path, at this destination."""
        found = self._remembered()
        if not found or found.destination != self._part.destination:
            return None
        return None if self._is_ours(found) and self.resumable else found.locator

    def keep(self, locator: str) -> None:
        try:
            self._file.parent.mkdir(mode=0o700, exist_ok=True)
            with atomic.written(self._file, 0o600) as stream:
                stream.write(json.dumps(asdict(self._part) | {"locator": locator}, indent=1).encode())
        except OSError as error:
            _warn_unwritable(str(self._file.parent), error.strerror or str(error))

    def forget(self) -> None:
        with suppress(OSError):  # a file about a part that is gone does no harm
            self._file.unlink(missing_ok=True)

    def again(self, call: Callable[[], R]) -> R:
        return persist(call, self._pace, self._policy)

    def stopped(self) -> bool:
        return self._pace.stopped()

    def _remembered(self) -> _Part | None:
        """`None` also if another file names the same part: two uploads would write into one file."""
        found = _read(self._file)
        if found is None:
            return None
        others = (_read(file) for file in self._file.parent.glob("*.json") if file != self._file)
        return None if any(other and other.locator == found.locator for other in others) else found

    def _is_ours(self, found: _Part) -> bool:
        return asdict(found) == asdict(self._part) | {"locator": found.locator}


def _read(file: Path) -> _Part | None:
    """`None` if the file is missing or damaged."""
    try:
        return _Part(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


@cache
def _warn_unwritable(folder: str, reason: str) -> None:
    """Warn once: the uploads themselves continue."""
    log.warning("the next run can't resume interrupted uploads: %s can't be written (%s)", folder, reason)
