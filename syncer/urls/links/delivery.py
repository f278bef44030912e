"""Hosts that deliver pictures and videos and nothing else, whatever their paths end in."""

from __future__ import annotations

import re

HOSTS: tuple[str, ...] = (
    r"(?:lh[3-6]|video-downloads|photos|blogger|play-lh)\.(?:googleusercontent|ggpht)\.com/.{16}",
    r"res(?:-\d)?\.cloudinary\.com/[^/]+/(?:image|video)/",
    r"[^/]+\.imgix\.net/.",
    r"(?:ucarecdn\.com|[^/]+\.ucarecd\.net)/[0-9a-f-]{36}/",
    r"imagedelivery\.net/[^/]+/[^/]+/",
    r"images\.unsplash\.com/.",
    r"(?:pbs|video)\.twimg\.com/(?:media|ext_tw_video|amplify_video|tweet_video)/",
    r"[^/]+\.icloud-content\.com/",
    r"(?:public|dl)\.boxcloud\.com/",
    r"media\.giphy\.com/media/",
)
"""Patterns in host + path, from the start."""


def serves(host: str, path: str) -> bool:
    """Whether all that stands there is media."""
    return _ANY.match(host + path) is not None


_ANY = re.compile("|".join(f"(?:{pattern})" for pattern in HOSTS))
