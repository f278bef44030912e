"""Disks that are mounted for a test: full, small, or read-only."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    subprocess.run(["mount", *options, folder], check=True)
    try:
        yield folder
    finally:
        for _ in range(100):  # a server may hold its files open for a moment after its client has left
            if subprocess.run(["umount", folder], check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            pytest.fail(f"{folder} is still in use")
