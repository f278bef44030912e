"""The facts of a video by libav. Only the child process loads it: libav trusts the bytes that it reads."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

import av
from av.stream import Disposition
from av.video.stream import VideoStream

from syncer.probe.result import ProbeResult

OPTIONS = {
    "probesize": str(1024 * 1024),  # bytes of media to read for facts that no header has
    "analyzeduration": str(5_000_000),  # and microseconds
    "max_streams": "64",
    "protocol_whitelist": "none",  # never open anything that the media names
}
BUFFER = 16 * 1024
NOT_PLAYED = Disposition.attached_pic | Disposition.timed_thumbnails
"""The cover of a song, or the thumbnails of a seek bar."""


class SeekableFile(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


def libav_facts(file: SeekableFile, demuxer: str) -> ProbeResult:
    try:
        with av.open(
            file, format=demuxer, options=OPTIONS, buffer_size=BUFFER, metadata_errors="replace"
        ) as container:
            return _told(container)
    except MemoryError:
        return ProbeResult(flaw="reading it needs more memory than media should")
    except av.error.EOFError:
        return ProbeResult(flaw="it ends before anything can be played")
    except (av.error.FFmpegError, ValueError) as error:
        return ProbeResult(flaw=f"it is damaged: {getattr(error, 'strerror', None) or 'invalid data in it'}")


def _told(container: Any) -> ProbeResult:
    """Reads the first video stream, as players do, and the first sound."""
    films = (stream for stream in container.streams.video if not stream.disposition & NOT_PLAYED)
    film = next(films, None)
    sound = next(iter(container.streams.audio), None)
    duration, start = container.duration, container.start_time
    told = ProbeResult(
        audio_codec=_codec(sound),
        duration_s=duration / 1_000_000 if duration and duration > 0 else None,
        start_s=start / 1_000_000 if start and start > 0 else None,
        bit_rate=container.bit_rate if container.bit_rate > 0 else None,
    )
    return told if film is None else told.with_film(**_film(film))


def _film(film: VideoStream) -> dict[str, Any]:
    """`average_rate` is ffprobe's avg_frame_rate, `base_rate` its r_frame_rate."""
    context = film.codec_context
    return {
        "track": film.id & 0xFFFFFFFF,  # libav has it signed
        "video_codec": _codec(film),
        "width": (context and context.width) or None,
        "height": (context and context.height) or None,
        "fps": _rate(film.average_rate),
        "fps_real": _rate(film.base_rate),
        "pixel_format": context and context.pix_fmt,
    }


def _codec(stream: Any) -> str | None:
    """The name of the codec, not of the decoder (`av1`, not `libdav1d`)."""
    if stream is None or stream.codec_context is None:
        return None
    name: str = stream.codec_context.codec.canonical_name
    return name


def _rate(rate: Fraction | None) -> float | None:
    return float(rate) if rate and rate > 0 else None
