"""Refusals of an SFTP server as errors with hints. Import this inside a function."""

from __future__ import annotations

import errno

from syncer.connect.reasons import reason_of
from syncer.connect.ssh.sftp import Refused
from syncer.errors import DestinationError

_DENIED = (errno.EACCES, errno.EPERM, errno.EOPNOTSUPP, None)
"""Refusals that say nothing about the file: no permission, no such request, or only "failure"."""


def denied(error: OSError, place: str) -> DestinationError | None:
    """The error; `None` if it is another one, or lacks the request."""
    if not isinstance(error, Refused) or not error.doing or error.errno not in _DENIED:
        return None
    what, hint = error.doing
    reason = reason_of(error)
    if error.errno is None:
        return DestinationError(
            f"{place} failed to {what} ({reason})",
            code="destination.failed",
            hint=f"{hint}; or is the disk or your quota there full? The system's log there says why",
        )
    return DestinationError(
        f"{place} does not let us {what} ({reason})", code="destination.denied", hint=hint
    )
