"""Reads a config, and checks that this Python can use file names as they are."""

from __future__ import annotations

import sys
from pathlib import Path

from syncer import process
from syncer.config import Config, load
from syncer.errors import ConfigError


def loaded(file: Path, *, secrets: bool) -> Config:
    """Raises `ConfigError` with a line for each problem."""
    if not process.reads_utf8():
        raise ConfigError(
            f"this Python reads file names as {sys.getfilesystemencoding()}, which changes their URLs",
            code="config.locale",
            hint="start it with PYTHONUTF8=1 in its environment",
        )
    return load(file, secrets=secrets)
