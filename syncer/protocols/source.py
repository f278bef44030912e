"""The contract of a source, from which media is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from syncer.model import Asset, Digest, Finding
from syncer.protocols.reader import Reader


class Opened(Reader, Protocol):
    """An open object of a source, at some offset."""

    def digests(self) -> tuple[Digest, ...]:
        """The source's hashes of all bytes of this version, whatever the offset is. May send a request."""


class Source(Protocol):
    """The place from which media is read.

    * `assets()` is lazy. Keys are NFC, and unique if the source's own names are unique after normalisation.
      An error while listing is raised: a listing is never silently cut short. An asset that can't be
      published is yielded with its `flaw`.
    * An asset with a version, from the listing or from `look`, can be opened.
    * `open(asset, start)` reads exactly the bytes of `asset.version` from `start`. A change or a deletion
      since the listing raises `SourceChanged`. Leaving early frees the connection.
    * One worker at a time uses an instance.
    """

    def assets(self) -> Iterator[Asset]: ...

    def look(self, asset: Asset) -> Asset:
        """The asset with its current size and version, if the listing left the version `None`."""

    def remarks(self) -> tuple[Finding, ...]:
        """Warnings about things in the last complete listing that are no assets: only a few warnings, if
        needed with a number of things in one.
        """

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]: ...

    def place(self, asset: Asset) -> str | None:
        """The S3 location of this version, as `HOST[:PORT]/BUCKET/ETAG/KEY` (`connect.s3.client`: bucket and
        ETag percent-encoded, the ETag without quotes); `None` if it is not in S3, or can't be copied there in
        one request.

        A destination on the same endpoint may copy from there, so that no bytes are uploaded.
        """

    def close(self) -> None: ...
