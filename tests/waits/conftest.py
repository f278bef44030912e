"""A user's folder with the patience of a test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.home import Home

QUICK = {
    "timeouts": {"connect": "300ms", "answer": "300ms", "window": "300ms", "give_up": "1s"},
    "retry": {"attempts": 2, "wait": "20ms"},
}


@pytest.fixture
def quick(home: Home) -> Home:
    home.config |= QUICK
    return home


def errors(report: Any) -> list[tuple[str, str]]:
    """Code and message of what went wrong with a run."""
    return [(error["code"], error["message"]) for error in report["errors"]]


def texts(settings: dict[str, Any]) -> dict[str, Any]:
    """As a config file has them."""
    return {name: str(value) if isinstance(value, Path) else value for name, value in settings.items()}
