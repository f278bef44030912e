"""A source in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from syncer.errors import SourceError
from syncer.model import Asset, Finding
from syncer.protocols import Opened


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Shelf:
    """A source: key → bytes. With `broken`, its listing fails at its end."""

    name: str
    files: dict[str, bytes] = field(default_factory=dict)
    broken: bool = False
    transient: bool = False
    """Whether that may pass by itself."""
    unversioned: bool = False
    lies: str | None = None
    """Where its files lie at the destination, if they lie in place."""
    turn: str = ""
    """Another one gives each file another version."""
    left_out: set[str] = field(default_factory=set)
    """Keys that a filter leaves out."""

    def assets(self) -> Iterator[Asset]:
        for key, content in list(self.files.items()):
            asset = self.look(Asset(self.name, key, key, len(content), in_place=self.lies is not None))
            yield replace(asset, version=None) if self.unversioned else asset
        if self.broken:
            raise SourceError("it broke off", transient=self.transient)

    def look(self, asset: Asset) -> Asset:
        return replace(asset, version=sha(self.files[asset.key]) + self.turn)

    def remarks(self) -> tuple[Finding, ...]:
        return ()

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]:
        raise NotImplementedError(asset, start)

    def place(self, asset: Asset) -> None:
        del asset

    def close(self) -> None: ...
