"""Checks by a sample whether a destination still holds what was published: its disk may not be mounted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from syncer.errors import DestinationError
from syncer.model import Entry, Stored
from syncer.settings.spelling import counted

EMPTIED = "destination.emptied"
SAMPLE = 20
"""Published files in a sample at most; at least half as many, if so many are published."""
FEW = 3
"""If our mark is there, somebody may have deleted so few files by hand: they are copied again."""

Stat = Callable[[str], Stored | None]


@dataclass(frozen=True, slots=True)
class LookedFor:
    """The result of a sample: numbers of files."""

    looked_for: int = 0
    there: int = 0
    """Files with the size that they were stored with."""
    other: int = 0
    """Files of another size."""

    def __str__(self) -> str:
        of = f"of {counted(self.looked_for, 'published file')} that syncer looked for"
        if self.other:
            missing = self.looked_for - self.other
            return f"{of}, none has its size: {self.other} of another size, {missing} missing"
        return f"{of}, none is there"


def without_mark(published: Callable[[], Iterable[Entry]], stat: Stat) -> LookedFor | None:
    """The sample, if none of its files is there with its size; `None` if one is, or nothing was published.
    Raises what `stat` raises.
    """
    found = _looked_for(published, stat)
    return found if found.looked_for and not found.there else None


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


def _looked_for(published: Callable[[], Iterable[Entry]], stat: Stat) -> LookedFor:
    """Stops at the first file that is there."""
    count = sum(1 for _ in published())
    other = number = 0
    for number, entry in enumerate(islice(published(), 0, None, max(1, -(-count // SAMPLE))), 1):
        stored = stat(entry.path or "")
        if stored and entry.size in (None, stored.size):
            return LookedFor(number, 1, other)
        other += stored is not None
    return LookedFor(number, 0, other)


def emptied(place: str, sample: LookedFor, *, marked: bool) -> DestinationError:
    mark = "its owner mark is there, but" if marked else "its owner mark is gone, and"
    return DestinationError(
        f"the destination ({place}) seems to be empty or another one: {mark} {sample}; nothing was copied"
        " or deleted",
        code=EMPTIED,
        hint="is another disk mounted there, or none? Is its root or prefix right? If you emptied it or"
        " replaced the files yourself, `syncer sync --take-over` looks at each file again, copies what is"
        " missing, and replaces no file that it did not write",
    )


def vanished(place: str) -> DestinationError:
    return DestinationError(
        f"the owner mark that this catalogue left at the destination ({place}) is gone; nothing more was"
        " copied or deleted",
        code=EMPTIED,
        hint="is its disk still mounted? Run `syncer sync` again; if it reports the same,"
        " `syncer sync --take-over` looks at each file again",
    )


def missing_mark(path: str) -> DestinationError:
    """A file without its mark beside it is not certainly gone: its disk may not be mounted."""
    return DestinationError(
        f"'{path}' is not there, but neither is the owner mark of the destination",
        code=EMPTIED,
        hint="is its disk still mounted? Run `syncer sync` again",
    )
