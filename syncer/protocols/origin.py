"""The public side: what the URL of an asset is, and what it serves."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from syncer.model import Asset, Content, Entry, Finding
from syncer.protocols.reader import Reader


class Addresses(Protocol):
    """Asset → public path → stable URL. Pure and picklable: the same asset keeps the same URL."""

    def path(self, asset: Asset, sha256: str | None = None, media_type: str | None = None) -> str | None:
        """`None` while the path depends on bytes not read yet.

        It ends as media do, and nothing in it makes a web server act. Raises `SyncerError` where nothing may
        be published there: a bad name, a place that the verified property does not cover, the name of a
        signature file, bytes that are no media.
        """

    def fitting(self, asset: Asset, media_type: str) -> Asset:
        """With the ending of its bytes (`Asset.ending`), where its path would have that of another type."""

    def needs_head(self, asset: Asset) -> bool:
        """Whether the first bytes tell the path, and nobody has looked at them (`Asset.ending`)."""

    def url(self, path: str) -> str: ...

    def serves(self, entry: Entry) -> bool:
        """Whether the entry's URL is one of today's origin, and covered."""


class View(Protocol):
    """The public URL as the platform would see it. What is wrong comes back as findings, never as an error;
    those with the severity `reject` mean that the URL does not serve the content. A look that is broken off
    tells nothing: it raises `Stopped`.
    """

    def look(self, url: str, content: Content) -> tuple[Finding, ...]:
        """One ranged GET: status, type, total length and the first `HEAD_SIZE` bytes."""

    def compare(self, url: str, content: Content) -> tuple[Finding, ...]:
        """Download all of it and compare size and sha256."""

    def open(self, url: str, start: int, size: int) -> AbstractContextManager[Reader]:
        """What it serves of `size` bytes, from `start` on. Raises `OriginError`."""

    def inspect(self, url: str, content: Content) -> tuple[Finding, ...]:
        """The other manners: a plain GET, HEAD."""

    def close(self) -> None: ...
