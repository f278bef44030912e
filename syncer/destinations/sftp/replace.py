"""Renaming over what is there, on servers that may not offer it in one step. Import this inside a function.

1. `posix-rename@openssh.com`, where the server announces it: one step.
2. The plain rename. Most servers replace by it; OpenSSH and the protocol's version 3 refuse to.
3. `posix-rename@openssh.com` though nobody announced it. A server may hang up at that, so it is asked once.
4. The old file is renamed to a hidden name, the new one to the public name, and the old one is removed. In
   between the URL answers 404, and no visitor ever gets half a file. If the second rename fails, the first
   is undone: at once, over the next connection, or before the next upload to that path.
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
    """What is known of a server, over all connections to it."""

    place: str
    """For messages."""
    replaces: bool | None = None
    """Whether `posix-rename@openssh.com` works; `None` where only the announcement is known."""

    def say(self, what: str) -> None:
        """Warn once in a run, not for each file and worker."""
        _say(f"{self.place} {what}")


@cache
def _say(message: str) -> None:
    log.warning("%s", message)


def replaces_in_one_request(client: Client, habits: Habits) -> bool:
    """Whether one request puts a file in the place of another."""
    return client.offers(POSIX_RENAME) if habits.replaces is None else habits.replaces


def publish(client: Client, habits: Habits, staged: str, final: str) -> None:
    """Raises `Refused`; `DestinationError` where the server lets us replace nothing."""
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
    """Whether that was done."""
    if habits.replaces is not None or POSIX_RENAME in client.extensions:
        return False
    habits.replaces = False  # before it is asked: it may hang up
    try:
        client.posix_rename(staged, final)
    except Refused:
        return False
    habits.replaces = True
    return True


def _swap(client: Client, habits: Habits, staged: str, final: str, refused: Refused) -> None:
    hidden = aside_name(final)
    with suppress(Refused):  # the old file is at its place, so what lies here is older
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
        f"can't replace a file in one step ({POSIX_RENAME} does not work there): while one is replaced, its"
        " URL answers 404 for a moment; with {sha256:12} in a source's `path` no file is ever replaced"
    )
    with suppress(Refused):
        client.remove(wire(hidden))


def restore_old_file(client: Client, final: str) -> None:
    """Put an old file back in its place, where an earlier try left it aside and brought no new one."""
    hidden = aside_name(final)
    if _looked(client, hidden) is None:
        return
    with suppress(Refused):
        if _looked(client, final) is None:
            client.rename(hidden, final)
        else:
            client.remove(wire(hidden))


def aside_name(final: str) -> str:
    """Where the old file lies meanwhile: always the same name, as a staged one, so that it is found again."""
    folder, _, name = final.rpartition("/")
    return f"{folder}/{hidden_name(f'aside {last_part(name)}')}"


def hidden_name(what: str) -> str:
    """A name as staged files have it, always the same for the same text."""
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
