"""One run at a time: a lock that the kernel releases when its holder ends, however it ends."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from syncer.errors import CatalogueError, Locked
from syncer.manifest import timestamp


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the lock file. The empty file stays when the run ends."""
    with ExitStack() as handles:
        with _translated(path):
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            handles.callback(os.close, handle)
            _take(handle, path)
        yield
        with suppress(OSError):  # its text is read only while the lock is held
            os.ftruncate(handle, 0)


def holder(path: Path) -> str | None:
    """The text about the holder; `None` without one. Takes the lock only for a moment, if a dead run left
    text.
    """
    try:
        with path.open("rb") as file:
            if file.read(1):  # a run that ended normally left no text
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(path)
    except OSError:
        return None
    return None


def _take(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Locked(_holder(path), hint="wait until it ends") from None
    os.ftruncate(handle, 0)
    os.pwrite(handle, _whoami(), 0)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CatalogueError(
            f"the lock {path} can't be taken: {error.strerror}",
            code="catalogue.denied",
            hint="let this user write in its folder, and check that the disk has space",
        ) from None


def _whoami() -> bytes:
    now = timestamp(datetime.now(UTC))
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now}).encode()


def _holder(path: Path) -> str:
    try:
        who = json.loads(path.read_bytes())
        return f"another run holds the lock: process {who['pid']} on {who['host']}, since {who['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        return f"another run holds the lock {path}"
