"""Whether an edit list changes what is played. Pure.

Nearly every MP4 has edit lists, and nearly all of them only say: begin with the first picture. These do not
count:

* one edit at normal speed that begins no later than the first picture is due and lasts to the end (reordered
  pictures are due later than 0, and encoders write an edit to undo that);
* in sound, skipping the encoder's samples at the start (priming) and at the end (padding); in a fragmented
  video, whose pictures are not in the index, the same at its start;
* a delay that nobody notices.

All other edits count: skipped pictures or sound, a later start, several pieces, another speed.
"""

from __future__ import annotations

from syncer.probe.tracks import Edit, Track

UNNOTICED_S = 0.045
"""Nobody notices sound that is so much ahead of its picture (ITU-R BT.1359)."""
PRIMING = 4096
"""Samples: AAC encoders write 1024 to 2112, HE-AAC encoders twice as many."""
PRIMING_S = 0.3
"""The maximum in seconds: the time scale may differ from the sampling rate."""
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
    """Ticks that an encoder may add at the start or end."""
    return min(PRIMING, PRIMING_S * track.scale)
