"""The paths, addresses and files of a config, at its destination and beside its catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from itertools import takewhile

from syncer.catalogue import uploads_folder
from syncer.config import Config
from syncer.config.places import places
from syncer.connect.dns import DnsSettings
from syncer.connect.web.client import WebSettings
from syncer.destinations import open_destination
from syncer.migrate.resolve import Whereabouts
from syncer.model import State, Stored
from syncer.origin.addresses import OriginAddresses
from syncer.origin.check import Target
from syncer.origin.ownership.file import is_signature
from syncer.origin.ownership.property import signature_path
from syncer.origin.paths import PathTemplate, lies_in
from syncer.origin.view import PublicOrigin
from syncer.protocols import Addresses, Catalogue, Destination, Pace, Proofs
from syncer.sources import Listing, is_in_place
from syncer.sources.link_settings import MIGRATED
from syncer.sync.begun import Notes
from syncer.sync.uploads import Uploads
from syncer.urls import safe_names


def origin(config: Config) -> PublicOrigin:
    said = config.origin
    return PublicOrigin(said.url, said.property, said.ca, said.connect_to)


def destination(config: Config, pace: Pace) -> AbstractContextManager[Destination]:
    return closing(open_destination(config.origin.destination, pace))


def web(config: Config) -> WebSettings:
    return origin(config).web()


def dns(config: Config) -> DnsSettings:
    return DnsSettings.at(config.origin.dns, config.patience)


def addresses(config: Config, reserved: frozenset[str]) -> OriginAddresses:
    """No asset may have a path in `reserved`."""
    return OriginAddresses(
        config.origin.url,
        config.origin.property,
        templates(config),
        reserved,
        places(config),
        keys={MIGRATED: "migrate.path"},
    )


def templates(config: Config) -> dict[str, PathTemplate]:
    """The path templates of sources that copy, by source."""
    paths = {name: source.path for name, source in config.sources.items() if not is_in_place(source)}
    paths[MIGRATED] = config.migrate.path
    return {name: PathTemplate.parse(path) for name, path in paths.items()}


def whereabouts(config: Config, catalogue: Catalogue) -> Whereabouts:
    return Whereabouts(catalogue, config.sources, addresses(config, frozenset()))


def copies_any(listings: Mapping[str, Listing]) -> bool:
    """Whether a source copies to the destination. Sources in place only read there."""
    return not (listings and all(map(is_in_place, listings.values())))


def reserved(config: Config, catalogue: Proofs) -> frozenset[str]:
    """The paths of the signature files, placed or not."""
    return frozenset(signature_paths(config) + [proof.path for proof in catalogue.proofs()])


def signature_paths(config: Config) -> list[str]:
    """The paths of the config's signature files. Raises `OwnershipError` if one
    would lie outside the root.
    """
    said = config.origin
    return [signature_path(said.url, said.property, file.name) for file in said.signature_files]


def spared(config: Config, catalogue: Proofs) -> Callable[[str], bool]:
    """Whether a path is that of a signature file, or of the user's own file in place: nothing deletes it."""
    proofs, own = signed(config, catalogue), is_in_place_path(config)
    return lambda path: proofs(path) or own(path)


def signed(config: Config, catalogue: Proofs) -> Callable[[str], bool]:
    """Whether a path is that of a signature file."""
    kept = reserved(config, catalogue)
    return lambda path: path in kept or is_signature(path)


def is_in_place_path(config: Config) -> Callable[[str], bool]:
    """Whether the file at a path is the user's own."""
    found = tuple(places(config).values())
    return lambda path: lies_in(found, path)


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


def published(config: Config, ours: Addresses, catalogue: Catalogue) -> Iterator[Target]:
    """Every file that is or was at a URL of today's origin; then those that a user unpublished and that are
    not deleted yet, and our other files with a dangerous name.
    """
    for entry in catalogue.entries(State.PUBLISHED, State.STORED):
        if entry.url and ours.serves(entry):
            yield Target(entry.url, entry, entry.content, entry.path)
    stays = spared(config, catalogue)
    left = {each.path for each in catalogue.undeleted() if not stays(each.path)}
    for path in sorted(left):
        yield Target(ours.url(path), path=path, listed=False, unpublished=True)
    for path, source, key in catalogue.paths():
        if path not in left and safe_names.obeyed(path) and not stays(path):
            known = catalogue.entry(source, key)
            if not (known and known.path == path and known.state in (State.PUBLISHED, State.STORED)):
                yield Target(ours.url(path), path=path, listed=False)
