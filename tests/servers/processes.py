"""The running processes, by /proc."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> set[int]:
    """The children of one process, with zombies. A thread that ends meanwhile is no error."""
    found: set[int] = set()
    threads: list[str] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - names only
    for thread in threads:
        with suppress(FileNotFoundError, ProcessLookupError):
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii")
            found.update(map(int, text.split()))
    return found
