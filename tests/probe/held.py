"""A file that counts the bytes that are fetched."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncer.model import HEAD_SIZE, Facts
from syncer.probe.media_types import sniff
from syncer.probe.prober import Prober
from syncer.protocols import Reader


class Held:
    """`opened` has the offsets of each new open, `fetched` the bytes that were read there."""

    def __init__(self, content: bytes | Path) -> None:
        self._content = content
        self.size = len(content) if isinstance(content, bytes) else content.stat().st_size
        with self._open() as file:
            self.head = file.read(HEAD_SIZE)
        self.media_type = sniff(self.head)
        self.opened: list[int] = []
        self.fetched = 0
        self.standing = 0
        """Streams that are open."""

    @contextmanager
    def reopen(self, start: int) -> Iterator[Reader]:
        self.opened.append(start)
        self.standing += 1
        try:
            with self._open() as file:
                file.seek(start)
                yield Counting(self, file)
        finally:
            self.standing -= 1

    def before_read(self) -> None:
        """A hook for tests."""

    def _open(self) -> io.BufferedIOBase:
        content = self._content
        return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")

    def probed(self, prober: Prober) -> Facts:
        facts = prober.probe(self.head, self.size, self.media_type, self.reopen)
        assert self.standing == 0
        return facts


class Counting:
    def __init__(self, held: Held, file: io.BufferedIOBase) -> None:
        self._held = held
        self._file = file

    def read(self, size: int, /) -> bytes:
        self._held.before_read()
        assert self._held.standing == 1, "more than one stream is open"
        data = self._file.read(size)
        self._held.fetched += len(data)
        return data
