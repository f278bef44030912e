"""What the bytes of an object say."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Facts:
    """What the bytes say. `None` is unknown; nothing here is guessed."""

    container: str | None = None
    """`mp4`, `mov`, `webm`, `mkv`, … or, of a photo, `jpeg`, `webp`, `png`."""
    width: int | None = None
    """Pixels, as displayed: after rotation."""
    height: int | None = None
    duration_s: float | None = None
    fps: float | None = None
    """Frames a second, on average."""
    fps_real: float | None = None
    """The lowest rate on whose beat every frame lies; another one than `fps` where the rate varies."""
    video_codec: str | None = None
    """The codec's own name: `h264`, `hevc`, `vp9`, `av1`, …; never a decoder's."""
    audio_codec: str | None = None
    pixel_format: str | None = None
    bit_rate: int | None = None
    """Bits a second, of the whole file."""
    rotation: int | None = None
    """Degrees clockwise by which it is turned to be displayed: 0, 90, 180 or 270."""
    orientation: int | None = None
    """EXIF orientation of a photo, 1 to 8."""
    moov_first: bool | None = None
    """Whether an MP4 or MOV can be played before its end has arrived."""
    fragmented: bool | None = None
    edit_list: bool | None = None
    """Whether an edit list leaves out or delays something; one that says nothing does not count."""
    missing: int | None = None
    """Bytes that the container speaks of and the file lacks; 0 is a whole file."""
    flaw: str | None = None
    """Why no more could be read, where that is the fault of the bytes: `no video stream`."""
    unread: str | None = None
    """The same where it is not: a bound of ours was met."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the one pass over the bytes learned."""

    size: int
    sha256: str
    """Hex."""
    head_sha256: str
    """Hex, of the first `HEAD_SIZE` bytes: what a later look at the public URL is compared with."""
    media_type: str
    facts: Facts = field(default_factory=Facts)
    verified_by: str | None = None
    """The source's own hash that the bytes agree with; `None` where it told none that can be compared."""
