"""Removes the files that killed runs left: staged ones, and those that tested the public URL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial

from syncer import manifest
from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.connect.retry import retry
from syncer.doctor.leftover import left_probes
from syncer.errors import DestinationError
from syncer.mirror import layout, parts, tenure, way
from syncer.mirror.values import Tidied
from syncer.protocols import Destination, Pace


def tidied(
    config: Config, older_than: timedelta | None, pace: Pace, progress: Callable[[str, bool], None]
) -> Tidied:
    found: dict[bool, list[str]] = {True: [], False: []}
    with closing(open_catalogue(config.catalogue)) as catalogue, catalogue.lock():
        # Another machine's run may be staging there.
        if layout.copies_any(config.sources):
            tenure.owner(config, catalogue, pace).look(sure=True)
        for name, is_gone in _found(config, older_than, pace):
            found[is_gone].append(name)
            progress(name, is_gone)
            if pace.stopped():
                break
    return Tidied(tuple(found[True]), tuple(found[False]))


def _found(config: Config, older_than: timedelta | None, pace: Pace) -> Iterator[tuple[str, bool]]:
    """Each file, and whether it is gone."""
    for file in manifest.tidy(config.manifest, older_than):
        yield str(file), True
    remembered = parts.uploads(config)
    remembered.expire()
    if not layout.copies_any(config.sources):
        return  # syncer stages nothing there, so unfinished uploads are the user's own
    resumable = remembered.resumable() if older_than is None else set()
    own = layout.is_in_place_path(config)
    with parts.destination(config, pace) as destination:
        try:
            retry(destination.check, pace, pace.patience.retry)
        except DestinationError as error:
            # Files can be removed even if the disk is full or new files are refused.
            if error.code not in ("destination.full", "destination.denied"):
                raise
        for litter in destination.litter(older_than):
            if litter.path is not None and own(litter.path):
                continue  # the user is uploading a file of their own
            if litter.locator not in resumable:
                destination.discard(litter)
                remembered.forget(litter.locator)
            yield litter.name, litter.locator not in resumable
        for path in _probes(config, destination, older_than, pace):
            yield path, True


def _probes(
    config: Config, destination: Destination, older_than: timedelta | None, pace: Pace
) -> Iterator[str]:
    """Each small file of a killed check that is now deleted."""
    path = way.noted(config) if older_than is None else None
    if path and retry(lambda: destination.stat(path), pace, pace.patience.retry):
        way.sweep(config, pace)
        yield path
    for each in left_probes(destination, pace, older_than):
        retry(partial(destination.delete, each), pace, pace.patience.retry)
        yield each
