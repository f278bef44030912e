"""Reading a stored file back from an FTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from syncer.connect.ftp.facts import FileFacts
from syncer.destinations.reading import Sliced, StoredReader, changed_meanwhile, no_file, not_stored
from syncer.model import Stored
from syncer.protocols import Reader

if TYPE_CHECKING:
    from syncer.destinations.ftps.tree import Tree


def ftp_version(found: FileFacts) -> str:
    """In whole seconds; of a server that tells no time, the size alone."""
    return f"{found.modified and found.modified.isoformat()} {found.size}"


@contextmanager
def reading_over_ftp(
    tree: Tree,
    stored: Stored,
    guard: Callable[[], AbstractContextManager[None]],
    moved: Callable[[int], None],
) -> Iterator[Reader]:
    """Each request is made inside `guard`. `moved` is told how many bytes came."""

    def expect() -> None:
        found = tree.look(stored.path)
        if found is None:
            raise not_stored(stored.path)
        if not found.is_file:
            raise no_file(stored.path)
        if ftp_version(found) != stored.version:
            raise changed_meanwhile(stored.path)

    with guard():
        expect()
        download = tree.client.receiving(tree.at(stored.path))

    def following() -> bytes:
        with guard():
            chunk = download.read()
        moved(len(chunk))
        return chunk

    def check() -> None:
        """The server takes no request before all of the file came."""
        if following():
            raise changed_meanwhile(stored.path)
        with guard():
            expect()

    try:
        yield StoredReader(stored, Sliced(following).read, check)
    finally:
        download.leave()
