"""What to do with each asset. Pure: no clock, no network, no disk, no environment.

| what the catalogue says            | and                               | then                          |
| ---------------------------------- | --------------------------------- | ----------------------------- |
| nothing                            |                                   | Copy, new                     |
| failed                             |                                   | Copy, failed before           |
| doomed                             |                                   | Copy, back at the source      |
| anything else, of another version  |                                   | Copy, changed                 |
| rejected                           | today's limits refuse it too      | Keep                          |
| rejected                           | today's limits take it            | Copy, acceptable now          |
| stored or published                | its path is another one today     | Copy, moved                   |
| stored or published                | its URL is another one today      | Recheck, new URL              |
| stored                             |                                   | Recheck, not seen yet         |
| published                          | its last look is long ago         | Recheck, due                  |
| published                          |                                   | Keep                          |
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncer.errors import UnsafePlan
from syncer.model import Action, Asset, Copy, Entry, Finding, Keep, Recheck, State, rejects

Judge = Callable[[Entry], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a decision depends on besides the asset and its entry."""

    judge: Judge
    """Judges an entry's facts by today's limits."""
    url: Callable[[str], str]
    """The public URL of a path, at today's origin."""
    now: datetime
    recheck: timedelta | None = None
    """How often published URLs are looked at again."""
    publish_rejected: bool = False


def decide(  # noqa: PLR0911 - one return for each row of the table
    asset: Asset, entry: Entry | None, path: str | None, terms: Terms
) -> Action:
    """`path` is today's; `None` where only the bytes can tell it."""
    if entry is None:
        return Copy(asset, path, "new")
    if entry.state is State.FAILED:
        return Copy(asset, path, "failed before")
    if entry.state is State.DOOMED:
        return Copy(asset, path, "back at the source")
    if entry.version != asset.version:
        return Copy(asset, path, "changed")
    if entry.state is State.REJECTED:
        refused = rejects(terms.judge(entry)) and not terms.publish_rejected
        return Keep(entry) if refused else Copy(asset, path, "acceptable now")
    if path is not None and path != entry.path:
        return Copy(asset, path, "moved")
    if path is not None and terms.url(path) != entry.url:
        return Recheck(replace(entry, url=terms.url(path)), "new URL")
    if entry.state is State.STORED:
        return Recheck(entry, "not seen yet")
    return Recheck(entry, "due") if _due(entry, terms) else Keep(entry)


def _due(entry: Entry, terms: Terms) -> bool:
    """Between half the interval and all of it, at a point of each asset's own: spread over runs."""
    if terms.recheck is None or entry.checked_at is None:
        return False
    own = zlib.crc32(f"{entry.source}/{entry.key}".encode()) / 2**32
    return terms.now - entry.checked_at >= terms.recheck * (0.5 + own / 2)


def check_deletes(doomed: int, published: int, limit: float) -> None:
    """Raise `UnsafePlan` where more than `limit` (a share) of what is published would be deleted."""
    if doomed and doomed > published * limit:
        raise UnsafePlan(
            f"{doomed} of {published} published files ({doomed / published:.1%}) would be deleted, over"
            f" max_delete of {limit:.0%}; nothing was deleted",
            hint="if the source really lost them, run once with --max-delete 100%",
        )
