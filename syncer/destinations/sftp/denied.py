"""Refusals of an SFTP server as errors with hints. Import this inside a function."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.connect.ssh.sftp import Refused
from syncer.destinations.keys import printable
from syncer.errors import DestinationError

_DENIED = (errno.EACCES, errno.EPERM, errno.EOPNOTSUPP, None)
"""Refusals that say nothing about the file: no permission, no such request, or only "failure"."""

Doing = tuple[str, str]
"""The request, as the end of "does not let us …", and the hint."""


def make_folder(folder: str) -> Doing:
    name = printable(folder)
    hint = (
        f"create {name} there by hand, such as in the hosting panel, or let this user create folders;"
        " a `path` without folders, such as {slug}-{sha256:12}.{ext}, needs none"
    )
    return f"create the folder {name}", hint


def make_file(folder: str) -> Doing:
    return f"create files in {_named(folder)}", "give this user the right to write in that folder"


def list_folder(folder: str) -> Doing:
    return f"list {_named(folder)}", "let this user list folders there"


def delete_file(file: str) -> Doing:
    return f"delete {printable(file)}", "let this user delete files there, or delete it by hand"


def rename_file(folder: str) -> Doing:
    return (
        f"rename files in {_named(folder)}",
        "let this user rename files there: an upload gets its public name at its end",
    )


def _named(folder: str) -> str:
    return f"the folder {printable(folder)}" if folder else "its root"


@contextmanager
def asking(doing: Doing) -> Iterator[None]:
    """Add the request to refusals in the block, if they have none yet."""
    try:
        yield
    except Refused as error:
        error.doing = error.doing or doing
        raise


def denied(error: OSError, place: str) -> DestinationError | None:
    """The error; `None` if it is another one, or lacks the request."""
    if not isinstance(error, Refused) or not error.doing or error.errno not in _DENIED:
        return None
    what, hint = error.doing
    reason = error.strerror or str(error)
    if error.errno is None:
        return DestinationError(
            f"{place} failed to {what} ({reason})",
            code="destination.failed",
            hint=f"{hint}; or check the disk, its quota and the system's log there",
        )
    return DestinationError(
        f"{place} does not let us {what} ({reason})", code="destination.denied", hint=hint
    )
