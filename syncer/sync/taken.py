"""syncer replaces only a file that it wrote. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from syncer.destinations.keys import printable
from syncer.errors import DestinationError
from syncer.model import Copy, Failed, Finding, Stored
from syncer.settings.spelling import counted

UNPROVEN = "destination.found"


def unproven() -> Failed:
    """For an unpublished file that may be the user's own copy of the same bytes."""
    what = "syncer has no proof that it wrote the file at this destination, so it leaves it"
    return Failed(UNPROVEN, what, "remove the file yourself")


def advised(failed: Failed, destinations: int) -> Failed:
    """`unproven`, with another way out if the config has named other destinations before."""
    if destinations < 2:  # noqa: PLR2004 - another one
        return failed
    copied = "if you copied it there from an earlier destination of this config, copy `.syncer-owner` from"
    return replace(failed, hint=f"{failed.hint}; {copied} there, too, and run `syncer sync` again")


def may_replace(action: Copy, path: str) -> bool:
    """Whether the catalogue knows that syncer wrote what lies at the path."""
    known = action.known
    return (action.ours and path == action.path) or bool(known and known.ours and known.path == path)


def refuse_overwriting(  # noqa: PLR0913 - what is known of the file
    path: str,
    lying: Stored,
    url: str,
    why: Finding | None = None,
    *,
    differs: bool = False,
    was_found: bool = False,
) -> NoReturn:
    """Raises `DestinationError` (`destination.taken`). `why` is the finding that shows, or leaves open, that
    a file of the right size has other bytes. `differs`: its bytes at the destination do. `was_found`: the
    catalogue knows it as a file that was there before syncer came.
    """
    message = (
        f"another file ({counted(lying.size, 'byte')}) is already at {printable(path)}: syncer has no proof"
        " that it wrote this file, so it leaves it"
    )
    hint = "Is it yours? Give the source another `path`. Is it an old copy? Remove it and run `syncer sync`."
    if differs:
        message += "; its bytes differ from those at your source"
    elif why:
        message += f"; {_seen(url, why)}"
        hint = f"Is it the same file? Run again once {url} serves it. {hint}"
    if was_found:
        hint += " Did you copy it from an earlier destination? Copy its `.syncer-owner`, too."
    raise DestinationError(message, code="destination.taken", hint=hint)


def _seen(url: str, why: Finding) -> str:
    if why.rule == "origin.bytes":
        return f"{url} serves other bytes than your source has"
    return f"{url} does not show that it has the same bytes: {why.message}"
