"""The facts of an ordinary MP4 or QuickTime file, which need no libav. Pure.

A file is ordinary if libav can only say what its boxes say. It has one video of H.264 at a constant rate, at
most one sound of AAC, and no fragments. Each box is of a known kind and exactly as long as its content, the
tables agree with each other, and the headers of the first picture fit the configuration. All else is left to
libav: unknown is never yes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from syncer.probe import entries, h264
from syncer.probe.boxes import Box
from syncer.probe.edits import says_something
from syncer.probe.exact import Unusual, inside, need, pieces, uint
from syncer.probe.result import ProbeResult
from syncer.probe.samples import MOST, Samples, read_samples
from syncer.probe.tracks import Track

ORDINARY_TRACKS = ({"vide": "avc1"}, {"vide": "avc1", "soun": "mp4a"})
TOP = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
MOST_INDEX = 1024 * 1024
"""Bytes of a `moov` box. A larger one would need much memory here."""
MOST_START_S = 0.15
"""Seconds until the first picture or sound."""
MOST_APART_S = 0.1
"""Between the duration of the movie and that of its longest track, which is what libav tells. Both limits
together are less than the least difference of durations that counts.
"""
AHEAD_S = 1
"""Up to so many seconds libav reads one track ahead of the other."""
PRIMING = 8
"""Samples of sound at the start that an edit list may skip, and libav with it."""
MOST_AHEAD = 240
"""Pictures in this time."""
ONE_ROW = bytes(7) + b"\1"
"""The start of a table of version 0 with one row."""
OWN_FILE = ONE_ROW + b"\0\0\0\x0curl \0\0\0\1"
"""The `dref` box of a track whose media is in this file."""
DATA_HANDLER = b"dhlrurl "
"""In the second `hdlr` box of QuickTime."""
MOVIE_HEADER, TRACK_HEADER, MEDIA_HEADER, HANDLER, ONE_EDIT = 100, 84, 24, 24, 20
"""Bytes of these boxes; `HANDLER` with an empty name."""


def ordinary(
    held: h264.Held, size: int | None, top: Sequence[Box], moov: bytes, found: Sequence[Track]
) -> ProbeResult | None:
    """The result that libav would give; `None` if only libav can say. `top` is all of the top level."""
    try:
        need(size and len(moov) <= MOST_INDEX)
        return _result(held, size or 0, top, moov, found)
    except Unusual:
        return None


def _result(
    held: h264.Held, size: int, top: Sequence[Box], moov: bytes, found: Sequence[Track]
) -> ProbeResult:
    need({track.handler: track.format for track in found} in ORDINARY_TRACKS)
    _check_top(top, size)
    boxes = pieces(moov)
    kinds, traks = [kind for kind, _ in boxes], [body for kind, body in boxes if kind == b"trak"]
    need(kinds in ([b"mvhd"] + [b"trak"] * len(traks) + notes for notes in ([], [b"udta"])))
    for body in (body for kind, body in boxes if kind == b"udta"):
        _check_notes(body)
    need(len(traks) == len(found))
    read = {track.handler: _read(track, trak, size) for track, trak in zip(found, traks, strict=True)}
    need(len({each.track.number for each in read.values()}) == len(traks))
    film, sound = read["vide"], read.get("soun")
    width, height = _check_film(held, size, film, sound)
    if sound:
        entries.check_sound(sound.entry, quicktime=held(8, 4) == b"qt  ")
    average, real = film.samples.rates(film.track.scale)
    duration_s, bit_rate = _duration(boxes[0][1], size)
    need(abs(duration_s - max(each.shown_s for each in read.values())) <= MOST_APART_S)
    return ProbeResult(
        track=film.track.number,
        video_codec="h264",
        audio_codec="aac" if sound else None,
        width=width,
        height=height,
        duration_s=duration_s,
        fps=float(average),
        fps_real=float(real),
        pixel_format=h264.PIXEL_FORMAT,
        bit_rate=bit_rate,
    )


def _check_top(top: Sequence[Box], size: int) -> None:
    at = 0
    for box in top:
        need(box.start == at and box.end and box.kind in TOP)
        at = box.end or 0
    kinds = [box.kind for box in top]
    need(at == size and kinds[0] == b"ftyp")
    need(kinds.count(b"ftyp") == kinds.count(b"moov") == 1 and b"mdat" in kinds)


def _check_notes(udta: bytes) -> None:
    """Texts on the file: its title, its place, the program that wrote it."""
    for kind, body in pieces(udta):
        if kind != b"meta":
            need(kind[:1] == b"\xa9" and uint(body, 0, 2) == len(body) - 4 > 0)
            continue
        need(body[:4] == bytes(4))
        boxes = inside(body[4:], b"hdlr", also=b"ilst")
        need(boxes[b"hdlr"][8:12] == b"mdir" and len(boxes[b"hdlr"]) >= HANDLER)
        for name, item in pieces(boxes.get(b"ilst", b"")):
            text = inside(item, b"data")[b"data"]
            need(name[:1] == b"\xa9" and text[:8] == b"\0\0\0\1\0\0\0\0" and text[8:])


@dataclass(frozen=True, slots=True)
class _Read:
    track: Track
    entry: bytes
    samples: Samples
    shown_s: float


def _read(track: Track, trak: bytes, size: int) -> _Read:
    boxes = inside(trak, b"tkhd mdia", also=b"edts")
    _check_header(boxes[b"tkhd"], TRACK_HEADER)
    if b"edts" in boxes:
        edits = inside(boxes[b"edts"], b"elst")[b"elst"]
        need(len(edits) == ONE_EDIT and edits[:8] == ONE_ROW)
    media = inside(boxes[b"mdia"], b"mdhd hdlr minf")
    _check_header(media[b"mdhd"], MEDIA_HEADER)
    need(len(media[b"hdlr"]) >= HANDLER and media[b"hdlr"][4:8] in (bytes(4), b"mhlr"))
    info = inside(
        media[b"minf"], b"vmhd dinf stbl" if track.handler == "vide" else b"smhd dinf stbl", b"hdlr"
    )
    need(b"hdlr" not in info or info[b"hdlr"][4:12] == DATA_HANDLER)
    need(inside(info[b"dinf"], b"dref")[b"dref"] == OWN_FILE)
    tables = inside(info[b"stbl"], b"stsd stts", also=b"stsc stsz stco co64 ctts stss sdtp sgpd sbgp")
    samples = read_samples(tables, size)
    need(all(tables[kind][4:8] == b"roll" for kind in (b"sgpd", b"sbgp") if kind in tables))
    need(b"sdtp" not in tables or len(tables[b"sdtp"]) == 4 + len(samples.sizes))
    need(tables[b"stsd"][:8] == ONE_ROW)
    return _Read(track, tables[b"stsd"][8:], samples, _shown_s(track, samples))


def _check_header(box: bytes, size: int) -> None:
    """Of version 0, which has times of four bytes."""
    need(len(box) == size and box[0] == 0)


def _shown_s(track: Track, samples: Samples) -> float:
    latest = max(samples.delays)
    need(track.number and 0 < track.scale <= MOST and latest <= track.scale)
    need(samples.ticks <= track.duration <= samples.ticks + latest)
    need((track.first or 0) <= MOST_START_S * track.scale and not says_something(track))
    shown = samples.ticks / track.scale
    for edit in track.edits:
        need(0 <= edit.start <= MOST_START_S * track.scale and edit.duration > 0 < track.movie_scale)
        shown = min(shown, edit.duration / track.movie_scale)
    return shown


def _check_film(held: h264.Held, size: int, film: _Read, sound: _Read | None) -> tuple[int, int]:
    """Width and height. The samples that libav reads before it has one of each track are checked."""
    config, samples = entries.read_video(film.entry), film.samples
    need(config.sequence.reorders or not any(samples.delays))
    ahead = AHEAD_S * film.track.scale // min(samples.lengths) + 1
    need(ahead <= MOST_AHEAD)
    until = max(at for at, _ in islice(sound.samples.places(), PRIMING)) if sound else 0
    (first, *later) = _first_places(samples, until, 1 + ahead)
    need(all(sum(place) <= size for place in (first, *later)))
    config.check_first(held, *first)
    for place in later:
        config.check_later(held, *place)
    return config.sequence.width, config.sequence.height


def _first_places(samples: Samples, until: int, most: int) -> Iterator[tuple[int, int]]:
    """Of the first sample, and of those that follow it before this offset."""
    for number, place in enumerate(islice(samples.places(), most)):
        if number and place[0] >= until:
            return
        yield place


def _duration(mvhd: bytes, size: int) -> tuple[float, int]:
    """Seconds, and bits a second. Rounded to microseconds, as in libav, they must be the same."""
    _check_header(mvhd, MOVIE_HEADER)
    scale, ticks = uint(mvhd, 12), uint(mvhd, 16)
    need(0 < scale <= MOST and 0 < ticks <= MOST)
    microseconds = (2 * ticks * 1_000_000 + scale) // (2 * scale)
    bit_rate = int(8 * size / (ticks / scale))
    need(microseconds and bit_rate and bit_rate == int(size * 8.0 * 1_000_000 / microseconds))
    return ticks / scale, bit_rate
