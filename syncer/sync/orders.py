"""What the config asks of a run, as the functions that do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from syncer.errors import SyncerError


@dataclass(frozen=True, slots=True)
class Orders:
    """What the config asks of a run."""

    prove: Callable[[], None]
    """Raises `OwnershipError` unless the signature files are served."""
    ready: Callable[[], None]
    """Raises `DestinationError` unless the destination can be used."""
    publish: Callable[[], int]
    """Writes the manifests; returns how many URLs they list."""
    claim: Callable[[], None] = lambda: None
    """Raises `DestinationError` if another catalogue publishes there, or may do so."""
    known: Callable[[str, str, str], None] = lambda _source, _key, _path: None
    """As `Ledger.known`."""
    writes: bool = True
    """Whether any source copies to the destination; if all are in place, only a delete needs `ready`."""
    reach: Callable[[], SyncerError | None] = lambda: None
    """Why the origin can't be reached; called once, and only if the run looks at some URL."""
    leads: Callable[[str], None] = lambda _path: None
    """Raises `SyncerError` unless the public URL leads to the destination, as seen beside a path; called
    once, and only if the owner of some file there is in doubt.
    """
    heard: Callable[[SyncerError], None] = lambda _error: None
    """Called with each error at once: an error of the whole run is printed before its assets."""
    held: Callable[[], None] = lambda: None
    """Raises `DestinationError` if this run wrote there, and the root holds another tree now."""
    lost: Callable[[], None] = lambda: None
    """The same, but only if somebody saw that already."""
    unproven: Callable[[], Sequence[str]] = tuple
    """The paths of new files that may lie in another tree."""
