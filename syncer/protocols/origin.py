"""The contract of the public side: the URL of an asset, and the look at it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from syncer.model import Asset, Content, Entry, Finding
from syncer.protocols.reader import Reader


class Addresses(Protocol):
    """Asset → public path → stable URL. Pure and picklable: the same asset keeps the same URL."""

    def path(self, asset: Asset, sha256: str | None = None, media_type: str | None = None) -> str | None:
        """`None` while the path depends on bytes that are not read yet.

        The path has an ending of media, and no part on which a web server acts. Raises `SyncerError` if
        nothing may be published there: a bad name, a place outside the verified property, the name of a
        signature file, or bytes that are no media.
        """

    def fitting(self, asset: Asset, media_type: str) -> Asset:
        """The asset with the ending of its bytes (`Asset.ending`), if its path would have a wrong ending."""

    def needs_head(self, asset: Asset) -> bool:
        """Whether the path depends on the first bytes, and they are not read yet (`Asset.ending`)."""

    def url(self, path: str) -> str: ...

    def serves(self, entry: Entry) -> bool:
        """Whether the entry's URL is one of today's origin and of its property."""


class View(Protocol):
    """Looks at public URLs as the platform does. A problem is a finding, never an error; the severity
    `reject` means that the URL does not serve the content. An interrupted look has no result: it raises
    `Stopped`.
    """

    read: int
    """Bytes of the body that the last look read: those of a plain GET, if there was one."""

    def look(self, url: str, content: Content) -> tuple[Finding, ...]:
        """One ranged GET: status, type, total length and the first `HEAD_SIZE` bytes."""

    def compare(self, url: str, content: Content) -> tuple[Finding, ...]:
        """Download all bytes, and compare size and sha256."""

    def open(self, url: str, start: int, size: int) -> AbstractContextManager[Reader]:
        """The bytes that it serves, from `start` to `size`. Raises `OriginError`."""

    def inspect(self, url: str, content: Content) -> tuple[Finding, ...]:
        """Look with other kinds of requests: a plain GET, HEAD."""

    def removed(self, url: str, content: Content | None) -> Finding | None:
        """Look whether it still serves a file that was deleted: `None` if it does not."""

    def close(self) -> None: ...
