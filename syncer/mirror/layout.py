"""The paths and addresses that a config gives files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from syncer.config import Config
from syncer.config.places import places
from syncer.origin.addresses import OriginAddresses
from syncer.origin.ownership.property import signature_path
from syncer.origin.ownership.shapes import is_signature
from syncer.origin.paths import PathTemplate, lies_in
from syncer.protocols import Proofs
from syncer.sources import Listing, is_in_place
from syncer.sources.link_settings import MIGRATED


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
