"""What the exit code says. An unknown code must be treated as failure."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    ERROR = 1
    USAGE = 2
    """Command line or config."""
    FAILED = 3
    """Some assets failed."""
    REJECTED = 4
    """Some were rejected by the checks."""
    UNPROVEN = 5
    """Ownership is not proven."""
    LOCKED = 6
    """Another run holds the lock."""
    INTERRUPTED = 130
