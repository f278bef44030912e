"""What the test upload to an FTP server proves: it keeps bytes as they are, and deletes files."""

from __future__ import annotations

import posixpath

from syncer.connect.ftp.control import FtpRefused
from syncer.destinations.ftps import refusals
from syncer.destinations.ftps.tree import Tree
from syncer.destinations.keys import STAGED_PREFIX

LEFT = f"{STAGED_PREFIX}{'0' * 32}.part"
"""The name of a test file that can't be deleted. `litter` finds it."""


def expect_kept(tree: Tree, path: str, content: bytes) -> None:
    """Raises `DestinationError` if a file that was just written has other bytes."""
    came = tree.read(path, len(content) + 1)
    if came != content:
        raise refusals.changed_on_the_way(path, len(content), len(came or b""))


def drop_trial(tree: Tree, files: list[str], place: str) -> None:
    """Delete the test file `files[0]`. If the server does not, all runs together leave one file there."""
    reason = _undeleted(tree, files[0])
    if not reason:
        return
    left = posixpath.join(posixpath.dirname(files[0]), LEFT)
    tree.publish(files[0], left)
    files.clear()
    raise refusals.not_deleted(left, place, reason)


def _undeleted(tree: Tree, file: str) -> str:
    """Why it is still there; empty if it is not."""
    try:
        tree.drop(file)
        return "it says that it did" if tree.look(file) else ""
    except FtpRefused as error:
        if error.code < 500:  # noqa: PLR2004 - RFC 959: it may work later
            raise
        return str(error)
