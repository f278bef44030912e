"""The rights to write: the lock of the catalogue, and the owner mark of the destination."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from syncer.config import Config
from syncer.connect.retry import retry
from syncer.manifest.records import listed
from syncer.mirror import parts
from syncer.model import Entry, State
from syncer.protocols import Catalogue, Pace
from syncer.sync.owner import Owner


@contextmanager
def mine(config: Config, catalogue: Catalogue) -> Iterator[None]:
    """Hold the catalogue's lock, and check that the catalogue belongs to this config.

    Only a run adopts another destination, as it then looks for every file there.
    """
    place = config.origin.destination.identity()
    with catalogue.lock():
        follow_identity(config, catalogue)
        if catalogue.recognise(config.origin.url, place) is None:
            catalogue.adopt(config.origin.url, place)
        yield


def follow_identity(config: Config, catalogue: Catalogue) -> None:
    """Rename the destination in the catalogue if an older syncer gave it another identity."""
    store = config.origin.destination
    if before := store.formerly():
        catalogue.rename(before, store.identity())


def take_over(config: Config, catalogue: Catalogue) -> None:
    """If the config has another destination now, no entry counts as published until it was seen there."""
    if moved_from(config, catalogue):
        with catalogue.lock():
            catalogue.adopt(config.origin.url, config.origin.destination.identity())


def moved_from(config: Config, catalogue: Catalogue) -> str | None:
    """The catalogue's destination, if the config has another one now."""
    store = config.origin.destination
    known = catalogue.recognise(config.origin.url, store.identity())
    return known[1] if known and known[1] not in (store.identity(), store.formerly()) else None


def owner(config: Config, catalogue: Catalogue, pace: Pace) -> Owner:
    store = config.origin.destination
    there, policy = partial(parts.destination, config, pace), config.patience.retry

    def published() -> Iterator[Entry]:
        return (each for each in catalogue.entries(State.PUBLISHED, State.STORED) if each.path)

    return Owner(
        catalogue,
        there,
        store.identity(),
        config.origin.url,
        pace,
        policy,
        published,
        listed=lambda: listed(config.manifest),
        moved=moved_from(config, catalogue) is not None,
    )


def ready(config: Config, owner: Owner, pace: Pace) -> None:
    """Write our mark. Raises `DestinationError` unless the destination can be used and is ours."""
    with parts.destination(config, pace) as destination:
        retry(destination.check, pace, pace.patience.retry)
        owner.hold(destination)
