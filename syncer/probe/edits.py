"""Whether an edit list says something. Pure.

Nearly every MP4 has edit lists, and nearly all of them say only: begin where the first picture is. What does
not count:

* one edit at normal speed that begins no later than the first picture is due (reordered pictures are due
  later than 0, and encoders write an edit to undo that) and reaches to the end;
* in sound, leaving out what an encoder puts before (priming) and behind (padding); in a fragmented video,
  whose pictures are not in the index, the same at its beginning;
* waiting for less than anybody notices.

All else counts: pictures or sound left out, a later beginning, several pieces, another speed.
"""

from __future__ import annotations

from syncer.probe.tracks import Edit, Track

UNNOTICED_S = 0.045
"""Sound that much ahead of its picture goes unnoticed (ITU-R BT.1359)."""
PRIMING = 4096
"""Samples: AAC encoders write 1024 to 2112, those of HE-AAC twice as many."""
PRIMING_S = 0.3
"""No more than this, whatever the samples: a time scale need not be the sampling rate."""
NORMAL_SPEED = 65536


def says_something(track: Track) -> bool:
    waits = [edit for edit in track.edits if edit.start < 0]
    plays = [edit for edit in track.edits if edit.start >= 0]
    if any(edit.rate != NORMAL_SPEED for edit in plays):
        return True
    waited = sum(edit.duration for edit in waits)
    if waited > UNNOTICED_S * track.movie_scale:
        return True
    return len(plays) > 1 or any(_cuts(track, edit) for edit in plays)


def _cuts(track: Track, edit: Edit) -> bool:
    begin = end = _slack(track)
    if track.handler == "vide":
        begin, end = begin if track.first is None else max(0, track.first), 0
    if edit.start > begin:
        return True
    if not edit.duration or not track.scale or not track.movie_scale:
        return False
    lacking = (track.duration - edit.start) / track.scale - edit.duration / track.movie_scale
    return lacking > max(end / track.scale, UNNOTICED_S)


def _slack(track: Track) -> float:
    """Ticks that an encoder may add."""
    return min(PRIMING, PRIMING_S * track.scale)
