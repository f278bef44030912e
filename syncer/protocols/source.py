"""Where media comes from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from syncer.errors import SyncerError
from syncer.model import Asset, Digest, Finding
from syncer.protocols.reader import Reader


class Opened(Reader, Protocol):
    """An object of a source, open at some place."""

    def digests(self) -> tuple[Digest, ...]:
        """What the source says of all bytes of this version, whatever place it was opened at. May ask it."""


class Source(Protocol):
    """Where media comes from.

    * `assets()` is lazy; keys are NFC and unique as far as the source's own names are once normalised.
      An error while listing is raised, never a short list. What can't be taken is yielded with its `flaw`.
    * What `look` completed, and all that was listed with a version, can be opened.
    * `open(asset, start)` reads exactly the bytes of `asset.version` from `start`. A change or a deletion
      since the listing raises `SourceChanged`. Leaving early frees the connection.
    * One instance is used by one worker at a time.
    """

    def assets(self) -> Iterator[Asset]: ...

    def look(self, asset: Asset) -> Asset:
        """The asset with its size and version as they are now, where the listing left the version `None`."""

    def remarks(self) -> tuple[Finding, ...]:
        """What the last complete listing met and could not list as an asset, as warnings; few, if need be by
        their number only.
        """

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]: ...

    def place(self, asset: Asset) -> str | None:
        """Where this very version lies in an S3 API, as `HOST[:PORT]/BUCKET/ETAG/KEY` (`connect.s3.client`:
        bucket and ETag percent-encoded, the ETag without quotes); `None` if it lies in no S3, or can't be
        copied there in one request.

        A destination on the same endpoint may copy from there instead of being sent the bytes.
        """

    def close(self) -> None: ...


@runtime_checkable
class Partial(Protocol):
    """A source that knows before the first asset that its listing can't be complete."""

    def lacking(self) -> SyncerError | None:
        """What `assets` raises at its end; known once it has yielded an asset."""
