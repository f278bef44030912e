"""Replaces a file by rename, also on servers that can't do it in one step. Import this inside a function.

1. `posix-rename@openssh.com`, if the server announces it: one step.
2. The plain rename. Most servers replace the file; OpenSSH and the protocol's version 3 refuse to.
3. `posix-rename@openssh.com` without an announcement. A server may hang up at that, so it is tried once.
4. Rename the old file to a hidden name and the new one to the public name, then remove the old one. In
   between the URL answers 404, but no visitor ever gets half a file. If the second rename fails, the first
   one is undone: at once, over the next connection, or before the next upload to that path.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from logging import getLogger
from typing import TYPE_CHECKING

from syncer.connect.ssh.sftp import POSIX_RENAME, Client, Refused, wire
from syncer.connect.ssh.sftp_optional import is_folder, stat_or_lstat
from syncer.destinations.keys import STAGED_PREFIX
from syncer.destinations.staging import last_part
from syncer.errors import DestinationError

if TYPE_CHECKING:
    from paramiko import SFTPAttributes

log = getLogger("syncer")


@dataclass
class Habits:
    """Known behaviour of a server, shared by all connections to it."""

    place: str
    """For messages."""
    replaces: bool | None = None
    """Whether `posix-rename@openssh.com` works; `None` if only the announcement is known."""

    def say(self, what: str) -> None:
        """Warn once in a run, not for each file and worker."""
        _say(f"{self.place} {what}")


@cache
def _say(message: str) -> None:
    log.warning("%s", message)


def replaces_in_one_request(client: Client, habits: Habits) -> bool:
    """Whether one request replaces a file."""
    return client.offers(POSIX_RENAME) if habits.replaces is None else habits.replaces


def publish(client: Client, habits: Habits, staged: str, final: str) -> None:
    """Rename the staged file. Raises `Refused`, and `DestinationError` if the server can't replace files."""
    if replaces_in_one_request(client, habits):
        try:
            client.posix_rename(staged, final)
        except Refused as error:
            if _looked(client, staged) is None:
                raise
            _publish_otherwise(client, habits, staged, final)
            habits.replaces = False if error.errno else habits.replaces
        return
    _publish_otherwise(client, habits, staged, final)


def _publish_otherwise(client: Client, habits: Habits, staged: str, final: str) -> None:
    try:
        client.rename(staged, final)
    except Refused as error:
        there = _looked(client, final)
        if there is None or is_folder(there) or _looked(client, staged) is None:
            raise
        if not _replace_unannounced(client, habits, staged, final):
            _swap(client, habits, staged, final, error)


def _replace_unannounced(client: Client, habits: Habits, staged: str, final: str) -> bool:
    """Whether it worked."""
    if habits.replaces is not None or POSIX_RENAME in client.extensions:
        return False
    habits.replaces = False  # set before the request, as the server may hang up at it
    try:
        client.posix_rename(staged, final)
    except Refused:
        return False
    habits.replaces = True
    return True


def _swap(client: Client, habits: Habits, staged: str, final: str, refused: Refused) -> None:
    hidden = aside_name(final)
    with suppress(Refused):  # the old file has its public name, so a hidden file is even older
        client.remove(wire(hidden))
    try:
        client.rename(final, hidden)
    except Refused:
        raise _cannot(final, refused) from refused
    try:
        client.rename(staged, final)
    except Refused as error:
        restore_old_file(client, final)
        raise _cannot(final, error) from error
    habits.say(
        f"can't replace a file in one step ({POSIX_RENAME} does not work there): during a replacement, its"
        " URL answers 404 for a moment; with {sha256:12} in a source's `path` no file is ever replaced"
    )
    with suppress(Refused):
        client.remove(wire(hidden))


def restore_old_file(client: Client, final: str) -> None:
    """Give an old file its public name back, if an earlier replacement failed after the first rename."""
    hidden = aside_name(final)
    if _looked(client, hidden) is None:
        return
    with suppress(Refused):
        if _looked(client, final) is None:
            client.rename(hidden, final)
        else:
            client.remove(wire(hidden))


def aside_name(final: str) -> str:
    """The hidden name of the old file. It is the same each time, so that the file is found again."""
    folder, _, name = final.rpartition("/")
    return f"{folder}/{hidden_name(f'aside {last_part(name)}')}"


def hidden_name(what: str) -> str:
    """A staged name that depends only on the text."""
    digest = hashlib.sha256(what.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{STAGED_PREFIX}{digest[:32]}.part"


def _looked(client: Client, path: str) -> SFTPAttributes | None:
    try:
        return stat_or_lstat(client, path)
    except Refused:
        return None


def _cannot(final: str, error: Refused) -> DestinationError:
    return DestinationError(
        f"the server does not let us replace {final} ({error})",
        code="destination.replace",
        hint="let this user rename and remove files there, or put {sha256:12} into the source's `path`,"
        " so that no file is ever replaced",
    )
