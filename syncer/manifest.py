"""Entries as json, jsonl, csv and txt: what other programs read."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from syncer.errors import SyncerError
from syncer.model import Entry, rejects
from syncer.seams import ManifestFormat

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
    "published_at",
    "checked_at",
    "accepted",
    "findings",
)


def record(entry: Entry) -> dict[str, object]:
    """One manifest line: a projection of an entry."""
    values: dict[str, object] = {
        "url": entry.url,
        "source": entry.source,
        "key": entry.key,
        "path": entry.path,
        "size": entry.size,
        "sha256": entry.sha256,
        "content_type": entry.media_type,
        "version": entry.version,
        "published_at": timestamp(entry.published_at),
        "checked_at": timestamp(entry.checked_at),
        # What no rule refused is not accepted yet: codec, frame rate and duration are still unknown.
        "accepted": False if rejects(entry.findings) else None,
        "findings": [finding.rule for finding in entry.findings],
    }
    return {name: values[name] if name in values else getattr(entry.facts, name) for name in FIELDS}


def timestamp(time: datetime | None) -> str | None:
    """UTC, RFC 3339, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


class Json:
    """One object: the heading, and the records as `items`."""

    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]:
        yield json.dumps(heading, ensure_ascii=False)[:-1] + ', "items": ['
        separator = "\n"
        for entry in entries:
            yield separator + json.dumps(record(entry), ensure_ascii=False)
            separator = ",\n"
        yield "\n]}\n"


class JsonLines:
    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]:  # noqa: ARG002 - only JSON has a place for it
        for entry in entries:
            yield json.dumps(record(entry), ensure_ascii=False) + "\n"


class Csv:
    """RFC 4180; findings joined by spaces, the unknown empty."""

    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]:  # noqa: ARG002 - see JsonLines
        line = io.StringIO()
        writer = csv.writer(line)
        writer.writerow(FIELDS)
        for entry in entries:
            yield _drain(line)
            fields = record(entry) | {"findings": " ".join(finding.rule for finding in entry.findings)}
            accepted = fields["accepted"]
            fields["accepted"] = None if accepted is None else str(accepted).lower()
            writer.writerow(fields.values())
        yield _drain(line)


class Text:
    """One URL a line."""

    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]:  # noqa: ARG002 - see JsonLines
        for entry in entries:
            yield f"{entry.url}\n"


FORMATS: dict[str, ManifestFormat] = {"json": Json(), "jsonl": JsonLines(), "csv": Csv(), "txt": Text()}


def write(files: Iterable[Path], entries: Callable[[], Iterable[Entry]], heading: dict[str, object]) -> None:
    """Write each file in the format of its ending, atomically: readers see the old one or the new one.

    All are complete before the first takes its place. Raises `SyncerError` (`manifest`).
    """
    staged: list[tuple[Path, Path]] = []
    try:
        for file in files:
            chunks = FORMATS[file.suffix.removeprefix(".")].chunks(entries(), heading)
            staged.append((_stage(file, chunks), file))
        for temporary, file in staged:
            temporary.replace(file)
    except OSError as error:
        raise SyncerError(
            f"the manifest {file} can't be written: {error.strerror}",
            code="manifest",
            hint="let this user write in its folder, and see that the disk has space",
        ) from None
    finally:
        for temporary, _ in staged:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _stage(file: Path, chunks: Iterable[str]) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        # newline="" leaves CSV's own line ends alone; the mode is what `open` would have given it.
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.writelines(chunks)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _drain(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text
