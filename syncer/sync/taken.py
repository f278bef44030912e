"""syncer replaces only a file that it wrote. Pure."""

from __future__ import annotations

from typing import NoReturn

from syncer.destinations.keys import printable
from syncer.errors import DestinationError
from syncer.model import Copy, Finding, Stored
from syncer.settings.spelling import counted


def may_replace(action: Copy, path: str) -> bool:
    """Whether the catalogue knows that syncer wrote what lies at the path."""
    known = action.known
    return (action.ours and path == action.path) or bool(known and known.ours and known.path == path)


def refuse_overwriting(
    path: str, lying: Stored, url: str, why: Finding | None = None, *, differs: bool = False
) -> NoReturn:
    """Raises `DestinationError` (`destination.taken`). `why` is the finding that shows, or leaves open, that
    a file of the right size has other bytes. `differs`: its bytes at the destination do.
    """
    message = (
        f"a file of {counted(lying.size, 'byte')} that syncer did not write lies at {printable(path)}:"
        " syncer neither replaces nor deletes it"
    )
    hint = (
        "give the source another `path`, or leave the file out with `exclude`; if nobody needs the file"
        " there, or if an earlier catalogue of yours wrote it, remove it there, and the next run copies"
        " yours"
    )
    if differs:
        message += "; and it has other bytes than your source has"
    elif why:
        message += f"; and {_seen(url, why)}"
        hint = f"if it is the same file, run again once {url} serves it; otherwise {hint}"
    raise DestinationError(message, code="destination.taken", hint=hint)


def _seen(url: str, why: Finding) -> str:
    if why.rule == "origin.bytes":
        return f"{url} serves other bytes than your source has"
    return f"{url} does not show that it has the same bytes: {why.message}"
