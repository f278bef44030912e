"""What a source says of its objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Asset:
    """What a listing says of one object in a source."""

    source: str
    """Name of the source in the config."""
    key: str
    """Identity within the source: NFC, valid Unicode. Not yet a public path, and not to be trusted as one."""
    locator: str
    """The source's own name for the object (an S3 key, a file name); nobody else reads it."""
    size: int | None = None
    version: str | None = None
    """Opaque; another value means other bytes (ETag, revision, mtime and size). `None` where a listing knows
    names only: `Source.look` tells it."""
    modified: datetime | None = None
    media_type: str | None = None
    """What the source claims, if it claims anything."""
    digest: str | None = None
    """What the source says their hash is, as `md5:HEX` or `sha256:HEX`; compared as the bytes are read. What
    is told only with the bytes is a `Digest` of what `Source.open` gives."""
    nameless: bool = False
    """The key is an id without an extension: the public path gets the one of what the bytes are."""
    ending: str | None = None
    """The ending of media, with its dot, that the public path gets where the key has none, or has that of
    another type: the one it got before, or that of its first bytes. Empty where these are no media, `None`
    while nobody has looked."""
    plain_slug: bool = False
    """`{slug}` is made of its ASCII letters alone: an earlier syncer gave it such a URL, which stays."""
    flaw: str | None = None
    """Why it can't be taken, where the listing tells: a name that is not UTF-8, a link that leaves."""
    in_place: bool = False
    """Whether it lies at the destination already, as a file of the user: it is read and never copied."""
    others: tuple[str, ...] = ()
    """Further locators of the same object, in the order in which the source tries them."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a source says a hash of all bytes of an object is."""

    name: str
    """What told it, as `verified_by` names it: `etag-md5`, `checksum-sha256`, …"""
    algorithm: str
    """As `syncer.connect.digests` knows it: `md5`, `sha256`, `crc32`, …"""
    value: str
    """Hex, in lower case."""
    certain: bool = True
    """Whether it can only be the hash of the bytes. An ETag may look like an MD5 and be none."""
    parts: tuple[int, ...] = ()
    """For a hash over the hashes of equal parts: the sizes in bytes that the parts may have."""
