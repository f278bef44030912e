"""What a source says about its objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Asset:
    """One object of a listing."""

    source: str
    """Name of the source in the config."""
    key: str
    """Identity within the source: NFC, valid Unicode. It is not a public path, and not safe as one."""
    locator: str
    """The source's own name for the object (an S3 key, a file name); nobody else reads it."""
    size: int | None = None
    version: str | None = None
    """Opaque: another value means other bytes (ETag, revision, mtime and size). `None` if the listing has
    only names; then `Source.look` finds it.
    """
    modified: datetime | None = None
    media_type: str | None = None
    """The source's claim, if there is one."""
    digest: str | None = None
    """The hash in the listing, as `md5:HEX` or `sha256:HEX`; compared while the bytes are read. A hash that
    comes only with the bytes is a `Digest` of the reader that `Source.open` returns.
    """
    nameless: bool = False
    """The key is an id without an ending: the public path gets the ending of the media type of its bytes."""
    ending: str | None = None
    """The ending of the public path, with its dot, if the key has none or a wrong one: the ending from
    before, or that of its first bytes. Empty if these are no media, `None` if they were not read yet.
    """
    plain_slug: bool = False
    """`{slug}` has only ASCII letters: an older syncer gave it such a URL, which stays."""
    flaw: str | None = None
    """Why it can't be published, as the listing shows: a name that is not UTF-8, a
    link that leaves the root.
    """
    in_place: bool = False
    """Whether it is a file of the user that lies at the destination already: it is read and never copied."""
    others: tuple[str, ...] = ()
    """Further locators of the same object, in the order in which the source tries them."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A source's hash of all bytes of an object."""

    name: str
    """The kind of hash, as in `verified_by`: `etag-md5`, `checksum-sha256`, …"""
    algorithm: str
    """As in `syncer.connect.digests`: `md5`, `sha256`, `crc32`, …"""
    value: str
    """Hex, in lower case."""
    certain: bool = True
    """Whether it is certainly the hash of the bytes. An ETag may look like an MD5 and be none."""
    parts: tuple[int, ...] = ()
    """For a hash of the hashes of equal parts: the possible sizes of the parts, in bytes."""
