"""Looks at names that an FTP server does not show: ProFTPD says of a link to nothing that it does not exist.

Import this inside a function.
"""

from __future__ import annotations

from syncer.connect.ftp.facts import FileFacts
from syncer.connect.refusal import asking
from syncer.destinations import steps
from syncer.destinations.ftps.tree import Tree

HIDDEN = FileFacts(is_folder=False, is_file=False, size=None, modified=None, mode=None)
"""Something is there, but the server shows nothing of it."""


def look_closely(tree: Tree, path: str) -> FileFacts | None:
    """As `Tree.look`, but `HIDDEN` for any other name that exists. Then the connection has to be closed."""
    found = tree.look(path)
    if found or not tree.find(path):
        return found
    with asking(steps.rename_file(path.rpartition("/")[0])):
        return HIDDEN if tree.client.holds(tree.at(path)) else None


def look_listed(tree: Tree, path: str) -> FileFacts | None:
    """As `Tree.look`, but `HIDDEN` for a name that only the listing for people has (LIST)."""
    found = tree.look(path)
    if found or not tree.find(path):
        return found
    folder, _, name = path.rpartition("/")
    with asking(steps.list_folder(folder)):
        for line in tree.client.lines("LIST", tree.at(folder)):
            if f" {name} -> " in f"{line} -> ":
                found = HIDDEN
    return found
