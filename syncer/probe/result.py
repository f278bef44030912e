"""The child's result for a video: plain data that must be checked on arrival."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

MAX_NUMBER = 2**63 - 1
MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Names as in `Facts`. Width and height are as stored, before any rotation."""

    track: int | None = None
    """The container's number of the video track; `None` if there is none."""
    video_codec: str | None = None
    audio_codec: str | None = None
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    start_s: float | None = None
    """The time of the first picture or sound, if it is positive."""
    fps: float | None = None
    fps_real: float | None = None
    pixel_format: str | None = None
    bit_rate: int | None = None
    flaw: str | None = None

    def with_film(self, **film: Any) -> ProbeResult:
        return replace(self, **film)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def from_json(data: bytes) -> ProbeResult:
    """Raises `ValueError` for invalid data."""
    try:
        told = ProbeResult(**json.loads(data))
    except (TypeError, RecursionError) as error:
        raise ValueError("not a result") from error
    if not all(_fits(field.type, getattr(told, field.name)) for field in fields(told)):
        raise ValueError("a value of the wrong type")
    return told


def _fits(kind: object, value: object) -> bool:
    if value is None:
        return True
    match kind:
        case "int | None":
            return type(value) is int and 0 <= value <= MAX_NUMBER
        case "float | None":
            return isinstance(value, (int, float)) and math.isfinite(value) and 0 <= value <= MAX_NUMBER
        case _:
            return isinstance(value, str) and len(value) <= MAX_TEXT and value.isprintable()
