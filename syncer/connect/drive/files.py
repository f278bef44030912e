"""A file of the Drive API, from its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syncer.errors import SourceError

GOOGLES_OWN = "application/vnd.google-apps."
FOLDER, SHORTCUT = f"{GOOGLES_OWN}folder", f"{GOOGLES_OWN}shortcut"
FIELDS = (
    "id,name,mimeType,size,md5Checksum,sha256Checksum,headRevisionId,modifiedTime,createdTime,trashed,driveId,"
    "resourceKey,shortcutDetails(targetId,targetMimeType,targetResourceKey),capabilities(canDownload,canListChildren)"
)
EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class DriveFile:
    """A file, a folder, or a shortcut to one."""

    id: str
    name: str
    media_type: str
    size: int | None = None
    """`None` if it has no bytes, such as a Google Doc."""
    version: str | None = None
    """Another value means other bytes: the MD5; without one the revision; else time and size."""
    digest: str | None = None
    """`sha256:HEX` or `md5:HEX`."""
    modified: datetime | None = None
    created: datetime = EPOCH
    resource_key: str | None = None
    """The key that some old links need. A shortcut has the key of its target."""
    drive: str | None = None
    """The id of the shared drive that it is or lies in."""
    trashed: bool = False
    opens: bool = True
    """Whether this account may read the bytes, or list the folder."""
    target: str | None = None
    """The id of a shortcut's target."""
    target_is_folder: bool = False

    @property
    def is_folder(self) -> bool:
        return self.media_type == FOLDER

    @property
    def is_shortcut(self) -> bool:
        return self.media_type == SHORTCUT

    @property
    def has_bytes(self) -> bool:
        return self.size is not None and not self.media_type.startswith(GOOGLES_OWN)

    @property
    def shown(self) -> str:
        """For messages: invisible characters are escaped."""
        return repr(self.name) if self.name.isprintable() else ascii(self.name)


def file_page(found: Mapping[str, Any], what: str) -> tuple[tuple[DriveFile, ...], str | None]:
    """The files of a page, and the token of the next one."""
    if found.get("incompleteSearch"):
        raise SourceError(
            f"{what}: Google says that the list is incomplete",
            code="source.incomplete",
            hint="run again; if it happens again, set folder to a folder, not to a whole drive",
            transient=True,
        )
    files, following = found.get("files"), found.get("nextPageToken")
    if not isinstance(files, list) or not isinstance(following, str | None):
        raise _odd(what)
    return tuple(file(each, what) for each in files), following


def file(found: Mapping[str, Any], what: str) -> DriveFile:
    try:
        return _file(found)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
        raise _odd(what) from None


def _file(found: Mapping[str, Any]) -> DriveFile:
    size, modified = _size(found), _time(found.get("modifiedTime"))
    md5, sha256 = found.get("md5Checksum"), found.get("sha256Checksum")
    target: Mapping[str, Any] = found.get("shortcutDetails", {})
    able: Mapping[str, Any] = found.get("capabilities", {})
    folder = found["mimeType"] == FOLDER
    return DriveFile(
        id=_text(found["id"]),
        name=_text(found["name"]),
        media_type=_text(found["mimeType"]),
        size=size,
        version=md5 or found.get("headRevisionId") or f"{size}-{found.get('modifiedTime')}",
        digest=f"sha256:{sha256}".lower() if sha256 else f"md5:{md5}".lower() if md5 else None,
        modified=modified,
        created=_time(found.get("createdTime")) or EPOCH,
        resource_key=target.get("targetResourceKey") if target else found.get("resourceKey"),
        drive=found.get("driveId"),
        trashed=found.get("trashed") is True,
        opens=able.get("canListChildren" if folder else "canDownload") is not False,
        target=target.get("targetId"),
        target_is_folder=target.get("targetMimeType") == FOLDER,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _size(found: Mapping[str, Any]) -> int | None:
    """A 64-bit number, which is text in the JSON."""
    return None if found.get("size") is None else int(found["size"])


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _odd(what: str) -> SourceError:
    return SourceError(
        f"{what}: not a Drive API response",
        code="source.answer",
        hint="check endpoint",
        transient=True,
    )
