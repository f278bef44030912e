"""Tables of kinds: a word of the config, and the class for it.

A config never names a Python class, and a class is imported only when its kind is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def load_kind(table: Mapping[str, str], kind: str) -> Any:
    module, _, name = table[kind].partition(":")
    return getattr(import_module(module), name)
