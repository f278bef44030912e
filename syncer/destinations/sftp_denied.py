"""What an SFTP server does not let us do, and what to do about it. Import this inside a function."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.connect.ssh.sftp import Refused
from syncer.destinations.keys import printable
from syncer.errors import DestinationError

_DENIED = (errno.EACCES, errno.EPERM, errno.EOPNOTSUPP, None)
"""Refusals that say nothing of what lies there: no right, no such request, or just a failure."""

Doing = tuple[str, str]
"""What is asked for, as the end of "does not let us …", and the hint where it is refused."""


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
    name = printable(file)
    return f"delete {name}", f"let this user delete files there, or delete {name} by hand"


def rename_file(folder: str) -> Doing:
    return (
        f"rename files in {_named(folder)}",
        "let this user rename files there: an upload gets its public name once all of it is there",
    )


def _named(folder: str) -> str:
    return f"the folder {printable(folder)}" if folder else "its root"


@contextmanager
def asking(doing: Doing) -> Iterator[None]:
    """What is refused within bears what was asked for, unless it does already."""
    try:
        yield
    except Refused as error:
        error.doing = error.doing or doing
        raise


def denied(error: OSError, place: str) -> DestinationError | None:
    """`None` where the error says something else, or not what was asked for."""
    if not isinstance(error, Refused) or not error.doing or error.errno not in _DENIED:
        return None
    what, hint = error.doing
    reason = error.strerror or str(error)
    if error.errno is None:
        return DestinationError(
            f"{place} failed to {what} ({reason})",
            code="destination.failed",
            hint=f"{hint}; or is the disk or your quota there full? The system's log there says why",
        )
    return DestinationError(
        f"{place} does not let us {what} ({reason})", code="destination.denied", hint=hint
    )
