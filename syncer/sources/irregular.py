"""Pipes, sockets and devices in a source's folder: they hold no media, are never opened, and named once."""

from __future__ import annotations

import stat
from collections.abc import Callable

from syncer.model import Finding, Severity
from syncer.settings.spelling import counted
from syncer.sources import folders

MOST_TOLD = 10
"""That one message names."""
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Irregular:
    """What one listing met of them."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        """`wanted` says of a key whether the source's globs take it."""
        self._wanted = wanted
        self._count = 0
        self._told: list[str] = []

    def add(self, locator: str, mode: int) -> None:
        """`mode` is as `stat` has it."""
        key = folders.unicode_name(locator)
        if not self._wanted(key):
            return
        self._count += 1
        if len(self._told) < MOST_TOLD:
            kind = _KINDS.get(stat.S_IFMT(mode), "of an unknown kind")
            self._told.append(f"'{folders.shortened(key)}' ({kind})")

    def findings(self, source: str) -> tuple[Finding, ...]:
        if not self._count:
            return ()
        more = self._count - len(self._told)
        names = ", ".join(self._told) + (f" and {more} more" if more else "")
        skipped = counted(self._count, "name is skipped, as it", "names are skipped, as each")
        finding = Finding(
            "source.irregular",
            Severity.WARN,
            f"source {source}: {skipped} is no regular file: {names}",
            value=str(self._count),
            hint="nothing is read from them; move them away, or leave them out with `exclude`",
        )
        return (finding,)
