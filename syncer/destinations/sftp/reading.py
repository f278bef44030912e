"""Reading a stored file back from an SFTP server. Import this inside a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import TYPE_CHECKING

from syncer.connect.ssh.pipelining import Reads
from syncer.connect.ssh.sftp_optional import is_file
from syncer.destinations.reading import Sliced, StoredReader, changed_meanwhile, no_file, not_stored
from syncer.errors import SyncerError
from syncer.model import Stored
from syncer.protocols import Reader

if TYPE_CHECKING:
    from paramiko import SFTPAttributes

    from syncer.destinations.sftp.tree import SftpDestinationTree


def sftp_version(found: SFTPAttributes) -> str:
    """In whole seconds: the protocol has no others."""
    return f"{found.st_mtime}-{found.st_size}"


@contextmanager
def reading_over_sftp(
    tree: SftpDestinationTree,
    stored: Stored,
    guard: Callable[[], AbstractContextManager[None]],
    moved: Callable[[int], None],
) -> Iterator[Reader]:
    """Each request is made inside `guard`. `moved` is told how many bytes came."""
    with guard():
        reads = _opened(tree, stored)

    def following() -> bytes:
        with guard():
            chunk = reads.read()
        moved(len(chunk))
        return chunk

    def check() -> None:
        with guard():
            _expect(reads.stat(), stored)

    try:
        yield StoredReader(stored, Sliced(following).read, check)
    finally:
        with suppress(SyncerError), guard():
            reads.leave()


def _opened(tree: SftpDestinationTree, stored: Stored) -> Reads:
    """It is looked at first, as opening a pipe would keep the server waiting."""
    found = tree.look(stored.path)
    if found is None:
        raise not_stored(stored.path)
    _expect(found, stored)
    file = f"{tree.root}/{stored.path}"
    reads = Reads(tree.client, tree.client.open_handle(file), 0, stored.size, file)
    try:
        _expect(reads.stat(), stored)
    except BaseException:
        reads.leave()
        raise
    return reads


def _expect(found: SFTPAttributes, stored: Stored) -> None:
    if not is_file(found):
        raise no_file(stored.path)
    if sftp_version(found) != stored.version:
        raise changed_meanwhile(stored.path)
