"""Writes entries as json, jsonl, csv and txt, for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syncer.errors import SyncerError
from syncer.manifest import atomic
from syncer.model import Entry, Facts, acceptance
from syncer.protocols import ManifestFormat

FIELDS = (
    "url",
    "source",
    "key",
    "path",
    "size",
    "sha256",
    "content_type",
    "width",
    "height",
    "duration_s",
    "fps",
    "container",
    "video_codec",
    "audio_codec",
    "version",
    "verified_by",
    "published_at",
    "checked_at",
    "accepted",
    "findings",
    "in_place",
)


def manifest_record(entry: Entry) -> dict[str, object]:
    """The fields of one entry in a manifest."""
    values: dict[str, object] = {
        "url": entry.url,
        "source": entry.source,
        "key": entry.key,
        "path": entry.path,
        "size": entry.size,
        "sha256": entry.sha256,
        "content_type": entry.media_type,
        "version": entry.version,
        "verified_by": entry.verified_by,
        "published_at": timestamp(entry.published_at),
        "checked_at": timestamp(entry.checked_at),
        "accepted": _accepted(entry),
        "findings": [finding.rule for finding in entry.findings],
        "in_place": entry.in_place or entry.found,
    }
    return {name: values[name] if name in values else getattr(entry.facts, name) for name in FIELDS}


def _accepted(entry: Entry) -> bool | None:
    """The verdict; `None` instead of `True` if the media facts were never read."""
    judged = acceptance(entry.findings)
    return None if judged and entry.facts == Facts() else judged


def timestamp(time: datetime | None) -> str | None:
    """The time in UTC, as RFC 3339 with seconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


def dumps(value: object, *, indent: int | None = None) -> str:
    """JSON with readable letters of every language, but with control characters escaped for a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)


class Json:
    """One object: the heading, with the records as `items`."""

    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]:
        yield dumps(heading)[:-1] + ', "items": ['
        separator = "\n"
        for entry in entries:
            yield separator + dumps(manifest_record(entry))
            separator = ",\n"
        yield "\n]}\n"


class JsonLines:
    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]:  # noqa: ARG002 - only JSON has a heading
        for entry in entries:
            yield dumps(manifest_record(entry)) + "\n"


class Csv:
    """RFC 4180. Findings are joined by spaces, unknown values are empty."""

    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]:  # noqa: ARG002 - see JsonLines
        line = io.StringIO()
        writer = csv.writer(line)
        writer.writerow(FIELDS)
        for entry in entries:
            yield _drain(line)
            fields = manifest_record(entry) | {
                "findings": " ".join(finding.rule for finding in entry.findings)
            }
            accepted = fields["accepted"]
            fields["accepted"] = None if accepted is None else str(accepted).lower()
            fields["in_place"] = str(fields["in_place"]).lower()
            writer.writerow(fields.values())
        yield _drain(line)


class Text:
    """One URL a line."""

    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]:  # noqa: ARG002 - see JsonLines
        for entry in entries:
            yield f"{entry.url}\n"


FORMATS: dict[str, ManifestFormat] = {"json": Json(), "jsonl": JsonLines(), "csv": Csv(), "txt": Text()}


def write_atomically(
    files: Iterable[Path], entries: Callable[[], Iterable[Entry]], heading: dict[str, object]
) -> None:
    """Write each file in the format of its ending, atomically: readers see the old file or the new one.

    All files are complete before the first takes its place. Raises `SyncerError` (`manifest`).
    """
    complete: list[Path] = []
    try:
        for file in dict.fromkeys(files):
            with _translated(f"the manifest {file} can't be written"):
                complete.append(file)
                _stage(file, FORMATS[file.suffix.removeprefix(".")].chunks(entries(), heading))
        for file in complete:
            with _translated(f"the manifest {file} can't be written"):
                atomic.take(file)
    finally:
        for file in complete:
            with suppress(OSError):
                atomic.discard(file)


def tidy(files: Iterable[Path], older_than: timedelta | None = None) -> Iterator[Path]:
    """Remove and yield the staged files of killed runs. The caller holds the run's lock."""
    for file in map(atomic.staged, files):
        with _translated(f"{file} can't be removed"):
            try:
                age = datetime.now(UTC).timestamp() - file.lstat().st_mtime
            except FileNotFoundError:
                continue
            if older_than and age < older_than.total_seconds():
                continue
            file.unlink()
        yield file


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SyncerError(
            f"{what}: {error.strerror}",
            code="manifest",
            hint=atomic.hint(error),
        ) from None


def _stage(file: Path, chunks: Iterable[str]) -> None:
    with atomic.stage(file, 0o644) as stream:  # other programs read it
        stream.writelines(chunk.encode() for chunk in chunks)


def _drain(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text
