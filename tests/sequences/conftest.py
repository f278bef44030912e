"""A web root on its own small disk, which can be full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sequences.world import ROOTS
from tests.servers.nginx import Site, StartNginx

DISK = "64m"


@pytest.fixture
def disk_site(web_root: Path, nginx: StartNginx) -> Iterator[Site]:
    """Only root may mount a disk; otherwise the web root is on the common disk."""
    mounts = os.geteuid() == 0
    if mounts:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", web_root], check=True)
    for name in ROOTS:
        (web_root / name).mkdir()
    (web_root / "served").symlink_to(ROOTS[0])
    try:
        yield nginx(web_root / "served")
    finally:
        if mounts:
            subprocess.run(["umount", "--lazy", web_root], check=True)
