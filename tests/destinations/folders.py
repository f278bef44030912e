"""Destinations in folders of this machine, and their errors."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.errors import DestinationError
from syncer.protocols import Destination

Open = Callable[[Path], Destination]


def refusal(call: Callable[[], object]) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call()
    assert caught.value.hint
    return caught.value


ROOT = os.geteuid() == 0
