"""Pipes, sockets and devices in a source's folder: they are never opened, and reported once."""

from __future__ import annotations

import stat
from collections.abc import Callable

from syncer.model import Finding, Severity
from syncer.settings.spelling import counted
from syncer.sources import folders

MOST_TOLD = 10
"""Names in one message."""
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Irregular:
    """Those of one listing."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        """`wanted` returns whether the source's globs take a key."""
        self._wanted = wanted
        self._count = 0
        self._told: list[str] = []

    def add(self, locator: str, mode: int) -> None:
        """`mode` is that of `stat`."""
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
            hint="they are not read; move them away, or skip them with `exclude`",
        )
        return (finding,)
