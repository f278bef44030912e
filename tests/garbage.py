"""Python's garbage collector rests while the tests are collected: all that is made then stays to the end.

It would look at every test and module so far again and again, which takes half of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

gc.disable()  # also while the other plugins are imported


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    try:
        return (yield)
    finally:
        gc.freeze()  # later collections leave out what is there by now
        gc.enable()
