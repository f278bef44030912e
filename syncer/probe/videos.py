"""The facts of a video: those of its boxes and those of libav, together. Pure, except for the window."""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncer.model import Facts
from syncer.probe import clusters, matroska, mp4, unread
from syncer.probe.mp4 import MAX_MISSING, Layout
from syncer.probe.result import ProbeResult
from syncer.probe.window import Spent, Window

NO_PICTURE = "its video contains no picture"


@dataclass(frozen=True, slots=True)
class VideoKind:
    container: str
    demuxer: str
    """libav's name. libav must not guess it: some demuxers open other files that a file names."""


KINDS = {
    "video/3gpp": VideoKind("3gp", "mov"),
    "video/mp2t": VideoKind("ts", "mpegts"),
    "video/mp4": VideoKind("mp4", "mov"),
    "video/mpeg": VideoKind("mpeg", "mpeg"),
    "video/ogg": VideoKind("ogg", "ogg"),
    "video/quicktime": VideoKind("mov", "mov"),
    "video/webm": VideoKind("webm", "matroska"),
    "video/x-flv": VideoKind("flv", "flv"),
    "video/x-matroska": VideoKind("mkv", "matroska"),
    "video/x-ms-wmv": VideoKind("wmv", "asf"),
    "video/x-msvideo": VideoKind("avi", "avi"),
}


def video_layout(window: Window, kind: VideoKind) -> Layout:
    """The layout without libav. Raises `Spent`."""
    if kind.demuxer == "mov":
        found = mp4.mp4_layout(window)
        return replace(found, facts=replace(found.facts, container=kind.container))
    facts = Facts(container=kind.container)
    if kind.demuxer != "matroska":
        return Layout(facts)
    found = Layout(facts) if window.size is None else _measured(window, window.size, facts)
    return replace(found, has_picture=_has_picture(window))


def _measured(window: Window, size: int, facts: Facts) -> Layout:
    """Of a Matroska file. Raises `Spent`."""
    end = matroska.claimed_end(window.read)
    if end is not None:
        facts = replace(facts, missing=min(max(0, end - size), MAX_MISSING))
    try:
        return _recorded(window, size, facts)
    except Spent:
        return Layout(facts)


def _has_picture(window: Window) -> bool | None:
    try:
        header = matroska.header(window.read)
        film = header.film if header else None
        return None if film is None else clusters.has_picture(window.read, film)
    except Spent:
        return None


def _recorded(window: Window, size: int, facts: Facts) -> Layout:
    """Adds the facts that a live recording has only at its end. Raises `Spent`."""
    header = matroska.header(window.read)
    if header is None or (header.has_duration and facts.missing is not None):
        return Layout(facts)
    last = clusters.last_cluster(window.read, size, header)
    if last is None:
        return Layout(facts)
    if facts.missing is None:
        facts = replace(facts, missing=min(max(0, last.end - size), MAX_MISSING))
    return Layout(facts, duration_s=last.seconds, start_s=last.start, fps=last.fps)


def merge(found: Layout, told: ProbeResult, size: int | None) -> Facts:
    """Width and height count stored pixels after the rotation, as platforms do. A player stretches pixels
    that are not square, but that does not change their number.
    """
    track = None if told.track is None else found.tracks.get(told.track)
    rotation = track.rotation if track else None
    width, height = told.width, told.height
    duration_s, other_s = _durations(found, told)
    bit_rate = told.bit_rate
    if duration_s != told.duration_s:
        bit_rate = int(8 * size / duration_s) if size and duration_s else None
    if rotation in (90, 270):
        width, height = height, width
    has_picture = True if told.track is None else found.pictured.get(told.track, found.has_picture)
    return replace(
        found.facts,
        unread=found.facts.unread if has_picture is not None else unread.PICTURES,
        width=width,
        height=height,
        duration_s=duration_s,
        other_duration_s=other_s,
        fps=told.fps or found.fps,
        fps_real=told.fps_real,
        video_codec=told.video_codec,
        audio_codec=told.audio_codec,
        pixel_format=told.pixel_format,
        bit_rate=bit_rate,
        rotation=rotation,
        flaw=told.flaw
        or _flaw(told, track.format if track else None)
        or (NO_PICTURE if has_picture is False else None),
    )


SAME_S = 0.5
"""Seconds by which two durations may differ and still count as one."""


def _durations(found: Layout, told: ProbeResult) -> tuple[float | None, float | None]:
    """The duration by the container, and the one by another right way that differs most from it.

    The time before the first picture or sound counts for some readers and not for others.
    """
    span, start = told.duration_s, told.start_s or 0.0
    if found.prefix is not None or not span:
        span, start = found.duration_s, found.start_s
    if not span:
        return None, None
    shown = span
    others: tuple[float, ...] = ()
    match found.facts.container:
        case "mp4" | "mov" | "3gp":
            shown, others = found.header_s or span, (span, start + span)
        case "webm" | "mkv" if found.duration_s is None:  # the header counts from 0
            others = (span - start,) if start < span else ()
        case "webm" | "mkv":
            others = (start + span,)
        case _:  # the first time in a transport stream may be any
            pass
    other = max(others, key=lambda each: abs(each - shown), default=shown)
    return shown, other if abs(other - shown) > SAME_S else None


def _flaw(told: ProbeResult, sample_format: str | None) -> str | None:
    if told.track is None:
        return "no video stream"
    if sample_format == "encv":
        return "its video is encrypted"
    if told.video_codec is None:
        return f"its video has an unknown codec{f' ({sample_format})' if sample_format else ''}"
    return None


def partly(told: ProbeResult) -> ProbeResult:
    """The facts that do not depend on how much of the file was read."""
    return replace(told, duration_s=None, fps=None, fps_real=None, bit_rate=None, flaw=None)
