"""A lock for one writer at a time over FTP, where a rename replaces any file. Import this inside a function.

The lock is a folder: MKD is the only request of FTP that fails if another client was faster.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from syncer.connect.ftp.control import FtpRefused
from syncer.connect.refusal import asking
from syncer.destinations.ftps.tree import Tree
from syncer.destinations.keys import STAGED_PREFIX
from syncer.destinations.staging import TRIES
from syncer.errors import DestinationError
from syncer.protocols import Pace

LOCK = f"{STAGED_PREFIX}lock"
"""Its name, at the root. No public path has it, and web servers hide a leading dot."""
_MAKE = (
    f"create the folder '{LOCK}' in its root (MKD)",
    "let this user create and remove folders there: syncer holds that one while it writes its owner mark",
)
TICK = 0.1
"""Seconds between two tries."""


@contextmanager
def locked(tree: Tree, pace: Pace) -> Iterator[None]:
    """Hold the lock. One that stays for `give_up` seconds is from a run that died, and is removed."""
    until = time.monotonic() + pace.patience.give_up
    while not _made(tree):
        if pace.wait(TICK):
            raise DestinationError("the run was stopped", code="destination.lost", transient=True)
        if time.monotonic() > until:
            _remove(tree)
            until = time.monotonic() + pace.patience.give_up
    try:
        yield
    finally:
        if tree.client.usable:
            _remove(tree)


def _made(tree: Tree) -> bool:
    """Each refusal may come from a lock that is released before the look at it. If no lock is seen in all
    tries, this user can't make folders.
    """
    for left in reversed(range(TRIES)):
        try:
            with asking(_MAKE):
                tree.client.create_folder(tree.at(LOCK))
        except FtpRefused:
            if tree.look(LOCK) is not None:
                return False
            if not left:
                raise
        else:
            return True
    return False


def _remove(tree: Tree) -> None:
    with suppress(FtpRefused):
        tree.client.remove_folder(tree.at(LOCK))
