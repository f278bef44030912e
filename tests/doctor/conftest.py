"""The fixtures of the doctor's tests."""

from __future__ import annotations

import pytest

from syncer.connect.retry import Policy
from tests.doctor.visit import SECRET, WRONG
from tests.home import Home
from tests.media import mp4


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every failure in these tests is permanent."""
    monkeypatch.setattr("syncer.origin.http.POLICY", Policy(attempts=1))
    monkeypatch.setenv(WRONG, SECRET)


@pytest.fixture
def healthy(home: Home) -> Home:
    """A healthy setup: a local destination, a real web server, a signature file."""
    home.put("a.mp4", mp4())
    home.sign()
    assert home.syncer("bootstrap").code == 0
    return home
