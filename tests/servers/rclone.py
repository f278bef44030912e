"""A second S3 with habits of its own: `rclone serve s3`."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import free_port, stop, wait_for
from tests.servers.rgw import KEYS, S3Service

ACCESS, SECRET = KEYS.values()


@pytest.fixture(scope="session")
def rclone_s3() -> Iterator[S3Service]:
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    port = free_port()
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="syncer-test-") as folder,
    ):
        for name, value in KEYS.items():
            patch.setenv(name, value)
        # Without this machine's own settings, which it would take for its own.
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}
        command = [str(program), "serve", "s3", f"--auth-key={ACCESS},{SECRET}", f"--addr=127.0.0.1:{port}"]
        server = subprocess.Popen([*command, f"--config={os.devnull}", "--log-level=ERROR", folder], env=own)
        try:
            wait_for(port, server)
            yield S3Service(f"http://127.0.0.1:{port}", ACCESS, SECRET)
        finally:
            stop(server)
