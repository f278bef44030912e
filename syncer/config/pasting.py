"""Values that were pasted with quotes or invisible characters around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from syncer.config.complaints import Problem, problem
from syncer.config.yamlfile import Loc, YamlDocument
from syncer.settings.pasted import pasted
from syncer.settings.spelling import around, typeset

_SECRET = re.compile(r"key|secret|pass|token|credential", re.IGNORECASE)
"""Parts of the names of settings whose values are not repeated."""


def pasting_flaws(document: YamlDocument) -> Iterator[Problem]:
    """Quotes of word processors, which YAML reads as letters, and invisible characters."""
    for loc, value in _texts(document.data, ()):
        if typeset(value):
            hidden = _SECRET.search(str(next((part for part in reversed(loc) if isinstance(part, str)), "")))
            told = f"{around(value)}; write it without them" if hidden else pasted(value)
            yield problem(document, loc, str(told))


def _texts(value: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(value, str):
        yield loc, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, (*loc, key))
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _texts(part, (*loc, index))
