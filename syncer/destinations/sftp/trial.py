"""What an upload needs of an SFTP server, tried with an empty file. Import this inside a function.

A server may refuse or hang up at any of it: better now, than with the bytes of a video on the way.
"""

from __future__ import annotations

import errno

from syncer.connect.ssh.sftp import Refused
from syncer.destinations.sftp.replace import hidden_name
from syncer.destinations.sftp.tree import SftpDestinationTree


def try_out(tree: SftpDestinationTree, path: str, made: list[str]) -> None:
    """Make, flush, look at, rename and remove a file beside the path; `made` is told of every new folder.

    Where it can't be removed it stays, and the next trial takes its name: they don't pile up.
    """
    staged: list[str] = []
    here, there = (hidden_name(f"trial {number}") for number in (1, 2))
    handle = tree.create(path, made, staged.append, here)
    tree.finish(handle, staged[-1], 0)
    tree.look(path)
    try:
        tree.publish(staged[-1], there)
    except Refused as error:
        if error.errno != errno.ENOENT:  # of two runs that try it at once, one renames it
            _drop(tree, staged[-1])
            raise
    _drop(tree, f"{staged[-1].rpartition('/')[0]}/{there}")


def _drop(tree: SftpDestinationTree, file: str) -> None:
    try:
        tree.drop(file)
    except Refused as error:
        tree.say(
            f"does not let us delete files ({error.strerror or error}): parts of uploads that break off stay"
            " there, and so does what `delete` would delete"
        )
