"""What the boxes of an MP4 or QuickTime file say, that libav does not: how it lies, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from syncer.model import Facts
from syncer.probe.boxes import Box, part, walk
from syncer.probe.edits import says_something
from syncer.probe.tracks import Track, tracks
from syncer.probe.window import MAX_FETCHED, Spent, Window

MAX_MISSING = 2**63 - 1
"""What a database holds; the file may claim more."""

NO_MOOV = "no moov box: the recording or upload broke off"
CUT_MOOV = "it ends in the middle of its index (moov box)"


@dataclass(frozen=True, slots=True)
class Layout:
    facts: Facts
    tracks: dict[int, Track] = field(default_factory=dict)


def layout(window: Window) -> Layout:
    """`Facts.flaw` is set where there is nothing more to be found out. Raises `Spent`."""
    seen, complete = _boxes(window)
    moov = next((box for box in seen if box.kind == b"moov"), None)
    facts = Facts(missing=_missing(seen, window.size) if complete else None)
    if moov is None:
        return Layout(replace(facts, flaw=NO_MOOV))
    body = _body(window, moov)
    if body is None:
        return Layout(replace(facts, flaw=CUT_MOOV))
    found = tracks(body)
    facts = replace(
        facts,
        moov_first=not any(_is_media(box) and box.start < moov.start for box in seen),
        fragmented=bool(part(body, b"mvex")) or any(box.kind == b"moof" for box in seen),
        edit_list=any(says_something(track) for track in found),
        missing=_with_tables(facts.missing, found, window.size),
    )
    return Layout(facts, {track.number: track for track in found})


def _boxes(window: Window) -> tuple[list[Box], bool]:
    """Those of the top level, and whether that is all of them. Raises `Spent` without a `moov`."""
    seen: list[Box] = []
    try:
        seen.extend(walk(window.read))
    except Spent:
        if not any(box.kind == b"moov" for box in seen):
            raise
        return seen, False
    return seen, True


def _body(window: Window, box: Box) -> bytes | None:
    """`None` where the file ends before it does."""
    if box.end is None:
        return window.read(box.body, MAX_FETCHED)
    if window.size is not None and box.end > window.size:
        return None
    body = window.read(box.body, box.end - box.body)
    return body if box.body + len(body) == box.end else None


def _is_media(box: Box) -> bool:
    """Some writers leave an empty `mdat` in front."""
    return box.kind == b"mdat" and box.end != box.body


def _missing(seen: list[Box], size: int | None) -> int | None:
    if size is None:
        return None
    furthest = max((box.end for box in seen if box.end is not None), default=0)
    return min(max(0, furthest - size), MAX_MISSING)


def _with_tables(missing: int | None, found: list[Track], size: int | None) -> int | None:
    """The sample tables may speak of more than the boxes do, where an `mdat` has no size."""
    if missing is None or size is None:
        return None
    furthest = max((track.end for track in found), default=0)
    return min(max(missing, furthest - size), MAX_MISSING)
