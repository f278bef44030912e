"""Checks public paths, for every destination.

Use `check_path` for new files, and `path_below_root` to look at or delete one: an earlier version of syncer
may have published under a name that is refused now.
"""

from __future__ import annotations

import re
import unicodedata

from syncer.errors import DestinationError
from syncer.urls import safe_names

STAGED_PREFIX = ".syncer-"
"""The start of all staged names; no part of a published path starts so. Web servers hide a leading dot."""

OWNER_MARK = f"{STAGED_PREFIX}owner"
"""The file at the destination's root that names the catalogue which publishes there. Hidden, as staged files
are.
"""
MAX_MARK = 64 * 1024
"""Bytes of a mark that are read; ours have about 300."""

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""The Unicode categories Cc and Cs."""

MAX_SEGMENT = 255
"""Bytes: the longest file name of the common file systems."""
MAX_PATH = 1024
"""Bytes: the longest S3 key."""


def check_path(path: str) -> str:
    """The path, if media may be published there. Raises `DestinationError`, `destination.path`."""
    return _unless(_flaw(path) or _public_flaw(path), path)


def to_publish(path: str, *, proof: bool) -> str:
    """The path, if a staged file may become public there. Raises as `check_path`. A `proof` is a signature
    file, which keeps its own name.
    """
    return path_below_root(path) if proof else check_path(path)


def path_below_root(path: str) -> str:
    """The path, if it is below a destination's root. Raises as `check_path`."""
    return _unless(_flaw(path), path)


def path_error(path: str, flaw: str) -> DestinationError:
    return DestinationError(
        f"{printable(path)} can't be a public path: {flaw}",
        code="destination.path",
        hint="rename it at the source, exclude it, or let the source's `path` be such as {slug}.{ext}",
    )


def _unless(flaw: str | None, path: str) -> str:
    if flaw:
        raise path_error(path, flaw)
    return path


def _public_flaw(path: str) -> str | None:
    if not safe_names.is_media(path):
        return "its ending is not one of media"
    return safe_names.obeyed(path)


def printable(name: str) -> str:
    """The name in quotes for messages. Invisible and look-alike characters are escaped."""
    if name.isprintable() and unicodedata.is_normalized("NFC", name):
        return f"'{name}'"
    return "'" + "".join(c if c.isascii() and c.isprintable() else _escape(c) for c in name) + "'"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _flaw(path: str) -> str | None:
    if _UNPRINTABLE.search(path):
        return "it has control characters or is not valid Unicode"
    if not unicodedata.is_normalized("NFC", path):
        return "it is not in Unicode normal form C"
    if path.startswith("/"):
        return "it begins with a slash"
    if len(path.encode()) > MAX_PATH:
        return f"it is {len(path.encode())} bytes long, over {MAX_PATH}"
    return next((flaw for segment in path.split("/") if (flaw := _segment_flaw(segment))), None)


def _segment_flaw(segment: str) -> str | None:
    if not segment:
        return "a part of it is empty (a//b, a/)"
    if segment in (".", ".."):
        return f"a part of it is {segment}"
    if "\\" in segment:
        return "it has a backslash, which browsers take for a slash"
    if segment.startswith(STAGED_PREFIX):
        return f"names that begin with {STAGED_PREFIX} are used for staging"
    if len(segment.encode()) > MAX_SEGMENT:
        return f"a name in it is {len(segment.encode())} bytes long, over {MAX_SEGMENT}"
    return None
