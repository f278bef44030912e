"""Second servers with different behaviour: `rclone serve s3` and `rclone serve sftp`."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.servers.ports import free_port, stop, wait_for
from tests.servers.rgw import KEYS, S3Service
from tests.servers.sshd import keygen

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
        # Without this machine's settings, which rclone would read.
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}
        command = [str(program), "serve", "s3", f"--auth-key={ACCESS},{SECRET}", f"--addr=127.0.0.1:{port}"]
        server = subprocess.Popen([*command, f"--config={os.devnull}", "--log-level=ERROR", folder], env=own)
        try:
            wait_for(port, server)
            yield S3Service(f"http://127.0.0.1:{port}", ACCESS, SECRET)
        finally:
            stop(server)


@contextmanager
def serving_sftp(root: Path, folder: Path, *options: str, login: bool = True) -> Iterator[dict[str, Any]]:
    """The fields of `SshSettings`. Keys are in `folder`; without `login` it requires none."""
    port = free_port()
    host_key, client = keygen(folder / "host", "ed25519"), keygen(folder / "client", "ed25519")
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{port} {host_key.with_suffix('.pub').read_text()}")
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    at = [f"--addr=127.0.0.1:{port}", f"--key={host_key}", f"--config={os.devnull}", "--log-level=ERROR"]
    who = [f"--authorized-keys={client}.pub"] if login else ["--no-auth"]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "RCLONE_"))}
    server = subprocess.Popen([str(program), "serve", "sftp", *at, *who, *options, str(root)], env=own)
    try:
        wait_for(port, server)
        yield {
            "host": "127.0.0.1",
            "port": port,
            "user": "any",
            "key": client,
            "known_hosts": known_hosts,
        }
    finally:
        stop(server)


def settled(path: Path, body: bytes) -> bool:
    """It writes back from its cache a moment later."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(FileNotFoundError):
            if path.read_bytes() == body:
                return True
        time.sleep(0.05)
    return False
