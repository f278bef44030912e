"""The facts of a photo, from its header and, in some formats, from its end. Without a library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from syncer.model import Facts
from syncer.probe import jpeg, webp
from syncer.probe.window import Window

SIDEWAYS = 5
"""EXIF orientations from this value on turn the photo by a quarter."""


def photo_facts(window: Window, media_type: str) -> Facts:
    """Width and height, after rotation. Raises `Spent`."""
    facts = LOOKS[media_type](window)
    if (facts.orientation or 0) >= SIDEWAYS:
        return replace(facts, width=facts.height, height=facts.width)
    return facts


def _png(window: Window) -> Facts:
    header = window.read(0, 24)
    if header[12:16] != b"IHDR":
        return Facts(container="png", flaw="its header is damaged")
    return _sized("png", int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big"))


def _gif(window: Window) -> Facts:
    header = window.read(0, 10)
    return _sized("gif", int.from_bytes(header[6:8], "little"), int.from_bytes(header[8:10], "little"))


def _sized(container: str, width: int, height: int) -> Facts:
    return Facts(container=container, width=width or None, height=height or None)


LOOKS: dict[str, Callable[[Window], Facts]] = {
    "image/gif": _gif,
    "image/jpeg": jpeg.jpeg_facts,
    "image/png": _png,
    "image/webp": webp.webp_facts,
}
