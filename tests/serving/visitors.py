"""Visitors of the local origin: httpx and curl, and a wait for a condition."""

from __future__ import annotations

import os
import ssl
import subprocess
from functools import cache
from pathlib import Path

import httpx

from syncer.serving import LocalOrigin, Running

BIG_SIZE = 20 * 1024**2


@cache
def big() -> bytes:
    return os.urandom(1024) * (BIG_SIZE // 1024)


ODD_NAMES = (
    "Summer Trip.mp4",
    "müsli #1.mp4",
    "100%.mp4",
    "a+b&c?d.mp4",
    "日本.mp4",
    "quote'\".mp4",
    "dot.dot..mp4",
)


def stranger(origin: Running) -> httpx.Client:
    """A client with its own connection."""
    trust = ssl.create_default_context(cafile=origin.ca)
    return httpx.Client(base_url=origin.url, verify=trust, trust_env=False)


def curl(origin: Running, path: str, *options: str) -> tuple[int, bytes]:
    """Status and body of a GET of exactly this path."""
    base = [
        "curl",
        "-q",
        "--silent",
        "--show-error",
        "--path-as-is",
        "--noproxy",
        "*",
        "--cacert",
        str(origin.ca),
    ]
    done = subprocess.run(
        [*base, "--write-out", "%{stderr}%{http_code}", *options, origin.url.rstrip("/") + path],
        capture_output=True,
        check=True,
    )
    return int(done.stderr), done.stdout


def start(folder: Path, **options: object) -> Running:
    (folder / "root").mkdir(exist_ok=True)
    wanted = {"root": folder / "root", "authority": folder / "ca", "port": 0, **options}
    return LocalOrigin(**wanted).start()  # type: ignore[arg-type] # whatever a test wants
