"""Who may write: the lock of the catalogue, and the owner mark of the destination."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial

from syncer.config import Config
from syncer.connect.retry import retry
from syncer.destinations import Store, open_destination
from syncer.model import Entry, State
from syncer.protocols import Catalogue, Destination, Pace
from syncer.sync.owner import Owner


@contextmanager
def mine(config: Config, catalogue: Catalogue) -> Iterator[None]:
    """Hold the catalogue's lock, and see that it belongs to this config.

    Another destination is taken into use by a run alone, which then looks for every file there.
    """
    place = config.origin.destination.identity()
    with catalogue.lock():
        follow_identity(config, catalogue)
        if catalogue.recognise(config.origin.url, place) is None:
            catalogue.adopt(config.origin.url, place)
        yield


def follow_identity(config: Config, catalogue: Catalogue) -> None:
    """An earlier syncer may have given the destination another identity."""
    store = config.origin.destination
    if before := store.formerly():
        catalogue.rename(before, store.identity())


def take_over(config: Config, catalogue: Catalogue) -> None:
    """If the destination is another one now, nothing counts as published before it was seen there."""
    if moved_from(config, catalogue):
        with catalogue.lock():
            catalogue.adopt(config.origin.url, config.origin.destination.identity())


def moved_from(config: Config, catalogue: Catalogue) -> str | None:
    """The destination that the catalogue is of, where the config names another one now."""
    store = config.origin.destination
    known = catalogue.recognise(config.origin.url, store.identity())
    return known[1] if known and known[1] not in (store.identity(), store.formerly()) else None


def store_opened(store: Store, pace: Pace) -> AbstractContextManager[Destination]:
    return closing(open_destination(store, pace))


def owner(config: Config, catalogue: Catalogue, pace: Pace) -> Owner:
    store = config.origin.destination
    there, policy = partial(store_opened, store, pace), config.patience.retry

    def published() -> Iterator[Entry]:
        return (each for each in catalogue.entries(State.PUBLISHED, State.STORED) if each.path)

    return Owner(catalogue, there, store.identity(), config.origin.url, pace, policy, published)


def ready(config: Config, owner: Owner, pace: Pace) -> None:
    """Raises `DestinationError` unless the destination can be used, and is ours; leaves our mark there."""
    with closing(open_destination(config.origin.destination, pace)) as destination:
        retry(destination.check, pace, pace.patience.retry)
        owner.hold(destination)
