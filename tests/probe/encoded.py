"""Videos by the encoders of PyAV, whose libav is newer than the program ffmpeg of most systems."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import av

RATE = 48_000
"""Of the sound, in samples a second."""
SIDE = 64
NTSC, FILM = Fraction(30000, 1001), Fraction(24000, 1001)


def encoded(  # noqa: PLR0913 - each is one property of the video
    codec: str = "libx264",
    *,
    container: str = "mp4",
    rate: Fraction = Fraction(30),
    pixels: str = "yuv420p",
    sound: str | None = "aac",
    pictures: int = 9,
    uneven: bool = False,
    encoder: Mapping[str, str] | None = None,
    muxer: Mapping[str, str] | None = None,
) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=dict(muxer or {})) as output:
        film: Any = output.add_stream(codec, rate=rate, options=dict(encoder or {}))
        film.width, film.height, film.pix_fmt = SIDE, SIDE, pixels
        tone: Any = output.add_stream(sound, rate=RATE, layout="stereo") if sound else None
        for number in range(pictures):
            output.mux(film.encode(_picture(number, number + number // 3 if uneven else number, pixels)))
            if tone:
                output.mux(tone.encode(_noise(number, int(RATE / rate))))
        for stream in (film, tone) if tone else (film,):
            output.mux(stream.encode(None))
    return file.getvalue()


def _picture(number: int, due: int, pixels: str) -> av.VideoFrame:
    frame = av.VideoFrame(SIDE, SIDE, "gray")
    frame.planes[0].update(
        bytes((16 + number * 20 + at // 97) % 219 for at in range(frame.planes[0].buffer_size))
    )
    frame = frame.reformat(format=pixels)
    frame.pts = due
    return frame


def _noise(number: int, samples: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="stereo", samples=samples)
    noise = random.Random(number).randbytes(4 * samples)  # noqa: S311 - repeatable
    plane = frame.planes[0]
    plane.update(noise.ljust(plane.buffer_size, b"\0")[: plane.buffer_size])
    frame.sample_rate, frame.pts = RATE, number * samples
    return frame
