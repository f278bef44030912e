"""Decides what to do with each asset. Pure: no clock, no network, no disk, no environment.

| what the catalogue says            | and                               | then                          |
| ---------------------------------- | --------------------------------- | ----------------------------- |
| nothing                            |                                   | Copy, new                     |
| failed, not seen here              |                                   | Copy, not at the destination  |
| failed                             |                                   | Copy, failed before           |
| doomed                             |                                   | Copy, back at the source      |
| anything else                      | it lies in place now              | Copy, copied before           |
| anything else                      | it no longer lies in place        | Copy, in place before         |
| anything else, of another version  |                                   | Copy, changed                 |
| rejected                           | today's limits refuse it too      | Keep                          |
| rejected                           | today's limits accept it          | Copy, acceptable now          |
| stored or published                | today's limits refuse it          | Refuse                        |
| stored or published                | its path has changed              | Copy, moved                   |
| stored, not seen here              |                                   | Recheck, new destination      |
| stored or published                | its URL has changed               | Recheck, new URL              |
| stored                             |                                   | Recheck, not seen yet         |
| published                          | its last look is long ago         | Recheck, due                  |
| published                          |                                   | Keep                          |

For an asset in place, `Copy` reads the bytes where they lie. "Not seen here" is `Entry.unconfirmed`: it was
stored at another destination.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncer.errors import UnsafePlan
from syncer.model import Action, Asset, Copy, Entry, Finding, Keep, Recheck, Refuse, State, rejects
from syncer.settings.spelling import counted

Judge = Callable[[Entry], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that a decision depends on besides the asset and its entry."""

    judge: Judge
    """Returns what is wrong with an entry by today's limits."""
    url: Callable[[str], str]
    """Returns the public URL of a path, at today's origin."""
    now: datetime
    recheck: timedelta | None = None
    """The longest time between two looks at a published URL; `None`: no look is due."""
    clock: Callable[[], datetime] | None = None
    """The current time: a look between `now` and this time is one of this run."""


def decide(asset: Asset, entry: Entry | None, path: str | None, terms: Terms) -> Action:
    """`path` is today's; `None` if it depends on the bytes."""
    if entry is None:
        return Copy(asset, path, "new")
    if reason := _reason_to_copy(asset, entry, path, terms):
        return Copy(asset, path, reason, entry)
    return Keep(entry) if entry.state is State.REJECTED else again(entry, terms)


def again(entry: Entry, terms: Terms) -> Recheck | Refuse | Keep:
    """What to do with something that was stored, whether its source still has it or not."""
    refused = rejects(terms.judge(entry))
    url = terms.url(entry.path or "")
    if refused:
        return Refuse(entry, refused)
    if entry.unconfirmed:
        return Recheck(replace(entry, url=url), "new destination", first=True, stat=not entry.in_place)
    if url != entry.url:
        return Recheck(replace(entry, url=url), "new URL", first=True)
    if entry.state is not State.PUBLISHED:
        return Recheck(entry, "not seen yet", first=True)
    return Recheck(entry, "due") if _due(entry, terms) else Keep(entry)


def _reason_to_copy(asset: Asset, entry: Entry, path: str | None, terms: Terms) -> str | None:
    if entry.state is State.FAILED:
        return "not at the destination" if entry.unconfirmed else "failed before"
    if entry.state is State.DOOMED:
        return "back at the source"
    if entry.in_place is not asset.in_place or entry.version != asset.version:
        return _other_bytes(asset, entry)
    if not rejects(terms.judge(entry)):
        if entry.state is State.REJECTED:
            return "acceptable now"
        if path is not None and path != entry.path:
            return "moved"
    return None


def _other_bytes(asset: Asset, entry: Entry) -> str:
    if entry.in_place is asset.in_place:
        return "changed"
    return "copied before" if asset.in_place else "in place before"


def _due(entry: Entry, terms: Terms) -> bool:
    """Whether its next look is due: after half to all of the interval, different for each asset, so that
    looks are spread over runs.
    """
    if terms.recheck is None or entry.checked_at is None:
        return False
    if entry.checked_at > terms.now:
        # Checked in this run; or else the clock was wrong once, which must not prevent looks.
        return terms.clock is None or entry.checked_at > terms.clock()
    return terms.now - entry.checked_at >= terms.recheck * (0.5 + share_of(f"{entry.source}/{entry.key}") / 2)


def share_of(name: str) -> float:
    """From 0 to 1: spreads looks over runs, the same for a name in every run."""
    return zlib.crc32(name.encode()) / 2**32


@dataclass(frozen=True, slots=True)
class MostDeletes:
    """The part of our paths that one run may delete."""

    share: float = 0.1
    at_least: int = 0
    """So many may always be deleted, whatever the share."""

    @property
    def is_off(self) -> bool:
        """Whether everything may be deleted."""
        return self.share >= 1

    def __str__(self) -> str:
        if self.at_least and not self.share:
            return counted(self.at_least, "file")
        return f"{self.share * 100:g}%" + (f" (at least {self.at_least})" if self.at_least else "")


def check_deletes(
    doomed: Mapping[str, int], held: int, limit: MostDeletes, emptied: Mapping[str, int]
) -> None:
    """`doomed` has the numbers of paths that would be deleted, by source; `held` paths are ours. `emptied`
    has the sources that list nothing at all, with the numbers of their paths.

    Raises `UnsafePlan` for more deletes than `limit` allows, or for any delete of an emptied source.
    """
    gone = sorted(doomed.keys() & emptied.keys())
    if gone and not limit.is_off:
        raise UnsafePlan(
            f"source {gone[0]} lists 0 objects, and {_of_its_files(emptied[gone[0]])} published;"
            " nothing was deleted",
            hint="is its disk mounted, its folder or prefix right? If it really is empty, run once with"
            " --max-delete 100%",
        )
    total = sum(doomed.values())
    if _is_over(total, held, limit):
        files = counted(held, "published file")
        raise UnsafePlan(
            f"{total} of {files} ({total / max(held, 1):.1%}) would be deleted, over"
            f" max_delete of {limit}; nothing was deleted",
            hint="if the source really lost them, run once with --max-delete 100%",
        )


def check_gone(gone: Mapping[str, int], lying: int, limit: MostDeletes, emptied: Collection[str]) -> None:
    """`gone` has the numbers of files in place, of all `lying` ones, that are no longer listed, by source.

    Raises `UnsafePlan` as `check_deletes` does. No file would be deleted, but the URLs would silently leave
    the manifest.
    """
    empty = sorted(gone.keys() & emptied)
    if empty and not limit.is_off:
        were = counted(gone[empty[0]], "of its files in place was", "of its files in place were")
        raise UnsafePlan(
            f"source {empty[0]} lists 0 objects, and {were} published before; only those whose URLs still"
            " answer stay in the manifest",
            hint="is its disk mounted, its folder or prefix right? If you removed the files, run once with"
            " --max-delete 100%",
        )
    total = sum(gone.values())
    if _is_over(total, lying, limit):
        raise UnsafePlan(
            f"{total} of {counted(lying, 'file')} in place ({total / max(lying, 1):.1%}) are no longer listed"
            f" by their sources, over max_delete of {limit}; only those whose URLs still answer stay in the"
            " manifest",
            hint="are `root` and `prefix` right? If you removed the files, run once with --max-delete 100%",
        )


def _is_over(total: int, held: int, limit: MostDeletes) -> bool:
    return total > max(held * limit.share + ROUNDING, limit.at_least)


def _of_its_files(count: int) -> str:
    return counted(count, "of its files is", "of its files are")


ROUNDING = 1e-6
"""A part of a file: the computer's 29% of 100 files are 28.999999999999996."""
