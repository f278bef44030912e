"""Tests all requests of an upload with an empty file. Import this inside a function.

A server may refuse or hang up at any of them; this finds it before a video is uploaded.
"""

from __future__ import annotations

import errno

from syncer.connect.ssh.sftp import Refused
from syncer.destinations.sftp.replace import hidden_name
from syncer.destinations.sftp.tree import SftpDestinationTree


def try_out(tree: SftpDestinationTree, path: str, made: list[str]) -> None:
    """Make, flush, look at, rename and remove a file in the folder of the path. New folders are added to
    `made`.

    A file that can't be removed stays, and the next test uses its name again, so that they don't pile up.
    """
    staged: list[str] = []
    here, there = (hidden_name(f"trial {number}") for number in (1, 2))
    handle = tree.create(path, made, staged.append, here)
    tree.finish(handle, staged[-1], 0)
    tree.look(path)
    try:
        tree.publish(staged[-1], there)
    except Refused as error:
        if error.errno != errno.ENOENT:  # of two runs that test at once, one renames it
            _drop(tree, staged[-1])
            raise
    _drop(tree, f"{staged[-1].rpartition('/')[0]}/{there}")


def _drop(tree: SftpDestinationTree, file: str) -> None:
    try:
        tree.drop(file)
    except Refused as error:
        tree.say(
            f"does not let us delete files ({error}), so unfinished uploads stay there, and"
            " `delete` does not work"
        )
