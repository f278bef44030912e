"""A few small sample media files; NOTE.md beside them describes them."""

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
"""The sample that TikTok refuses."""


def paths() -> tuple[Path, ...]:
    """The files of the installed package. Read or copy them; do not change them."""
    return tuple(Path(__file__).parent / name for name in NAMES)
