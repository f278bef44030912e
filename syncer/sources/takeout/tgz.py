"""Tar inside gzip. One pass lists the members and keeps copies of zlib's state, so that a member is unpacked
from the nearest copy and not from the start of the archive.

A copy needs 10 to 45 KB and no other library. All readers of the process share the copies.
"""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from syncer.connect.reasons import reason_of
from syncer.errors import SourceError
from syncer.protocols import Reader
from syncer.settings.spelling import counted
from syncer.sources.takeout import names, sidecars
from syncer.sources.takeout.index import MOST, SHA256, Index
from syncer.sources.takeout.streams import GZIP, Broken, Doubtful, Inflated, Open, SizedReader, skip

BLOCK = 512
LONGEST_NAME = 1024 * 1024
"""Bytes of a header with a name or other attributes."""
SPACING = 8 * 1024 * 1024
"""The fewest packed bytes between two states."""
ROOM = 4 * 1024**3
MOST_UNPACKED = 64
"""An archive that unpacks to more than `ROOM` and so many times its size is refused."""

CHUNK = 1024 * 1024
LATEST = 2**40
"""In seconds; a later time is invalid."""


@dataclass(slots=True)
class Points:
    """Positions where unpacking can continue: (taken, given, state) of `Inflated`."""

    spacing: int = SPACING
    taken: list[int] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    states: list[zlib._Decompress] = field(default_factory=list)

    def mark(self, taken: int, given: int, state: zlib._Decompress) -> None:
        if not self.taken or taken - self.taken[-1] >= self.spacing:
            self.taken.append(taken)
            self.given.append(given)
            self.states.append(state.copy())


@dataclass(slots=True)
class _Attributes:
    """Attributes from headers before a member's own."""

    name: str | None = None
    flaw: str | None = None
    size: int | None = None


def index_tgz(packed: Reader, size: int, spacing: int = SPACING) -> tuple[Index, Points]:
    """The members of the archive, from one pass; if it is damaged, those before the damage."""
    found, points = Index(width=SHA256), Points(spacing)
    stream = Inflated(packed, GZIP)
    stream.mark = points.mark
    tape = _Tape(stream, ROOM + MOST_UNPACKED * size)
    try:
        for name, attributes, header in _members(tape):
            _add(found, tape, name, attributes, header)
        tape.drain()
    except Broken as error:
        if isinstance(error, Doubtful):
            found = Index(width=SHA256)
        found.trouble = SourceError(
            f"{error}; {counted(len(found), 'file in it is', 'files in it are')} taken",
            code="source.archive",
            hint="download that part again",
        )
    return found, points


class _Tape:
    """The unpacked stream in blocks, up to a limit."""

    def __init__(self, stream: Inflated, most: int) -> None:
        self._stream = stream
        self._most = most
        self.at = 0

    def read(self, size: int, /) -> bytes:
        chunk = self._stream.read(size)
        self.at += len(chunk)
        if self.at > self._most:
            raise Broken(f"it unpacks to over {self._most} bytes, so it is refused")
        return chunk

    def block(self, size: int = BLOCK) -> bytes:
        """A whole block; empty at the end."""
        data = b""
        while len(data) < size and (chunk := self.read(size - len(data))):
            data += chunk
        if 0 < len(data) < size:
            raise Broken("it ends in the middle")
        return data

    def drain(self) -> None:
        """Read to the end of the stream, where its checksum is."""
        while self.read(CHUNK):
            pass


def _members(tape: _Tape) -> Iterator[tuple[str, _Attributes, tarfile.TarInfo]]:
    """Each member's name and header. The stream is at its bytes, which the caller reads."""
    attributes = _Attributes()
    while any(block := tape.block()):
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except tarfile.HeaderError as error:
            raise Broken(f"a header in it is damaged ({reason_of(error)})") from None
        if header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
            _read_pax(_attribute(tape, header.size), attributes)
        elif header.type == tarfile.GNUTYPE_LONGNAME:
            attributes.name, attributes.flaw = _name(_attribute(tape, header.size).rstrip(b"\0"))
        elif header.type in (tarfile.XGLTYPE, tarfile.GNUTYPE_LONGLINK):
            _attribute(tape, header.size)
        else:
            if attributes.name is None:
                raw = header.name.encode("utf-8", "surrogateescape")
                attributes.name, flaw = _name(raw)
                attributes.flaw = attributes.flaw or flaw
            yield attributes.name, attributes, header
            attributes = _Attributes()


def _attribute(tape: _Tape, size: int) -> bytes:
    if size > LONGEST_NAME:
        raise Broken(f"a name in it has {size} bytes")
    return tape.block(_padded(size))[:size] if size else b""


def _read_pax(text: bytes, attributes: _Attributes) -> None:
    """Read lines of `LENGTH KEY=VALUE`; the length is that of the whole line."""
    while text:
        length, space, _ = text.partition(b" ")
        if not space or not length.isdigit() or not len(length) < int(length) <= len(text):
            raise Broken("a header in it is damaged")
        line, text = text[len(length) + 1 : int(length) - 1], text[int(length) :]
        key, _, value = line.partition(b"=")
        if key == b"path":
            attributes.name, attributes.flaw = _name(value)
        elif key == b"size" and value.isdigit():
            attributes.size = int(value)
        elif key.startswith(b"GNU.sparse."):
            attributes.flaw = "it is a sparse file, which is not supported"


def _name(raw: bytes) -> tuple[str, str | None]:
    return names.decoded(raw, utf8=True)


def _add(found: Index, tape: _Tape, name: str, attributes: _Attributes, header: tarfile.TarInfo) -> None:
    size = header.size if attributes.size is None else attributes.size
    if header.type in (tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE):
        return
    flaw = attributes.flaw
    if header.type in (tarfile.LNKTYPE, tarfile.SYMTYPE):
        size, flaw = 0, "it is a link"
    elif header.type not in tarfile.REGULAR_TYPES or header.type == tarfile.GNUTYPE_SPARSE:
        raise Broken(f"a member in it is of a kind ({header.type!r}) that is not supported")
    if size < 0:
        raise Broken("a header in it is damaged")
    if len(found) == MOST:
        raise Broken(f"it has more than {MOST} files")
    place = tape.at
    is_json = name.casefold().endswith(sidecars.ENDING) and size <= sidecars.LARGEST
    digest, text = _read(tape, size, keep=is_json)
    if is_json:
        found.said[len(found)] = sidecars.read_sidecar(text)
    found.add(
        name,
        place=place,
        size=size,
        packed=size,
        time=int(header.mtime) if 0 <= header.mtime <= LATEST else 0,
        check=digest,
        flaw=flaw or names.name_flaw(name),
    )


def _read(tape: _Tape, size: int, *, keep: bool) -> tuple[bytes, bytes]:
    digest, kept, left = hashlib.sha256(), b"", size
    while left:
        chunk = tape.read(min(left, CHUNK))
        if not chunk:
            raise Broken("it ends in the middle")
        digest.update(chunk)
        left -= len(chunk)
        if keep:
            kept += chunk
    if _padded(size) > size:
        tape.block(_padded(size) - size)
    return digest.digest(), kept


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


@contextmanager
def tgz_member(open_at: Open, found: Index, points: Points, row: int, start: int) -> Iterator[Reader]:
    """A member from `start` on, unpacked from the nearest state before it."""
    place = found.places[row] + start
    at = bisect_right(points.given, place) - 1
    with open_at(points.taken[at]) as packed:
        stream = Inflated(packed, GZIP, points.states[at].copy())
        skip(stream, place - points.given[at])
        yield SizedReader(stream, found.sizes[row] - start)
