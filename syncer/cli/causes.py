"""Troubles with one cause: the same rule, and the same message apart from names, URLs and numbers."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from syncer.sync.scope import UNANSWERED
from syncer.urls.canonical import hosts_only

T = TypeVar("T")

ORIGIN_WIDE = (*UNANSWERED, "origin.private")
"""Rules about a host, which hold for all its URLs."""
MOST = 1000
"""Causes that are distinguished; each further trouble counts as its own cause."""

Cause = tuple[str, str]
"""Rule or code, and the part that all its messages share."""

_ADDRESS = re.compile(r"\b[a-z0-9+]+://\S+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def cause(code: str, message: str, names: Iterable[str] = ()) -> Cause:
    """`names` are the names that the message may use for its asset: key, path."""
    if code in ORIGIN_WIDE:
        return code, ""
    for name in sorted(names, key=len, reverse=True):
        message = message.replace(name, "…") if len(name) > 1 else message
    return code, _NUMBER.sub("#", _QUOTED.sub("…", _ADDRESS.sub("…", message)))


def sentence(code: str, message: str) -> str:
    """The message; for a rule about a host, without the URL that was requested."""
    if code not in ORIGIN_WIDE:
        return message
    return hosts_only(message.partition(" was not looked at: ")[2] or message)


@dataclass
class Groups(Generic[T]):
    """Troubles by cause: their number, and the first one."""

    counts: dict[Cause, int] = field(default_factory=dict)
    examples: dict[Cause, T] = field(default_factory=dict)

    def add(self, found: Cause, example: T) -> bool:
        """Whether it is the first of its cause."""
        if found in self.counts:
            self.counts[found] += 1
            return False
        if len(self.counts) < MOST:
            self.counts[found] = 1
            self.examples[found] = example
        return True


def one_stream() -> bool:
    """Whether stdout and stderr lead to the same place, so that nothing should be printed twice."""
    try:
        out, err = (os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr))
    except (AttributeError, OSError, ValueError):
        return False
    return (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino)
