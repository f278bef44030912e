"""Reads the manifests again, to replace a lost catalogue."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from syncer.errors import SyncerError
from syncer.protocols.tenure import Named


@dataclass(frozen=True, slots=True)
class Record:
    """The fields of one manifest line that say what was published."""

    source: str
    key: str
    path: str
    url: str
    size: int
    sha256: str
    media_type: str
    version: str | None = None
    verified_by: str | None = None
    published_at: datetime | None = None
    in_place: bool = False
    """Whether the file is the user's own. An older syncer has no such field: it wrote every listed file."""


def records(files: Iterable[Path]) -> dict[tuple[str, str], Record]:
    """The records of the first file that has any, by source and key, without incomplete or damaged lines.

    Raises `SyncerError` (`manifest`) if a file exists and can't be read.
    """
    for file in files:
        found: dict[tuple[str, str], Record] = {}
        for said in _lines(file):
            with suppress(ValueError, TypeError, LookupError):
                record = _record(said)
                found[record.source, record.key] = record
        if found:
            return found
    return {}


def listed(files: Iterable[Path]) -> Named:
    """What the manifests list, of every format. Raises `SyncerError` (`manifest`) as `records` does."""
    files = list(files)
    found: set[tuple[str, str, str] | str] = set()
    found.update((each.source, each.key, each.path) for each in records(files).values())
    for file in files:
        if file.suffix == ".txt":
            found.update(_text(file).split("\n"))
    return found


def _lines(file: Path) -> Iterator[Mapping[str, Any]]:
    text = _text(file)
    if file.suffix == ".csv":
        with suppress(csv.Error):
            yield from csv.DictReader(text.splitlines(keepends=True))
    elif file.suffix in (".json", ".jsonl"):
        yield from _json(text)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise SyncerError(
            f"the manifest {file} can't be read: {error.strerror}",
            code="manifest",
            hint="let this user read it, or move it away to continue without it",
        ) from None


def _json(text: str) -> Iterator[Mapping[str, Any]]:
    """Each line is a record, as `manifest` writes it, so a damaged line does not hide the others."""
    found = False
    for line in text.split("\n"):
        stripped = line.strip().removesuffix(",")
        if stripped.startswith("{") and stripped.endswith("}"):
            with suppress(ValueError, RecursionError):
                said = json.loads(stripped)
                found = True
                yield said
    if not found:  # another program has reformatted it
        with suppress(ValueError, RecursionError):
            said = json.loads(text)
            yield from said["items"] if isinstance(said, dict) and isinstance(said.get("items"), list) else ()


def _record(said: Mapping[str, Any]) -> Record:
    """Raises `ValueError`, `TypeError` or `LookupError` if it is not a record."""
    sha256 = str(said["sha256"])
    texts = [said[name] for name in ("source", "key", "path", "url", "content_type")]
    size = int(said["size"])
    if size < 0 or not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError("not a size and a sha256")
    if not all(isinstance(text, str) and text and "\ufffd" not in text for text in texts):
        raise ValueError("a text is missing or damaged")
    published_at = said.get("published_at")
    source, key, path, url, media_type = texts
    return Record(
        source,
        key,
        path,
        url,
        size,
        sha256,
        media_type,
        version=str(said["version"]) if said.get("version") else None,
        verified_by=str(said["verified_by"]) if said.get("verified_by") else None,
        published_at=datetime.fromisoformat(published_at) if published_at else None,
        in_place=str(said.get("in_place")).lower() == "true",
    )
