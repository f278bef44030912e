"""Refusals of an FTP server as errors with hints."""

from __future__ import annotations

import errno
import re

from syncer.connect.ftp.control import FtpRefused
from syncer.destinations import staging
from syncer.destinations.keys import printable
from syncer.errors import DestinationError

NOT_TAKEN = 550
"""The file does not exist, or this user has no access to it: FTP has one code for both."""

_NUMBERS = {452: errno.ENOSPC, 552: errno.EDQUOT}
_WORDS = (
    (r"no space|disk full|insufficient", errno.ENOSPC),
    (r"quota", errno.EDQUOT),
    (r"read-only", errno.EROFS),
    (r"too long", errno.ENAMETOOLONG),
    (r"not a directory", errno.ENOTDIR),
    (r"is a directory", errno.EISDIR),
    (r"no such file", errno.ENOENT),
)
"""The texts of replies; most servers repeat those of their operating system."""


def ftps_error(error: FtpRefused, path: str, place: str) -> DestinationError:
    """The error for a path below the root of `place`."""
    number = _NUMBERS.get(error.code) or next(
        (number for words, number in _WORDS if re.search(words, error.text, re.IGNORECASE)), None
    )
    if number:
        return staging.file_error(OSError(number, error.text), path, place)
    what, hint = error.doing or (
        f"touch {printable(path) if path else 'the root'}",
        "give this user the right to read and write below `root`",
    )
    passing = error.code < 500  # noqa: PLR2004 - RFC 959: it may work later
    return DestinationError(
        f"{place} does not let us {what} ({error})",
        code="destination.failed" if passing else "destination.denied",
        hint=hint,
        transient=passing,
    )


def in_motion(error: FtpRefused) -> bool:
    """Whether another client may have made or removed a folder meanwhile."""
    return bool(re.search("no such file|exists", error.text, re.IGNORECASE))


def root_missing(root: str, reason: str) -> DestinationError:
    return DestinationError(
        f"the root {root} is not a folder on the server: {reason}",
        code="destination.root",
        hint="create it there, or correct `root`: without a leading / it is relative to the login folder",
    )


def linked(path: str, folder: str) -> DestinationError:
    return DestinationError(
        f"{printable(path)} is out of bounds: {printable(folder)} is a link, and FTP does not show its"
        " target",
        code="destination.outside",
        hint="replace the link by a folder, or set `root` to its target",
    )


def in_the_way(path: str, *, is_folder: bool) -> DestinationError:
    what = "a folder of that name" if is_folder else "a file where it needs a folder"
    return DestinationError(
        f"{what} is in the way of {printable(path)}",
        code="destination.in_the_way",
        hint="move it away there, or set another `path` for the source",
    )


def gone_meanwhile(path: str) -> DestinationError:
    return DestinationError(
        f"the folder of {printable(path)} vanished {staging.TRIES} times while it was written",
        code="destination.vanished",
        transient=True,
    )


def cannot_replace(path: str, reason: str) -> DestinationError:
    return DestinationError(
        f"the server does not let us replace {printable(path)} in one step ({reason})",
        code="destination.replace",
        hint="ask your host to allow overwriting (ProFTPD: AllowOverwrite on), or put {sha256:12} into the"
        " source's `path`, so that no file is ever replaced",
    )


def not_readable(path: str, mode: int) -> DestinationError:
    return DestinationError(
        f"the web server could not read {printable(path)}: its mode is {mode & 0o777:o}, and the FTP server"
        " does not let us change it",
        code="destination.denied",
        hint="let this user change modes (SITE CHMOD), or set a umask of 022 for uploads there",
    )
