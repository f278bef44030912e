"""What a platform takes, as data: each value with the document it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Limit(Generic[V]):
    """One value, and how we know it."""

    value: V
    source: str
    """URL of the document it stands in, or in words where it comes from."""
    checked: str
    """When that was read: `YYYY-MM`."""
    certainty: str
    """`A` official documentation, `B` several independent sources, `C` one, `?` none: our own value. Only
    with `A` or `B` something may be refused by it; by the others it is a warning at most.
    """


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform takes. Read by `preflight.load_limits`. Sizes are bytes, sides pixels."""

    platform: str
    """Its name, for people."""
    video_types: Limit[tuple[str, ...]]
    photo_types: Limit[tuple[str, ...]]
    video_codecs: Limit[tuple[str, ...]]
    video_fps_min: Limit[int]
    video_fps_max: Limit[int]
    video_side_min: Limit[int]
    video_side_max: Limit[int]
    video_seconds: Limit[int]
    """At most, for any account."""
    video_seconds_everyone: Limit[int]
    """What every account may post; longer videos only some."""
    video_size: Limit[int]
    """At most, as are all sizes."""
    video_size_at_best: Limit[int]
    """The same where the platform counts in powers of 1024: in between it may go either way."""
    photo_short_side: Limit[int]
    photo_long_side: Limit[int]
    photo_size: Limit[int]
    photo_size_at_best: Limit[int]
    port: Limit[int]
    pull_seconds: Limit[int]
    """How long a pull may take."""
    latency_seconds: Limit[int]
    """To the first byte, connecting included."""
    certificate_days: Limit[int]
    """How long a certificate has to be valid still."""

    def largest(self, media_type: str) -> int | None:
        """Bytes above which it is refused for sure; `None` for what is refused whatever its size."""
        if media_type in self.video_types.value:
            return self.video_size_at_best.value
        return self.photo_size_at_best.value if media_type in self.photo_types.value else None
