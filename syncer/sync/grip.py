"""Proves during a run that the destination's root still is the tree that the run took hold of.

A disk may be unmounted, or another one mounted, at any time: the same paths then lead to another tree, with
the user's own files. The owner mark has a random text of this run, so only the tree of this run has it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from syncer.destinations.keys import printable
from syncer.errors import DestinationError
from syncer.protocols.tenure import Marked
from syncer.settings.spelling import counted
from syncer.sync.sample import EMPTIED

ROOTLESS = ("destination.root", "destination.bucket")
"""Codes of a destination without its root or bucket."""
NAMED = 5
"""Files that the error names at most."""

Judge = Callable[[bytes], DestinationError | None]
"""The error if a mark is another catalogue's, or of a later state of this one."""


@dataclass(slots=True)
class Grip:
    """Shared by the workers of one run. Each operation on its fields is atomic, so it needs no lock."""

    place: str
    """The destination, for messages."""
    clock: Callable[[], float] = time.monotonic
    lost: bool = False
    """Whether another tree was found at the root: then nothing more is written or deleted."""
    _marks: list[bytes] = field(default_factory=list)
    """The marks that this run wrote. Empty: it has not written anything yet."""
    _judge: Judge = lambda _: None
    _seen: float = 0.0
    """The start of the last look that found one of them."""
    _unproven: dict[str, float] = field(default_factory=dict)
    """Paths of new files, with the time when each was complete, that no look has followed yet."""
    _found: str = ""
    _refusal: DestinationError | None = None

    def took(self, mark: bytes, begun: float, judge: Judge) -> None:
        """This run wrote the mark, and read it again at `begun` or later."""
        self._judge = judge
        self._marks.append(mark)
        self._found_ours(begun)

    def look(self, destination: Marked, *, sure: bool) -> bool:
        """Read the mark unless a look a short while ago is good enough. `sure`: a file is replaced or
        deleted next. Returns whether it was read.

        Raises `DestinationError`: `destination.emptied` or `destination.owner` if the root holds another
        tree, and from then on in every call; and what `mark` raises.
        """
        self.check()
        begun, lasts = self.clock(), destination.mark_lasts[sure]
        if not self._marks or begun < self._seen + lasts:
            return False
        content = self._read(destination)
        if content not in self._marks:
            # A server may have answered wrongly once.
            content = self._read(destination)
        if content in self._marks:
            self._found_ours(begun)
            return True
        self._lose(content)
        raise self.error()

    @property
    def holds(self) -> bool:
        """Whether this run wrote its mark."""
        return bool(self._marks)

    def check(self) -> None:
        """Raises `DestinationError` if another tree was found at the root."""
        if self.lost:
            raise self.error()

    def wrote(self, path: str) -> None:
        """A new file was made public without a look since its upload began."""
        self._unproven[path] = self.clock()

    def unproven(self) -> Sequence[str]:
        """Paths of files that may lie in another tree."""
        return sorted(self._unproven)

    def error(self) -> DestinationError:
        if self._refusal:
            return DestinationError(
                f"{self._refusal.message}{self._meanwhile()}",
                code=self._refusal.code,
                hint=self._refusal.hint,
            )
        hint = "was its disk unmounted, or another one mounted? First mount the disk, then run `syncer sync`"
        if self._unproven:
            hint += (
                "; it copies again what is missing there. If one of these files lies below the mount point"
                " and is as new as this run, syncer left it there: remove it"
            )
        return DestinationError(
            f"the root of the destination ({self.place}) holds other files than when this run began to write"
            f" there: {self._found}{self._meanwhile()}; nothing more is copied or deleted",
            code=EMPTIED,
            hint=hint,
        )

    def _read(self, destination: Marked) -> bytes | None:
        try:
            return destination.mark()
        except DestinationError as error:
            if error.code not in ROOTLESS:
                raise
            return None

    def _found_ours(self, begun: float) -> None:
        for path, done in list(self._unproven.items()):
            if done < begun:
                self._unproven.pop(path, None)
        self._seen = max(self._seen, begun)

    def _lose(self, content: bytes | None) -> None:
        self._refusal = None if content is None else self._judge(content)
        self._found = "its owner mark is " + ("gone" if content is None else "that of an earlier run")
        self.lost = True

    def _meanwhile(self) -> str:
        """The files that were written shortly before."""
        paths = self.unproven()
        if not paths:
            return ""
        named = ", ".join(map(printable, paths[:NAMED])) + (", …" if len(paths) > NAMED else "")
        were = counted(len(paths), "new file was", "new files were")
        return f"; since the mark was last seen, {were} written: {named}"
