"""The contract of a manifest format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from syncer.model import Entry


class ManifestFormat(Protocol):
    """Writes entries as text, one at a time, so that a million of them need no memory."""

    def chunks(self, entries: Iterable[Entry], heading: dict[str, object]) -> Iterator[str]: ...
