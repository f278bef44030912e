"""All files below the root on an FTP server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

from syncer.connect.ftp.control import FtpRefused
from syncer.connect.ftp.facts import FileFacts
from syncer.destinations.staging import files_below, is_staged, staged_below
from syncer.model import Stored

if TYPE_CHECKING:
    from syncer.destinations.ftps.tree import Tree

log = logging.getLogger("syncer")


def staged_files(tree: Tree) -> Iterator[tuple[str, FileFacts]]:
    """Paths below the root and their facts, one folder after another."""
    found: dict[str, FileFacts] = {}

    def matters(folder: str) -> Iterator[tuple[str, bool, int]]:
        for name, facts in _entries(tree, folder, "searched for staged files"):
            if facts.is_folder:
                yield name, True, 0
            elif is_staged(name):
                found[folder + name] = facts
                yield name, False, 0

    for path, _ in staged_below(matters):
        yield path, found.pop(path)


def all_files(tree: Tree) -> Iterator[Stored]:
    """Regular files without staged ones."""
    return files_below(lambda folder: list(_listed(tree, folder)))


def _listed(tree: Tree, folder: str) -> Iterator[tuple[str, bool, int]]:
    for name, facts in _entries(tree, folder, "listed"):
        if facts.is_folder or facts.is_file:
            yield name, facts.is_folder, facts.size or 0


def _entries(tree: Tree, folder: str, doing: str) -> Iterator[tuple[str, FileFacts]]:
    try:
        yield from tree.client.names(tree.at(folder))
    except FtpRefused as error:
        if not folder:
            raise
        there = tree.look(folder.rstrip("/"))
        if there and there.is_folder:  # else it was removed meanwhile
            log.warning("%s can't be %s: %s", tree.at(folder.rstrip("/")), doing, error.text)
