"""Refusals of an FTP server as errors with hints."""

from __future__ import annotations

import errno
import re

from syncer.connect.ftp.control import FtpRefused
from syncer.destinations import staging
from syncer.destinations.keys import OWNER_MARK, printable
from syncer.errors import DestinationError

NOT_TAKEN = 550
"""The file does not exist, or this user has no access to it: FTP has one code for both."""

UNKNOWN_REQUEST = range(500, 505)
"""The server does not know the request, or not with this argument."""

_NUMBERS = {452: errno.ENOSPC, 552: errno.EDQUOT}
_WORDS = (
    (r"too large", None),
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
    number = next(
        (number for words, number in _WORDS if re.search(words, error.text, re.IGNORECASE)),
        _NUMBERS.get(error.code),
    )
    if number:
        return staging.file_error(OSError(number, error.text), path, place)
    passing = error.code < 500  # noqa: PLR2004 - RFC 959: it may work later
    name = printable(path) if path else "the root"
    right = "give this user the right to read and write below `root`"
    if error.uploading:
        what, hint = f"broke off the upload of {name}", _ROOM
    elif error.doing:
        what, hint = f"does not let us {error.doing[0]}", error.doing[1]
    elif passing:
        what, hint = f"failed on {name}", _LATER
    else:
        what, hint = f"does not let us touch {name}", right
    if passing and error.doing and not error.uploading:
        hint = f"{_LATER}; else {hint}"
    return DestinationError(
        f"{place} {what} ({error})",
        code="destination.failed" if passing else "destination.denied",
        hint=hint,
        transient=passing,
    )


_ROOM = "is its disk or your quota full? If not, its log says why, such as a limit of size or a virus scanner"
_LATER = "the server calls this temporary; if it stays, look at its disk, your quota and its log"


def in_motion(error: FtpRefused) -> bool:
    """Whether another client may have made or removed a folder meanwhile."""
    return bool(re.search("no such file|exists", error.text, re.IGNORECASE))


def root_missing(root: str, reason: str) -> DestinationError:
    return DestinationError(
        f"the root {root} is not a folder on the server: {reason}",
        code="destination.root",
        hint="create it there, or correct `root`: without a leading / it is relative to the login folder",
    )


def no_facts(root: str, error: FtpRefused) -> DestinationError:
    return DestinationError(
        f"the server refuses MLST, the request for a file's size and kind, for the root {root} ({error})",
        code="destination.unsupported",
        hint="ask your host to allow MLST and MLSD, or publish by another `kind`, such as sftp",
    )


def not_deleted(file: str, place: str, reason: str) -> DestinationError:
    name = printable(file)
    return DestinationError(
        f"{place} does not let us delete {name}, a test file ({reason})",
        code="destination.denied",
        hint=f"let this user delete files there (DELE) and run again, or delete {name} by hand and publish"
        " by another `kind`, such as sftp",
    )


def changed_on_the_way(path: str, sent: int, came: int) -> DestinationError:
    """For a file that syncer has just written."""
    return DestinationError(
        f"{printable(path)}, which syncer has just written, comes back with other bytes ({sent} were sent,"
        f" {came} came): the server damages what it stores or sends",
        code="destination.corrupt",
        hint="nothing was published; look at that server's disk and its log, and at programs in between that"
        " rewrite FTP",
    )


def linked(path: str, folder: str) -> DestinationError:
    return DestinationError(
        f"{printable(path)} is out of bounds: {printable(folder)} is a link, and FTP does not show its"
        " target",
        code="destination.outside",
        hint="replace the link by a folder, or set `root` to its target",
    )


_MARK = ("a link, or something else than a file", "a folder")


def in_the_way(path: str, *, is_folder: bool) -> DestinationError:
    if path == OWNER_MARK:
        return staging.mark_in_the_way("the root", _MARK[is_folder])
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
    """Other names for media don't help: each run replaces the owner mark."""
    is_trial = staging.is_staged(staging.last_part(path))
    what = "a file by renaming another to its name" if is_trial else f"{printable(path)} in one step"
    return DestinationError(
        f"the server does not let us replace {what} ({reason})",
        code="destination.replace",
        hint="ask your host to allow overwriting (ProFTPD: AllowOverwrite on), or publish by another `kind`,"
        " such as sftp",
    )


def not_readable(path: str, mode: int) -> DestinationError:
    return DestinationError(
        f"the web server could not read {printable(path)}: its mode is {mode & 0o777:o}, and the FTP server"
        " does not let us change it",
        code="destination.denied",
        hint="let this user change modes (SITE CHMOD), or set a umask of 022 for uploads there",
    )
