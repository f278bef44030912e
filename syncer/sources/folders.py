"""What folders have in common as sources, on this machine's disks and on another's."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

from syncer.errors import SourceChanged
from syncer.model import Asset

STAGED_PREFIX = ".syncer-"
"""What a destination in the same folder is still writing."""


def asset(  # noqa: PLR0913 - the fields of an asset
    source: str,
    locator: str,
    size: int | None = None,
    version: str | None = None,
    modified: datetime | None = None,
    flaw: str | None = None,
) -> Asset:
    """`locator` is the path below the root; bytes that are not UTF-8 stand in it as surrogates."""
    key = text(locator)
    if flaw is None and key != locator:
        flaw = "its name is not UTF-8"
    return Asset(
        source=source,
        key=unicodedata.normalize("NFC", key),
        locator=locator,
        size=size,
        version=version,
        modified=modified,
        flaw=flaw,
    )


def text(name: str) -> str:
    """Valid Unicode: bytes that are not UTF-8 are spelled out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def when(seconds: float) -> datetime | None:
    """`None` for a time that is no date: file systems keep any number."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def dangling(target: str) -> str:
    return f"it is a link to {text(target)}, which can't be followed"


def leaving(target: str) -> str:
    return f"it is a link that leaves the source's folder, to {text(target)}"


def changed(path: str) -> SourceChanged:
    return SourceChanged(
        f"{text(path)} was changed or deleted since it was listed", hint="the next run sees what is there"
    )
