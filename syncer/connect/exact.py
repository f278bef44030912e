"""A body of a known size, and the errors of one that is shorter or longer."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from syncer.errors import SourceChanged, SourceError
from syncer.model import Digest
from syncer.settings.spelling import counted

Tell = Callable[[], Iterable[Digest]]


class Exact:
    """The rest of an object, of `left` bytes if that is known. `since` says when the size was seen: `listed`.
    `tell` returns the hashes of the whole object that its source has.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        left: int | None,
        what: str,
        since: str = "listed",
        tell: Tell = tuple,
    ) -> None:
        self._read = read
        self._left = left
        self._what = what
        self._since = since
        self._tell = tell

    def digests(self) -> tuple[Digest, ...]:
        return tuple(self._tell())

    def read(self, size: int, /) -> bytes:
        if self._left is None:
            return self._read(size)
        chunk = self._read(min(size, self._left) or 1)  # one byte past the end: none may be there
        self._left -= len(chunk)
        if self._left < 0:
            raise source_changed(self._what, self._since)
        if not chunk and self._left:
            raise cut_short(self._what, f"the body ended {counted(self._left, 'byte')} early")
        return chunk


def source_changed(what: str, since: str = "listed") -> SourceChanged:
    return SourceChanged(
        f"{what}: it was changed or deleted since it was {since}", hint="the next run sees what is there"
    )


def cut_short(what: str, why: str) -> SourceError:
    return SourceError(f"{what}: {why}", code="source.cut", transient=True)
