"""The limits of a platform, as data: each value with its document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Limit(Generic[V]):
    """One value, and its source."""

    value: V
    source: str
    """URL of its document, or a description of its origin."""
    checked: str
    """When somebody last read the source: `YYYY-MM`."""
    certainty: str
    """`A` official documentation, `B` several independent sources, `C` one, `?` none: our own value. Only a
    limit with `A` or `B` may refuse a file; others give a warning at most.
    """


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a platform. Read by `preflight.load_limits`. Sizes are bytes, sides pixels."""

    platform: str
    """Its name, for messages."""
    video_types: Limit[tuple[str, ...]]
    photo_types: Limit[tuple[str, ...]]
    video_codecs: Limit[tuple[str, ...]]
    video_fps_min: Limit[int]
    video_fps_max: Limit[int]
    video_side_min: Limit[int]
    video_side_max: Limit[int]
    video_seconds: Limit[int]
    """The maximum for any account."""
    video_seconds_everyone: Limit[int]
    """The maximum for every account; only some accounts may post longer videos."""
    video_size: Limit[int]
    """A maximum, as all sizes are."""
    video_size_at_best: Limit[int]
    """The maximum if the platform counts in powers of 1024; between the two sizes, the result is unsure."""
    photo_short_side: Limit[int]
    photo_long_side: Limit[int]
    photo_size: Limit[int]
    photo_size_at_best: Limit[int]
    port: Limit[int]
    pull_seconds: Limit[int]
    """Longest time of a pull."""
    latency_seconds: Limit[int]
    """Longest time to the first byte, including the connection."""
    certificate_days: Limit[int]
    """Shortest remaining validity of a certificate."""

    def largest(self, media_type: str) -> int | None:
        """Bytes above which a file is surely refused; `None` if the type is refused in any size."""
        if media_type in self.video_types.value:
            return self.video_size_at_best.value
        return self.photo_size_at_best.value if media_type in self.photo_types.value else None
