"""A source, a destination and a view, in memory. They fail where a test wants."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO

from syncer.errors import DestinationError, SourceError
from syncer.model import (
    HEAD_SIZE,
    Asset,
    Content,
    Digest,
    Finding,
    Litter,
    Severity,
    Space,
    Stored,
)
from syncer.origin.removed import CACHED, UNSEEN
from syncer.protocols import Opened, Reader, Resume, Staged
from syncer.sync.resume import NO_RANGES

ORIGIN = "https://media.example.test/"
MOST_OPENS = 50


@dataclass
class Tape:
    """A source."""

    files: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    told: tuple[Digest, ...] = ()
    at: str | None = None
    """Its `place`."""
    flips: dict[int, int] = field(default_factory=dict)
    """The n-th open gives another byte at this place."""
    breaks: dict[int, Exception] = field(default_factory=dict)
    """The n-th open raises this."""
    starts: list[int] = field(default_factory=list)
    """Of all opens."""
    given: int = 0
    """Bytes."""

    def asset(self, key: str = "a.mp4") -> Asset:
        return self.look(Asset("clips", key, key, len(self.files[key])))

    def assets(self) -> Iterator[Asset]:
        yield from map(self.asset, self.files)

    def look(self, asset: Asset) -> Asset:
        content = self.files[asset.key]
        return replace(asset, size=len(content), version=hashlib.sha256(content).hexdigest())

    def remarks(self) -> tuple[Finding, ...]:
        return ()

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]:
        number, content = len(self.starts), bytearray(self.files[asset.key])
        assert number < MOST_OPENS, "it is read for ever"
        self.starts.append(start)
        if start and not self.ranges:
            raise SourceError("no ranges", code=NO_RANGES)
        if number in self.breaks:
            raise self.breaks[number]
        if number in self.flips:
            content[self.flips[number]] ^= 1
        return nullcontext(Playing(self, bytes(content), start))

    def place(self, asset: Asset) -> str | None:
        return self.at and f"{self.at}/{asset.key}"

    def close(self) -> None: ...


@dataclass
class Playing:
    tape: Tape
    content: bytes
    position: int

    def read(self, size: int, /) -> bytes:
        chunk = self.content[self.position : self.position + size]
        self.position += len(chunk)
        self.tape.given += len(chunk)
        return chunk

    def digests(self) -> tuple[Digest, ...]:
        return self.tape.told


@dataclass
class Shop:
    """A destination. Each of a method's `troubles` is raised once, in turn, instead of an answer."""

    files: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    """Of what was committed."""
    staged: list[tuple[str, str | None, Resume | None, bool]] = field(default_factory=list)
    """Path, place, resume and proof of each `stage`."""
    discarded: list[Litter] = field(default_factory=list)
    troubles: dict[str, list[BaseException]] = field(default_factory=dict)
    space: Space | None = None
    mark_lasts: tuple[float, float] = (0.0, 0.0)
    owner: bytes | None = None
    """The owner mark."""
    marks: int = 0
    """How often it was read."""
    stats: int = 0
    """How often it was asked."""

    def trouble(self, verb: str) -> None:
        if self.troubles.get(verb):
            raise self.troubles[verb].pop(0)

    def check(self, folder: str = "") -> None: ...

    @contextmanager
    def stage(
        self,
        path: str,
        media_type: str,
        place: str | None = None,
        resume: Resume | None = None,
        *,
        proof: bool = False,
    ) -> Iterator[Staged]:
        self.staged.append((path, place, resume, proof))
        self.trouble("stage")
        yield Parcel(self, path, media_type)

    def stat(self, path: str) -> Stored | None:
        self.stats += 1
        self.trouble("stat")
        return Stored(path, len(self.files[path])) if path in self.files else None

    def open(self, stored: Stored) -> AbstractContextManager[Reader]:
        self.trouble("open")
        return closing(BytesIO(self.files[stored.path]))

    def room(self) -> Space | None:
        return self.space

    def delete(self, path: str) -> None:
        self.trouble("delete")
        self.files.pop(path, None)

    def litter(self, older_than: timedelta | None = None) -> Iterator[Litter]:
        del older_than
        yield from ()

    def discard(self, litter: Litter) -> None:
        self.discarded.append(litter)
        self.trouble("discard")

    def listing(self) -> Iterator[Stored]:
        for path, content in self.files.items():
            yield Stored(path, len(content))

    def mark(self) -> bytes | None:
        self.marks += 1
        self.trouble("mark")
        return self.owner

    def put_mark(self, content: bytes, *, new: bool) -> bool:
        raise NotImplementedError(content, new)

    def close(self) -> None: ...


@dataclass
class Parcel:
    """A staged file; its trouble is that of `commit`, before or after the file is public."""

    shop: Shop
    path: str
    media_type: str
    content: bytes = b""

    def write(self, chunk: bytes, /) -> None:
        self.shop.trouble("write")
        self.content += chunk

    def commit(self, content: Content) -> Stored:
        self.shop.trouble("commit")
        if len(self.content) != content.size or hashlib.sha256(self.content).hexdigest() != content.sha256:
            raise DestinationError("other bytes came")
        self.shop.files[self.path], self.shop.types[self.path] = self.content, self.media_type
        self.shop.trouble("committed")
        return Stored(self.path, content.size)


@dataclass
class Eyes:
    """A view of what the shop serves; `spoiled` changes it, `trouble` is raised instead of a look."""

    shop: Shop
    spoiled: dict[str, bytes] = field(default_factory=dict)
    says: tuple[Finding, ...] = ()
    """Beside what it sees."""
    trouble: Exception | None = None
    manners: list[str] = field(default_factory=list)
    """`look`, `compare` or `inspect`, for each time it was asked."""

    read = 0

    def look(self, url: str, content: Content) -> tuple[Finding, ...]:
        return self._seen("look", url, content, HEAD_SIZE, content.head_sha256)

    def compare(self, url: str, content: Content) -> tuple[Finding, ...]:
        return self._seen("compare", url, content, None, content.sha256)

    def open(self, url: str, start: int, size: int) -> AbstractContextManager[Reader]:
        served = self.shop.files.get(url.removeprefix(ORIGIN), b"not found")
        return closing(BytesIO(served[start:size]))

    def inspect(self, url: str, content: Content) -> tuple[Finding, ...]:
        return self._seen("inspect", url, content, None, content.sha256)

    def removed(self, url: str, content: Content | None) -> Finding | None:
        path = url.removeprefix(ORIGIN)
        served = self.spoiled.get(path, self.shop.files.get(path))
        if served is None:
            return None
        same = content is not None and hashlib.sha256(served).hexdigest() == content.sha256
        return Finding(CACHED if same else UNSEEN, Severity.REJECT, f"{url} answers")

    def _seen(
        self, manner: str, url: str, content: Content, most: int | None, sha256: str
    ) -> tuple[Finding, ...]:
        self.manners.append(manner)
        if self.trouble:
            raise self.trouble
        path = url.removeprefix(ORIGIN)
        served = self.spoiled.get(path, self.shop.files.get(path))
        if served is None:
            return (Finding("origin.status", Severity.REJECT, "answered 404"), *self.says)
        same = len(served) == content.size and hashlib.sha256(served[:most]).hexdigest() == sha256
        return (() if same else (Finding("origin.bytes", Severity.REJECT, "other bytes"),)) + self.says

    def close(self) -> None: ...
