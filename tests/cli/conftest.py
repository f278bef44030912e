"""A home with published media."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import PNG, mp4


@pytest.fixture
def synced(home: Home) -> Home:
    home.put("a.mp4", mp4())
    home.put("2024/b.mp4", mp4(seed=1))
    home.put("shot.png", PNG)
    assert home.sync()["exit_code"] == 4
    return home
