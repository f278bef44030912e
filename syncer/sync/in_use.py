"""The paths that workers write at this moment: no two assets ever write one path at the same time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from syncer.sync.placing import Name


@dataclass(frozen=True, slots=True)
class PathsInUse:
    """All workers of a run share it."""

    _names: dict[str, Name] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, path: str, name: Name) -> Name | None:
        """Returns the other asset that has the path now; `None` if `name` has it."""
        with self._lock:
            owner = self._names.setdefault(path, name)
        return None if owner == name else owner

    def release(self, source: str, key: str, path: str) -> None:
        with self._lock:
            if self._names.get(path) == (source, key):
                del self._names[path]
