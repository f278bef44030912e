"""Checks by a sample whether a destination still holds what was published: its disk may not be mounted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from syncer.errors import DestinationError
from syncer.model import HEAD_SIZE, Entry, Finding, Severity, Stored
from syncer.protocols import Pace, Reader
from syncer.settings.spelling import counted
from syncer.sync.reading_back import Readable, read_back
from syncer.sync.stream import read_head

EMPTIED = "destination.emptied"
UNREAD = "destination.unread"
SAMPLE = 20
"""Published files in a sample at most; at least half as many, if so many are published."""
FEW = 3
"""If our mark is there, somebody may have deleted so few files by hand: they are copied again."""

Stat = Callable[[str], Stored | None]
Same = Callable[[Entry, Stored], bool]
"""Whether the file that `Stat` found there has the bytes of the entry."""


@dataclass(frozen=True, slots=True)
class LookedFor:
    """The result of a sample: numbers of files."""

    looked_for: int = 0
    there: int = 0
    """Files with the size that they were stored with."""
    other: int = 0
    """Files of another size."""
    differ: int = 0
    """Files of the same size with other bytes."""

    def __str__(self) -> str:
        of = f"of {counted(self.looked_for, 'published file')} that syncer looked for"
        if not (self.there or self.other or self.differ):
            return f"{of}, none is there"
        what = "bytes" if self.differ else "size"
        has = f"only {counted(self.there, f'has its {what}', f'have their {what}')}" if self.there else ""
        bytes_ = f"{self.differ} with other bytes, " if self.differ else ""
        missing = self.looked_for - self.there - self.other - self.differ
        has = has or f"none has its {what}"
        return f"{of}, {has}: {bytes_}{self.other} of another size, {missing} missing"


def without_mark(published: Callable[[], Iterable[Entry]], stat: Stat, same: Same) -> LookedFor | None:
    """The sample, if not more than half of its files are there with their bytes; `None` if they are, or
    nothing was published. Raises what `stat` and `same` raise.

    A few files there prove nothing: a run whose disk was unmounted may have left its last files below the
    mount point. So files in doubt are left out, unless all are.
    """

    def undoubted() -> Iterator[Entry]:
        return (each for each in published() if not each.doubted)

    first = next(undoubted(), None)
    found = _looked_for(undoubted if first else published, stat, same, enough=SAMPLE)
    return found if found.looked_for >= 2 * found.there and found.looked_for else None


def beside_mark(published: Callable[[], Iterable[Entry]], stat: Stat) -> LookedFor | None:
    """The same if our mark is there. A file of another size counts as there: a later look at its URL finds
    the change, and it is copied again.

    If the destination can't be asked, or only few files are published, nothing is wrong. Files in place are
    left out: the listing of their source shows whether they are gone. So are files in doubt: nobody has
    seen them at this destination yet.
    """

    def copied() -> Iterator[Entry]:
        return (each for each in published() if not (each.in_place or each.doubted))

    try:
        first = next(copied(), None)
        if first is None or stat(first.path or ""):
            return None
        found = _looked_for(copied, stat)
    except DestinationError:
        return None
    is_gone = found.looked_for > FEW and not (found.there or found.other)
    return found if is_gone else None


def begins_alike(destination: Readable, entry: Entry, stored: Stored, pace: Pace) -> bool:
    """Whether the first 64 KiB of a file of the entry's size are the entry's: all bytes of a small file.
    Without a known hash, they count as the same. Raises `DestinationError` and `Stopped`.
    """
    try:
        if stored.size <= HEAD_SIZE and entry.sha256:
            return read_back(destination, stored, pace).sha256 == entry.sha256
        if not entry.head_sha256:
            return True
        with destination.open(stored) as reader:
            return _head_sha256(reader, pace) == entry.head_sha256
    except DestinationError as error:
        if error.code not in ("destination.changed", "destination.missing") or error.transient:
            raise
        return False  # a link or a device, or gone


def _head_sha256(reader: Reader, pace: Pace) -> str:
    head = read_head(reader)
    pace.take(len(head))
    return hashlib.sha256(head).hexdigest()


def _looked_for(
    published: Callable[[], Iterable[Entry]],
    stat: Stat,
    same: Same = lambda _entry, _stored: True,
    *,
    enough: int = 1,
) -> LookedFor:
    """Stops as soon as `enough` files are there."""
    count = sum(1 for _ in published())
    found = LookedFor()
    for entry in islice(published(), 0, None, max(1, -(-count // SAMPLE))):
        stored = stat(entry.path or "")
        fits = stored is not None and entry.size in (None, stored.size)
        is_same = stored is not None and fits and same(entry, stored)
        found = LookedFor(
            found.looked_for + 1,
            found.there + is_same,
            found.other + (stored is not None and not fits),
            found.differ + (fits and not is_same),
        )
        if found.there >= enough:
            break
    return found


def emptied(place: str, sample: LookedFor, *, marked: bool) -> DestinationError:
    mark = "its owner mark is there, but" if marked else "its owner mark is gone, and"
    return DestinationError(
        f"the destination ({place}) seems to be empty or another one: {mark} {sample}; nothing was copied"
        " or deleted",
        code=EMPTIED,
        hint="is another disk mounted there, or none, or is its root or prefix wrong? First mount the disk."
        " Only if you emptied this folder on purpose: `syncer sync --take-over`",
    )


def vanished(place: str) -> DestinationError:
    return DestinationError(
        f"the owner mark that this catalogue left at the destination ({place}) is gone; nothing was copied"
        " or deleted",
        code=EMPTIED,
        hint="is its disk still mounted? First mount the disk, then run `syncer sync` again",
    )


def unmarked(place: str) -> Finding:
    """Our mark is gone, but most of a sample of the published files is there."""
    return Finding(
        "destination.unmarked",
        Severity.WARN,
        f"the owner mark that this catalogue left at the destination ({place}) was gone, so this run makes a"
        " new one, compares all bytes of each file there, and replaces no file that differs",
        hint="if nobody removed the file .syncer-owner on purpose, check which disk is mounted there",
    )


def unread(error: DestinationError) -> Finding:
    """A run could not read the mark. It goes on, as it may have nothing to write."""
    return Finding(
        UNREAD,
        Severity.WARN,
        f"the destination could not be read: {error.message} [{error.code}]",
        hint=error.hint or "nothing was changed there; the next run tries again",
    )


def missing_mark(path: str) -> DestinationError:
    """A file without its mark beside it is not certainly gone: its disk may not be mounted."""
    return DestinationError(
        f"'{path}' is not there, but neither is the owner mark of the destination",
        code=EMPTIED,
        hint="is its disk still mounted? Run `syncer sync` again",
    )
