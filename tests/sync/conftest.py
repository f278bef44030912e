"""Quick retries, and a home with ten published files."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two attempts are enough: an error that comes twice here is permanent."""
    from syncer.connect.retry import Policy
    from syncer.origin import http

    monkeypatch.setattr(http, "POLICY", Policy(attempts=1))


@pytest.fixture
def published(home: Home) -> Home:
    for number in range(10):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.sign()
    assert home.syncer("bootstrap").code == 0
    assert home.sync()["exit_code"] == 0
    return home
