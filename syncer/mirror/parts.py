"""The parts of a run that a config describes: the public origin, the destination, the notes of uploads."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, closing
from itertools import takewhile

from syncer.catalogue import uploads_folder
from syncer.config import Config
from syncer.connect.dns import DnsSettings
from syncer.connect.web.client import WebSettings
from syncer.destinations import open_destination
from syncer.model import Stored
from syncer.origin.view import PublicOrigin
from syncer.protocols import Destination, Pace
from syncer.sync.begun import Notes
from syncer.sync.uploads import Uploads


def origin(config: Config) -> PublicOrigin:
    said = config.origin
    return PublicOrigin(said.url, said.property, said.ca, said.connect_to)


def destination(config: Config, pace: Pace) -> AbstractContextManager[Destination]:
    return closing(open_destination(config.origin.destination, pace))


def web(config: Config) -> WebSettings:
    return origin(config).web()


def dns(config: Config) -> DnsSettings:
    return DnsSettings.at(config.origin.dns, config.patience)


def notes(config: Config) -> Notes:
    store = config.origin.destination
    return Notes(uploads_folder(config.catalogue), store.identity(), store.formerly())


def uploads(config: Config) -> Uploads:
    """The name contains a hash of the settings, so that uploads start over after any change of them."""
    store = config.origin.destination
    settings = hashlib.sha256(store.model_dump_json().encode()).hexdigest()
    return Uploads(uploads_folder(config.catalogue), f"{store.identity()} {settings[:16]}")


def held(config: Config, pace: Pace) -> dict[str, Stored]:
    """The destination's files, by path; incomplete if the run is stopped."""
    with destination(config, pace) as opened:
        listing = takewhile(lambda _: not pace.stopped(), opened.listing())
        return {stored.path: stored for stored in listing}
