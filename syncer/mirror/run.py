"""Puts the parts of a run together, from a config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from syncer import manifest, process
from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.connect.pace import SharedPace
from syncer.connect.retry import retry
from syncer.errors import CatalogueError, ConfigError, OriginError, OwnershipError, SyncerError
from syncer.mirror import layout, proofs, tenure, way
from syncer.mirror.values import Heard, Progress, Synced, Tell
from syncer.model import Action, Asset, Content, Entry, Finding, Outcome, Severity, State, Stored
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.property import property_misfit
from syncer.origin.view import PublicView, public_url
from syncer.preflight import load_limits, refusals
from syncer.protocols import Addresses, Catalogue, Entries, Pace, Proofs
from syncer.runners import Serial, Threads
from syncer.settings.fields import DeleteLimit, one_limit
from syncer.sources import Listing, open_source
from syncer.sync.begun import Sight, recover
from syncer.sync.conductor import Conductor, Orders
from syncer.sync.owner import Owner
from syncer.sync.plan import MostDeletes, Terms
from syncer.sync.reading_back import read_back
from syncer.sync.scan import Clock, Scan, utc
from syncer.sync.transfer import Rules
from syncer.sync.worker import Worker

clock: Clock = utc
"""The time of every run: what it decides by, and what it writes down."""


def heading(config: Config, count: int) -> dict[str, object]:
    """What a JSON manifest says of itself."""
    return {
        "origin": config.origin.url,
        "property": config.origin.property,
        "generated_at": manifest.timestamp(clock()),
        "count": count,
    }


@contextmanager
def scanned(
    config: Config,
    pace: Pace | None = None,
    *,
    alone: bool = True,
    listings: Mapping[str, Listing] | None = None,
) -> Iterator[Scan]:
    """The catalogue and the sources, open. `alone` holds the lock; else nothing that is written is kept.
    A listing that waits heeds `pace`; without one, it has the config's patience.

    With `listings`, they are scanned in place of the config's sources, and whatever else there is stays.
    """
    pace = pace or pace_of(config)
    listings, partial = (config.sources, False) if listings is None else (listings, True)
    if not listings:
        raise ConfigError(f"{config.file}: there are no sources", hint="add one under `sources:`")
    reason = property_misfit(config.origin.url, config.origin.property)
    if reason:
        raise OwnershipError(f"{config.file}: {reason}", code="ownership.property")
    with ExitStack() as handles:
        catalogue = handles.enter_context(closing(open_catalogue(config.catalogue)))
        place, before = config.origin.destination.identity(), None
        if alone:
            handles.enter_context(catalogue.lock())
            tenure.follow_identity(config, catalogue)
            before = catalogue.adopt(config.origin.url, place)
        else:
            catalogue.set_aside()
            tenure.follow_identity(config, catalogue)
        known = catalogue.recognise(config.origin.url, place)
        sources = {
            name: handles.enter_context(closing(open_source(name, source, pace)))
            for name, source in listings.items()
        }
        ours = layout.addresses(config, layout.reserved(config, catalogue))
        terms = _terms(config, ours)
        yield Scan(
            catalogue,
            sources,
            left_out=lambda asset: listings[asset.source].left_out_by(_measured(asset, catalogue), terms.now),
            included=lambda name: listings[name].included(),
            overlooked=lambda asset: listings[asset.source].overlooks(asset),
            junk=lambda asset: listings[asset.source].junk(asset.key),
            addresses=ours,
            terms=terms,
            spared=layout.spared(config, catalogue),
            delete_before=None if config.delete is None or partial else terms.now - config.delete,
            partial=partial,
            clock=clock,
            limit=MostDeletes(config.max_delete.share, config.max_delete.at_least),
            moved=known is not None and known[1] != place,
            remarks=[*_moved(before, place, catalogue)] if before else [],
            stopped=pace.stopped,
            seconds=pace.patience.give_up,
        )


def _moved(before: str, now: str, catalogue: Entries) -> Iterator[Finding]:
    """Nothing where nothing was published. The run may fail yet, so it does not say what was done."""
    count = sum(1 for _ in catalogue.unconfirmed())
    if not count:
        return
    files, them = f"all {count} published files", "those that are"
    if count == 1:
        files, them = "the published file", "it if it is"
    yield Finding(
        "destination.moved",
        Severity.WARN,
        f"the destination was {before} and is {now} now: syncer looks for {files} at the new destination now."
        f" It copies {them} missing",
        value=str(count),
        hint="nothing is deleted at the old one: remove it yourself when no web server serves it any more",
    )


def _measured(asset: Asset, catalogue: Entries) -> Asset:
    """With the size that this version had when it was read, where no listing tells it."""
    if asset.size is not None or asset.version is None:
        return asset
    known = catalogue.entry(asset.source, asset.key)
    return replace(asset, size=known.size) if known and known.version == asset.version else asset


def _terms(config: Config, ours: Addresses) -> Terms:
    limits, publish = load_limits(config.check.profile), config.check.rejected == "publish"

    def rejudge(entry: Entry) -> tuple[Finding, ...]:
        kind, size, facts = entry.media_type or "", entry.size, entry.facts
        return refusals(kind, size, facts, limits, publish_rejected=publish)

    return Terms(rejudge, ours.url, clock(), recheck=config.check.recheck)


def limited(config: Config, most: DeleteLimit | str | int) -> Config:
    """With another `max_delete`. Raises `ConfigError`."""
    try:
        limit = most if isinstance(most, DeleteLimit) else one_limit(str(most))
    except ValueError:
        said = "must be a share from 0% to 100%, such as 10%, or a number of files, such as 5"
        raise ConfigError(f"max_delete: {most!r} {said}") from None
    return config.model_copy(update={"max_delete": limit})


def runner(config: Config) -> Serial | Threads:
    """No more workers than the destination takes connections, or any source beside the one that lists it."""
    bounds = [getattr(config.origin.destination, "connections", None)]
    bounds += [most - 1 for each in config.sources.values() if (most := getattr(each, "connections", None))]
    workers = min([config.workers, *filter(None, bounds)])
    if workers == 1:
        return Serial(config.bandwidth, config.patience)
    return Threads(workers, config.bandwidth, config.patience)


def conduct(  # noqa: PLR0913 - the parts of a run
    config: Config,
    scan: Scan,
    crew: Serial | Threads,
    tell: Tell | None,
    heard: Heard | None,
    listings: Mapping[str, Listing] | None = None,
    *,
    take_over: bool,
) -> Synced:
    """One run. The first SIGINT or SIGTERM ends it in good order, a second one ends it at once."""
    with process.stopping(crew.stop):
        summary = _conductor(config, scan, crew, tell, heard, listings, take_over=take_over).run()
        if summary.listed is not None:
            summary.remarks.extend(_copied(config, scan.catalogue, crew.pace))
    return Synced(
        summary.exit,
        summary.counts,
        tuple(summary.remarks),
        tuple(summary.errors),
        summary.interrupted,
        summary.listed,
    )


def _conductor(  # noqa: PLR0913 - the parts of a run
    config: Config,
    scan: Scan,
    crew: Serial | Threads,
    tell: Tell | None,
    heard: Heard | None,
    listings: Mapping[str, Listing] | None,
    *,
    take_over: bool,
) -> Conductor:
    listings = config.sources if listings is None else listings
    worker, writes = _worker(config, listings, scan.addresses), layout.copies_any(listings)
    owner = tenure.owner(config, scan.catalogue, crew.pace)
    cares = writes or (take_over and scan.catalogue.held() > 0)
    orders = Orders(
        prove=lambda: _prove(config, scan.catalogue, crew.pace),
        ready=lambda: tenure.ready(config, owner, crew.pace),
        publish=lambda: write_manifests(config, scan.addresses, scan.catalogue),
        claim=lambda: _claim(config, scan, crew.pace, owner if cares else None, take_over=take_over),
        known=layout.notes(config).remove,
        reach=lambda: _no_way(config, crew.pace),
        leads=lambda path: way.see_way(config, crew.pace, path),
        writes=writes,
        heard=heard or (lambda _error: None),
    )

    def told(action: Action, outcome: Outcome) -> None:
        if tell:
            tell(Progress(action, outcome))

    return Conductor(scan, crew, worker, orders, told)


def _claim(config: Config, scan: Scan, pace: Pace, owner: Owner | None, *, take_over: bool) -> None:
    """A run that only reads at the destination goes well beside whoever publishes there: without `owner`."""
    if owner:
        owner.look(take_over=take_over)
    _recover(config, scan.catalogue, pace, scan.terms.now)


def _recover(config: Config, catalogue: Catalogue, pace: Pace, now: datetime) -> None:
    """What runs made public before they died is looked for at the destination."""
    left = list(layout.notes(config).left())
    if left:
        with tenure.store_opened(config.origin.destination, pace) as destination:

            def look(path: str) -> Stored | None:
                return retry(lambda: destination.stat(path), pace, pace.patience.retry)

            def holds(stored: Stored, content: Content) -> bool:
                read = retry(lambda: read_back(destination, stored, pace), pace, pace.patience.retry)
                return read.sha256 == content.sha256

            sight = Sight(look, holds, layout.spared(config, catalogue))
            recover(layout.notes(config), left, catalogue, sight, now)


def deleter(config: Config, ours: Addresses) -> Worker:
    """A worker that reads no source."""
    return _worker(config, {}, ours)


def _worker(config: Config, listings: Mapping[str, Listing], ours: Addresses) -> Worker:
    rules = Rules(
        load_limits(config.check.profile),
        publish_rejected=config.check.rejected == "publish",
        verify_all=config.check.verify == "full",
        policy=config.patience.retry,
        max_sizes={
            name: listing.max_size for name, listing in listings.items() if listing.max_size is not None
        },
    )
    return Worker(
        listings,
        config.origin.destination,
        layout.origin(config),
        ours,
        rules,
        layout.uploads(config),
        layout.notes(config),
    )


def _prove(config: Config, catalogue: Proofs, pace: Pace) -> None:
    """As `prove`, and keeps which signature files were seen."""
    seen: dict[str, bool] = {}
    try:
        proofs.prove(config, pace, seen)
    finally:
        proofs.keep_seen(catalogue, seen, clock())


def _no_way(config: Config, pace: Pace) -> SyncerError | None:
    """Why no URL of the origin can be seen. The look for a signature file tells that already."""
    with suppress(OwnershipError):
        if any(isinstance(proof, SignatureFile) for proof in proofs.proofs(config)):
            return None
    with closing(PublicView(layout.origin(config), pace)) as view:
        error = view.answers(public_url(config.origin.url, ""))
    if error is None:
        return None
    hint = f"{error.hint}. Files are copied all the same; a URL is listed once it is seen"
    return OriginError(error.message, code=error.code, hint=hint)


def pace_of(config: Config) -> SharedPace:
    """For a command that has no workers. A signal ends it at once; then its waits end soon, too."""
    pace = SharedPace(patience=config.patience)
    process.tell(pace.stop)
    return pace


def write_manifests(config: Config, ours: Addresses, catalogue: Entries) -> int:
    """Lists what was seen at a URL of today's origin. Returns how many that are."""

    def listed() -> Iterator[Entry]:
        return filter(ours.serves, catalogue.entries(State.PUBLISHED))

    count = sum(1 for _ in listed())
    manifest.write_atomically(config.manifest, listed, heading(config, count))
    return count


def _copied(config: Config, catalogue: Catalogue, pace: Pace) -> Iterator[Finding]:
    """Makes the daily copy. What kept it from being made is a warning: the run is done."""
    try:
        catalogue.copy(clock().date(), config.catalogue_copies, pace.stopped)
    except CatalogueError as error:
        yield Finding(error.code, Severity.WARN, error.message, hint=error.hint)
