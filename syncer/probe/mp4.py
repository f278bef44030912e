"""Facts in the boxes of an MP4 or QuickTime file that libav does not report: layout and missing bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from syncer.model import Facts
from syncer.probe import fragments, unread
from syncer.probe.boxes import Box, box_body, walk
from syncer.probe.edits import says_something
from syncer.probe.ordinary import ordinary
from syncer.probe.result import ProbeResult
from syncer.probe.tracks import MAX_TRACKS, Track, movie_seconds, tracks
from syncer.probe.window import MAX_FETCHED, Spent, Window

MAX_MISSING = 2**63 - 1
"""The largest number in the database; the file may claim more."""

NO_MOOV = "no moov box: the recording or upload was interrupted"
CUT_MOOV = "it ends in the middle of its index (moov box)"
NO_PICTURES = "it contains no picture: only its start is there"

NEEDED = (b"mdat", b"moov", b"moof", b"")
"""Kinds of boxes that a decoder needs completely; the last one is for indexed segments. Other boxes that end
after the end of the file are padding, or a trailer that only looks like a box."""
MOST_READ = 64
"""Fragments in which to look for the first picture."""
MOST_OPENED = 64
"""Streams to open for reading one fragment after the other; then the last fragment is searched."""
SPARED = 4 * 1024 * 1024
"""Bytes that are reserved for this search."""
FEW = 24
"""Fragments that give the average frame rate then."""


@dataclass(frozen=True, slots=True)
class Layout:
    facts: Facts
    tracks: dict[int, Track] = field(default_factory=dict)
    prefix: int | None = None
    """Bytes at the start that libav reads as the whole file; `None` for all."""
    duration_s: float | None = None
    """From the end of the file, if libav can't tell it."""
    start_s: float = 0.0
    """The time of the first picture or sound that belongs to `duration_s`."""
    header_s: float | None = None
    """The duration that the header of an MP4 or MOV claims; of no use in a fragmented file."""
    fps: float | None = None
    """As above."""
    pictured: Mapping[int, bool | None] = field(default_factory=dict)
    """By track number: whether the video has a picture; `None` if that is too much to read."""
    has_picture: bool | None = True
    """The same, if libav numbers the tracks in another way."""
    told: ProbeResult | None = None
    """The result that libav would give; `None` if the boxes do not say all of it."""


@dataclass(frozen=True, slots=True)
class _Boxes:
    """The boxes of the top level."""

    seen: list[Box]
    complete: bool
    """Whether these are all."""

    def of(self, kind: bytes) -> list[Box]:
        return [box for box in self.seen if box.kind == kind]


def mp4_layout(window: Window) -> Layout:
    """If `Facts.flaw` is set, libav can't find more. Raises `Spent`."""
    boxes = _boxes(window)
    moov = next(iter(boxes.of(b"moov")), None)
    facts = Facts(missing=_missing(boxes.seen, window.size) if boxes.complete else None)
    if moov is None:
        return Layout(replace(facts, flaw=NO_MOOV))
    body = _body(window, moov)
    if body is None:
        return Layout(replace(facts, flaw=CUT_MOOV))
    found = tracks(body)
    moofs = boxes.of(b"moof")
    facts = replace(
        facts,
        moov_first=not any(_is_media(box) and box.start < moov.start for box in boxes.seen),
        fragmented=bool(box_body(body, b"mvex")) or bool(moofs),
        edit_list=any(says_something(track) for track in found),
    )
    if boxes.complete and not moofs and not boxes.of(b""):
        if facts.fragmented and not any(track.end for track in found) and not facts.missing:
            facts = replace(facts, flaw=NO_PICTURES)
        facts = replace(facts, missing=_with_tables(facts.missing, found, window.size))
    by_number = {track.number: track for track in found}
    pictured = _pictured(window, boxes, body, found)
    if boxes.complete or len(moofs) <= FEW:
        seconds = None if facts.fragmented else movie_seconds(body)
        is_plain = boxes.complete and not (facts.fragmented or facts.missing or facts.flaw)
        told = ordinary(window.held, window.size, boxes.seen, body, found) if is_plain else None
        return Layout(facts, by_number, header_s=seconds, pictured=pictured, told=told)
    last = _by_last(window, facts, body, by_number, moofs)
    return replace(last, prefix=moofs[FEW].start, pictured=pictured)


def _pictured(window: Window, boxes: _Boxes, moov: bytes, found: list[Track]) -> dict[int, bool | None]:
    films = [track for track in found if track.handler == "vide"] or found
    bare = [track.number for track in films if not track.filled]
    moofs, segments = boxes.of(b"moof"), boxes.of(b"")
    indexed = [fragments.in_segments(window.read, each.start, each.end) for each in segments]
    absent = False if boxes.complete and len(moofs) <= MOST_READ and not segments else None
    later: set[int] = set()
    try:
        later = fragments.filled(window.read, islice(chain(moofs, *indexed), MOST_READ), moov, bare)
    except Spent:
        absent = None
    return {track.number: track.filled or track.number in later or absent for track in films}


def _by_last(window: Window, facts: Facts, moov: bytes, tracks: dict[int, Track], seen: list[Box]) -> Layout:
    """The layout by the last fragment of a file with very many."""
    untold = Layout(replace(facts, unread=unread.FRAGMENTS), tracks)
    if window.size is None:
        return untold
    try:
        last = fragments.last_fragment(window.read, window.size, moov)
        first = fragments.times(window.read, seen[0], moov)
    except Spent:
        return untold
    if last is None:
        return untold
    scales = {number: track.scale for number, track in tracks.items()}
    missing = min(max(0, last.end - window.size), MAX_MISSING)
    start, duration = fragments.seconds(first, last.times, scales)
    return Layout(replace(facts, missing=missing), tracks, duration_s=duration, start_s=start)


def _boxes(window: Window) -> _Boxes:
    """Raises `Spent` without a `moov`."""
    seen: list[Box] = []
    found = {b"moov": False, b"moof": False}
    try:
        for box in walk(window.read):
            if found[b"moov"] and not box.kind.decode("latin-1").isprintable():
                break  # a trailer: no kind of box has such letters
            seen.append(box)
            found[box.kind] = True
            if found[b"moov"] and found[b"moof"] and _is_costly(window):
                return _Boxes(seen, complete=False)
    except Spent:
        if not found[b"moov"]:
            raise
        return _Boxes(seen, complete=False)
    return _Boxes(seen, complete=True)


def _is_costly(window: Window) -> bool:
    return window.opened > MOST_OPENED or window.fetched > MAX_FETCHED - SPARED


def _body(window: Window, box: Box) -> bytes | None:
    """`None` if the file ends before the box."""
    if box.end is None:
        return window.read(box.body, MAX_FETCHED)
    if window.size is not None and box.end > window.size:
        return None
    body = window.read(box.body, box.end - box.body)
    return body if box.body + len(body) == box.end else None


def _is_media(box: Box) -> bool:
    """An empty `mdat` does not count: some writers leave one at the start."""
    return box.kind == b"mdat" and box.end != box.body


def _missing(seen: list[Box], size: int | None) -> int | None:
    if size is None:
        return None
    ends = (box.end for box in seen if box.end is not None and box.kind in NEEDED)
    return min(max(0, max(ends, default=0) - size), MAX_MISSING)


def _with_tables(missing: int | None, found: list[Track], size: int | None) -> int | None:
    """Missing bytes by the sample tables, which have the position of each sample. They say more than the
    boxes if an `mdat` has no size, and less if an `mdat` has a wrong size.
    """
    if missing is None or size is None:
        return None
    furthest = max((track.end for track in found), default=0)
    lacking = min(max(0, furthest - size), MAX_MISSING)
    exact = furthest and len(found) < MAX_TRACKS and all(track.exact for track in found)
    return lacking if exact else max(missing, lacking)
