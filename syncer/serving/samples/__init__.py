"""A few small media files to try things out with; NOTE.md beside them says what they are."""

from __future__ import annotations

from pathlib import Path

NAMES = (
    "Summer Trip.mp4",
    "Sunset at the Lake.jpg",
    "café.webp",
    "müsli-tasting.mov",
    "screenshot.png",
    "street-food.webm",
)
REFUSED = "screenshot.png"
"""The one that TikTok does not take."""


def paths() -> tuple[Path, ...]:
    """The files themselves, part of the installed package: to be read or copied, not changed."""
    return tuple(Path(__file__).parent / name for name in NAMES)
