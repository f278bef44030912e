"""What is known from the bytes of an object."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Facts:
    """The media facts. `None` is unknown; nothing here is guessed."""

    container: str | None = None
    """`mp4`, `mov`, `webm`, `mkv`, … or, for a photo, `jpeg`, `webp`, `png`."""
    width: int | None = None
    """Pixels of the stored picture, after rotation."""
    height: int | None = None
    duration_s: float | None = None
    """By the container, as players show it: with empty time before the first picture or sound."""
    fps: float | None = None
    """Frames a second, on average."""
    fps_real: float | None = None
    """The lowest constant rate that has a frame at the time of each frame; not `fps` if the rate varies."""
    video_codec: str | None = None
    """The codec's own name: `h264`, `hevc`, `vp9`, `av1`, …; never a decoder's."""
    audio_codec: str | None = None
    pixel_format: str | None = None
    bit_rate: int | None = None
    """Bits a second, of the whole file."""
    rotation: int | None = None
    """Degrees clockwise by which a player turns it: 0, 90, 180 or 270."""
    orientation: int | None = None
    """EXIF orientation of a photo, 1 to 8."""
    moov_first: bool | None = None
    """Whether an MP4 or MOV can be played before its end has arrived."""
    fragmented: bool | None = None
    edit_list: bool | None = None
    """Whether an edit list skips or delays something; a list without effect does not count."""
    missing: int | None = None
    """Bytes that the container announces and the file lacks; 0 for a complete file."""
    flaw: str | None = None
    """Why no more could be read, if the bytes are the reason: `no video stream`."""
    unread: str | None = None
    """Why no more could be read, if a limit of syncer is the reason."""
    other_duration_s: float | None = None
    """By the other right way to measure it, if that differs: from the first picture or sound to the end, or
    with the time before them if the container does not count it.
    """


@dataclass(frozen=True, slots=True)
class Content:
    """The result of the one pass over all bytes."""

    size: int
    sha256: str
    """Hex."""
    head_sha256: str
    """Hex, of the first `HEAD_SIZE` bytes, which later looks at the public URL compare."""
    media_type: str
    facts: Facts = field(default_factory=Facts)
    verified_by: str | None = None
    """The name of the source's hash that the bytes match; `None` if it has none that can be compared."""
