"""From a config to the parts of a run: the one place where they are put together."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from types import FrameType

from syncer import manifest
from syncer.addresses import OriginAddresses
from syncer.catalogue import open_catalogue
from syncer.check import Target
from syncer.config import Config
from syncer.connect.dns import DnsSettings
from syncer.connect.web import WebSettings
from syncer.destinations import Store, open_destination
from syncer.errors import ConfigError, OwnershipError
from syncer.migration import Whereabouts
from syncer.model import Entry, Finding, State
from syncer.origin import Origin
from syncer.ownership.dns import DomainRecord
from syncer.ownership.file import SignatureFile, is_signature
from syncer.ownership.property import misfit, signature_path
from syncer.paths import PathTemplate
from syncer.plan import Terms
from syncer.preflight import judge, load_limits
from syncer.run import Conductor, Orders, Tell
from syncer.runners import Serial, Threads
from syncer.seams import Addresses, Catalogue, Pace
from syncer.sources import Listing, open_source
from syncer.sources.links import MIGRATED
from syncer.survey import Survey
from syncer.transfer import Rules
from syncer.worker import Worker


def heading(config: Config, count: int) -> dict[str, object]:
    """What a JSON manifest says of itself."""
    return {
        "origin": config.origin.url,
        "property": config.origin.property,
        "generated_at": manifest.timestamp(datetime.now(UTC)),
        "count": count,
    }


def signatures(config: Config) -> list[SignatureFile]:
    """Raises `OwnershipError` where one can't be read or has no place below the destination's root."""
    said = config.origin
    return [SignatureFile.read(file, said.url, said.property, web(config)) for file in said.signature_files]


def domain_record(config: Config) -> DomainRecord | None:
    """`None` of a URL prefix, which files prove. Raises `OwnershipError` if it does not cover the origin."""
    said = config.origin
    if "/" in said.property:
        return None
    if reason := misfit(said.url, said.property):
        raise OwnershipError(f"{config.file}: {reason}", code="ownership.property")
    return DomainRecord(said.property, said.txt_record, dns(config))


def dns(config: Config) -> DnsSettings:
    return DnsSettings.at(config.origin.dns)


def web(config: Config) -> WebSettings:
    return origin(config).web()


def origin(config: Config) -> Origin:
    said = config.origin
    return Origin(said.url, said.property, said.ca, said.connect_to)


@contextmanager
def surveyed(
    config: Config,
    pace: Pace | None = None,
    *,
    alone: bool = True,
    listings: Mapping[str, Listing] | None = None,
) -> Iterator[Survey]:
    """The catalogue and the sources, open. `alone` holds the lock and may write.
    A listing that waits heeds `pace`.

    With `listings`, they are surveyed in place of the config's sources, and whatever else there is stays.
    """
    listings, partial = (config.sources, False) if listings is None else (listings, True)
    if not listings:
        raise ConfigError(f"{config.file}: there are no sources", hint="add one under `sources:`")
    reason = misfit(config.origin.url, config.origin.property)
    if reason:
        raise OwnershipError(f"{config.file}: {reason}", code="ownership.property")
    with ExitStack() as handles:
        catalogue = handles.enter_context(closing(open_catalogue(config.catalogue)))
        if alone:
            handles.enter_context(mine(config, catalogue))
        sources = {
            name: handles.enter_context(closing(open_source(name, source, pace)))
            for name, source in listings.items()
        }
        reserved = _reserved(config) | {proof.path for proof in catalogue.proofs()}
        ours = addresses(config, reserved)
        terms = _terms(config, ours)
        yield Survey(
            catalogue,
            sources,
            wanted=lambda asset: listings[asset.source].takes(asset, terms.now),
            addresses=ours,
            terms=terms,
            spared=lambda path: path in reserved or is_signature(path),
            delete_before=None if config.delete is None or partial else terms.now - config.delete,
            partial=partial,
        )


@contextmanager
def mine(config: Config, catalogue: Catalogue) -> Iterator[None]:
    """Hold the catalogue's lock, and see that it belongs to this config."""
    with catalogue.lock():
        catalogue.adopt(config.origin.url, place(config.origin.destination))
        yield


def _reserved(config: Config) -> frozenset[str]:
    """Where the signature files lie, or will."""
    said = config.origin
    return frozenset(signature_path(said.url, said.property, file.name) for file in said.signature_files)


def place(destination: Store) -> str:
    """Enough to tell one destination from another; no secrets."""
    names = ("kind", "endpoint", "host", "port", "bucket", "prefix", "root")
    return " ".join(str(value) for name in names if (value := getattr(destination, name, None)))


def _terms(config: Config, ours: Addresses) -> Terms:
    limits = load_limits(config.check.profile)

    def rejudge(entry: Entry) -> tuple[Finding, ...]:
        return judge(entry.media_type or "", entry.size, entry.facts, limits)

    return Terms(
        rejudge,
        ours.url,
        datetime.now(UTC),
        recheck=config.check.recheck,
        publish_rejected=config.check.rejected == "publish",
    )


def addresses(config: Config, reserved: frozenset[str]) -> OriginAddresses:
    """`reserved`: paths that no asset may have."""
    paths = {name: source.path for name, source in config.sources.items()}
    templates = {
        name: PathTemplate.parse(path) for name, path in (paths | {MIGRATED: config.migrate.path}).items()
    }
    return OriginAddresses(config.origin.url, config.origin.property, templates, reserved)


def whereabouts(config: Config, catalogue: Catalogue) -> Whereabouts:
    return Whereabouts(catalogue, config.sources, addresses(config, frozenset()))


def runner(config: Config) -> Serial | Threads:
    """No more workers than the destination takes connections, or any source beside the one that lists it."""
    bounds = [getattr(config.origin.destination, "connections", None)]
    bounds += [most - 1 for each in config.sources.values() if (most := getattr(each, "connections", None))]
    workers = min([config.workers, *filter(None, bounds)])
    if workers == 1:
        return Serial(config.bandwidth, config.patience)
    return Threads(workers, config.bandwidth, config.patience)


def conductor(
    config: Config,
    survey: Survey,
    crew: Serial | Threads,
    tell: Tell,
    listings: Mapping[str, Listing] | None = None,
) -> Conductor:
    worker = Worker(
        config.sources if listings is None else listings,
        config.origin.destination,
        origin(config),
        survey.addresses,
        Rules(
            load_limits(config.check.profile),
            publish_rejected=config.check.rejected == "publish",
            verify_all=config.check.verify == "full",
            policy=config.patience.retry,
        ),
    )
    orders = Orders(
        prove=lambda: prove(config),
        ready=lambda: ready(config),
        publish=lambda: write_manifests(config, survey.addresses, survey.catalogue),
        max_delete=config.max_delete,
    )
    return Conductor(survey, crew, worker, orders, tell)


def prove(config: Config) -> None:
    """Raises `OwnershipError` unless every signature file and TXT record that the config names is there."""
    for signature in signatures(config):
        signature.check()
    record = domain_record(config)
    if record and record.expected:
        record.check()


def ready(config: Config) -> None:
    """Raises `DestinationError` unless the destination can be used."""
    with closing(open_destination(config.origin.destination)) as destination:
        destination.check()


def write_manifests(config: Config, ours: Addresses, catalogue: Catalogue) -> int:
    """Lists what was seen at a URL of today's origin. Returns how many that are."""

    def listed() -> Iterator[Entry]:
        return filter(ours.serves, catalogue.entries(State.PUBLISHED))

    count = sum(1 for _ in listed())
    manifest.write(config.manifest, listed, heading(config, count))
    return count


def published(ours: Addresses, catalogue: Catalogue) -> Iterator[Target]:
    """All that is at a URL of today's origin, or was."""
    for entry in catalogue.entries(State.PUBLISHED, State.STORED):
        if entry.url and ours.serves(entry):
            yield Target(entry.url, entry, entry.content)


@contextmanager
def stopping(crew: Serial | Threads) -> Iterator[None]:
    """The first SIGINT or SIGTERM ends the run in good order; a second one ends it at once."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.default_int_handler)
        crew.stop()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
