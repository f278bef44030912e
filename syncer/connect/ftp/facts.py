"""The facts of a file or folder in an FTP reply (RFC 3659). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class FileFacts:
    """`size`, `modified` and `mode` are `None` if the server does not give them."""

    is_folder: bool
    is_file: bool
    """A link or a device is neither a folder nor a file."""
    size: int | None
    modified: datetime | None
    mode: int | None
    """The permissions."""


def parse_facts(line: str) -> tuple[str, FileFacts] | None:
    """Name and facts of one line; `None` for the folder itself, its parent, and any other line."""
    told, space, name = line.partition(" ")
    facts = dict(_fact(each) for each in told.split(";") if "=" in each)
    kind = facts.get("type", "").lower()
    if not space or not kind or kind in ("cdir", "pdir"):
        return None
    return name, FileFacts(
        is_folder=kind == "dir",
        is_file=kind == "file",
        size=_number(facts.get("size", ""), 10),
        modified=_time(facts.get("modify", "")),
        mode=_number(facts.get("unix.mode", ""), 8),
    )


def of_one(line: str) -> FileFacts | None:
    """The facts in the reply to MLST, where a folder may have the type `cdir`."""
    found = parse_facts(line.lstrip(" ").replace("type=cdir", "type=dir", 1))
    return found[1] if found else None


def _fact(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.lower(), value


def _number(text: str, base: int) -> int | None:
    try:
        return int(text, base) if text.isascii() and text.isdigit() else None
    except ValueError:
        return None


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
