"""Hosts that serve only pictures and videos, whatever the path ends in."""

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
"""Patterns that match the start of host + path."""


def serves(host: str, path: str) -> bool:
    """Whether everything at this host, below this part of the path, is media."""
    return _ANY.match(host + path) is not None


_ANY = re.compile("|".join(f"(?:{pattern})" for pattern in HOSTS))
