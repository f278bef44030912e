"""The processes that this machine runs, as Linux tells of them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> set[int]:
    """Of one process; zombies too. A thread that ends meanwhile is no error."""
    found: set[int] = set()
    threads: list[str] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - names only
    for thread in threads:
        with suppress(FileNotFoundError, ProcessLookupError):
            text = Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="ascii")
            found.update(map(int, text.split()))
    return found
