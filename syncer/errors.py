"""The errors, and the exit codes.

    SyncerError
    ├── ConfigError        the config file, or the command line (exit 2)
    ├── SourceError        listing or reading media
    │   └── SourceChanged  the object has changed since it was listed
    ├── DestinationError   storing media
    ├── OriginError        what the public URL serves
    ├── OwnershipError     the proof that the origin is ours (exit 5)
    ├── CatalogueError     the catalogue
    ├── PlatformError      what the platform's API answers
    │   └── Unanswered     it is unknown whether the platform accepted a request
    ├── UnsafePlan         a plan over its limits; nothing of it was done
    └── Locked             another run holds the lock (exit 6)

The class says which part failed, `transient` whether the program retries, `hint` what the reader can do, and
`code` is stored, counted and documented. A message says what happened, to what, and the number or answer
seen. It never has a secret or a signed query string.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from syncer.unsaid import without_secrets


class Exit(IntEnum):
    """The exit codes. A caller must treat an unknown code as a failure."""

    OK = 0
    ERROR = 1
    USAGE = 2
    """Command line or config."""
    FAILED = 3
    """Some assets failed."""
    REJECTED = 4
    """The checks rejected some assets."""
    UNPROVEN = 5
    """Ownership is not proven."""
    LOCKED = 6
    """Another run holds the lock."""
    INTERRUPTED = 130


class SyncerError(Exception):
    """Every error that a user may see."""

    default_code = "error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        hint: str | None = None,
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        message = without_secrets(message, ours=True)
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.hint = hint and without_secrets(hint, ours=True)
        self.transient = transient
        """Whether the same call may succeed later."""
        self.retry_after = retry_after
        """Seconds that the server asked us to wait."""
        self.attempts = 1
        """The number of attempts."""

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle, which can't handle an exception with keyword arguments: errors
        cross process borders.
        """
        return (
            _rebuild,
            (type(self), self.message, self.code, self.hint, self.transient, self.retry_after),
        )

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}; {self.hint}"


def _rebuild(  # noqa: PLR0913 - one argument for each field that pickles
    kind: type[SyncerError],
    message: str,
    code: str,
    hint: str | None,
    transient: bool,  # noqa: FBT001 - positional because pickle passes it so
    retry_after: float | None,
) -> SyncerError:
    return kind(message, code=code, hint=hint, transient=transient, retry_after=retry_after)


class ConfigError(SyncerError):
    default_code = "config"


class SourceError(SyncerError):
    default_code = "source"


class SourceChanged(SourceError):  # noqa: N818 - reads as what happened
    default_code = "source.changed"


class DestinationError(SyncerError):
    default_code = "destination"


class OriginError(SyncerError):
    default_code = "origin"


class OwnershipError(SyncerError):
    default_code = "ownership"


class CatalogueError(SyncerError):
    default_code = "catalogue"


class PlatformError(SyncerError):
    default_code = "push"


class Unanswered(PlatformError):  # noqa: N818 - reads as what happened
    default_code = "push.unanswered"


class UnsafePlan(SyncerError):  # noqa: N818 - reads as what happened
    default_code = "plan.unsafe"


class Locked(SyncerError):  # noqa: N818 - reads as what happened
    default_code = "locked"
