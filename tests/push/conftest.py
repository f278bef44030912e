"""A user's folder after a sync, and a TikTok server; looks and limits have the speed of a test."""

from __future__ import annotations

import pytest

from syncer.push import limits
from syncer.push.limits import PollIntervals, Rate, RateLimits
from tests.home import Home
from tests.media import sample
from tests.servers.tiktok import TiktokServer

VIDEO, PHOTO, OTHER_PHOTO = "Summer Trip.mp4", "Sunset at the Lake.jpg", "café.webp"


@pytest.fixture
def home(home: Home, tiktok: TiktokServer, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Three assets: a.mp4, b.jpg, c.webp."""
    monkeypatch.setattr(limits, "LIMITS", RateLimits(Rate(6, 1.0), Rate(1, 0.02)))
    monkeypatch.setattr(limits, "PATIENCE", PollIntervals(0.05, 1.5, 0.2))
    home.config["tiktok"] = tiktok.config
    tiktok.limits = {"init": (100, 60.0), "status": (1000, 60.0)}
    tiktok.verified = [home.site.url]
    tiktok.origins = {home.site.host: home.site.port}
    for key, name in {"a.mp4": VIDEO, "b.jpg": PHOTO, "c.webp": OTHER_PHOTO}.items():
        home.put(key, sample(name))
    assert home.sync()["exit_code"] == 0
    return home
