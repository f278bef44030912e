"""Builds a run from a config, and carries it out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime

from syncer import manifest, process
from syncer.config import Config
from syncer.config.deletes import DeleteLimit, one_limit
from syncer.connect.pace import SharedPace
from syncer.connect.retry import retry
from syncer.errors import CatalogueError, ConfigError, OriginError, OwnershipError, SyncerError
from syncer.mirror import known, layout, parts, proofs, scanning, tenure, way
from syncer.mirror.values import Heard, Progress, Synced, Tell
from syncer.model import Action, Content, Entry, Finding, Outcome, Severity, State, Stored
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.view import PublicView
from syncer.preflight import load_limits
from syncer.protocols import Addresses, Catalogue, Entries, Pace, Proofs
from syncer.runners import Serial, Threads
from syncer.sources import Listing
from syncer.sync.begun import Sight, recover
from syncer.sync.conductor import Conductor
from syncer.sync.grip import Grip
from syncer.sync.orders import Orders
from syncer.sync.owner import Owner
from syncer.sync.reading_back import read_back
from syncer.sync.rules import Rules
from syncer.sync.sample import UNREAD
from syncer.sync.scan import Scan
from syncer.sync.worker import Worker
from syncer.urls.canonical import canonical

log = logging.getLogger("syncer")


def limited(config: Config, most: DeleteLimit | str | int) -> Config:
    """The config with another `max_delete`. Raises `ConfigError`."""
    try:
        limit = most if isinstance(most, DeleteLimit) else one_limit(str(most))
    except ValueError:
        said = "must be a share from 0% to 100%, such as 10%, or a number of files, such as 5"
        raise ConfigError(f"max_delete: {most!r} {said}") from None
    return config.model_copy(update={"max_delete": limit})


def runner(config: Config) -> Serial | Threads:
    """A runner with as many workers as the destination and each source allow connections. A source needs one
    connection for its listing.
    """
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
    """One run. The first SIGINT or SIGTERM lets it finish cleanly, a second one ends it at once."""
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
    owner = tenure.owner(config, scan.catalogue, crew.pace)
    worker = _worker(config, listings, scan.addresses, owner.grip)
    notes = parts.notes(config)
    writes = layout.copies_any(listings)

    def known(source: str, key: str, path: str) -> None:
        notes.remove(source, key, path)
        worker.in_use.release(source, key, path)

    cares = writes or (take_over and scan.catalogue.held() > 0)
    orders = Orders(
        prove=lambda: _prove(config, scan.catalogue, crew.pace),
        ready=lambda: _ready(config, scan, owner, crew.pace),
        held=owner.still_hold,
        lost=owner.grip.check,
        unproven=owner.grip.unproven,
        publish=lambda: write_manifests(config, scan.addresses, scan.catalogue),
        claim=lambda: _claim(config, scan, crew.pace, owner if cares else None, take_over=take_over),
        known=known,
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
    """`owner` is `None` for a run that only reads: another catalogue may publish at the same destination."""
    if owner:
        owner.look(take_over=take_over)
        scan.remarks.extend(owner.remarks())
        scan.anew = scan.anew or owner.anew
        scan.last = None if owner.unread else scan.last
        _sweep(config, pace)
    _recover(config, scan.catalogue, pace, scan.terms.now)


def _ready(config: Config, scan: Scan, owner: Owner, pace: Pace) -> None:
    """Before the first write. The destination is read again: that succeeds, or its error says why not."""
    scan.remarks[:] = [each for each in scan.remarks if each.rule != UNREAD]
    tenure.ready(config, owner, pace)


def _sweep(config: Config, pace: Pace) -> None:
    """What can't be removed now stays noted, and the next run tries it again."""
    try:
        way.sweep(config, pace)
    except SyncerError as error:
        log.warning("%s stays at the destination: %s", way.noted(config), error.message)


def _recover(config: Config, catalogue: Catalogue, pace: Pace, now: datetime) -> None:
    """Look at the destination for the files that runs made public before they died."""
    left = list(parts.notes(config).left())
    if left:
        with parts.destination(config, pace) as destination:

            def look(path: str) -> Stored | None:
                return retry(lambda: destination.stat(path), pace, pace.patience.retry)

            def holds(stored: Stored, content: Content) -> bool:
                read = retry(lambda: read_back(destination, stored, pace), pace, pace.patience.retry)
                return read.sha256 == content.sha256

            sight = Sight(look, holds, layout.spared(config, catalogue))
            recover(parts.notes(config), left, catalogue, sight, now)


def deleter(config: Config, ours: Addresses, grip: Grip) -> Worker:
    """A worker that reads no source."""
    return _worker(config, {}, ours, grip)


def _worker(config: Config, listings: Mapping[str, Listing], ours: Addresses, grip: Grip) -> Worker:
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
        parts.origin(config),
        ours,
        rules,
        parts.uploads(config),
        parts.notes(config),
        grip,
    )


def _prove(config: Config, catalogue: Proofs, pace: Pace) -> None:
    """Like `proofs.prove`; the catalogue then knows which signature files were seen."""
    seen: dict[str, bool] = {}
    try:
        proofs.prove(config, pace, seen)
    finally:
        proofs.keep_seen(catalogue, seen, scanning.clock())


def _no_way(config: Config, pace: Pace) -> SyncerError | None:
    """Why no URL of the origin can be reached; `None` if a signature file exists, as its check finds that."""
    with suppress(OwnershipError):
        if any(isinstance(proof, SignatureFile) for proof in proofs.proofs(config)):
            return None
    with closing(PublicView(parts.origin(config), pace)) as view:
        error = view.answers(canonical(config.origin.url))
    if error is None:
        return None
    hint = f"{error.hint}. Files are still copied, and each URL is listed as soon as it is seen"
    return OriginError(error.message, code=error.code, hint=hint)


def pace_of(config: Config) -> SharedPace:
    """The pace of a command without workers. A signal also ends its waits soon."""
    pace = SharedPace(patience=config.patience)
    process.tell(pace.stop)
    return pace


def write_manifests(config: Config, ours: Addresses, catalogue: Entries) -> int:
    """List the entries that were seen at a URL of today's origin. Returns their number."""

    def listed() -> Iterator[Entry]:
        return filter(ours.serves, catalogue.entries(State.PUBLISHED))

    count = sum(1 for _ in listed())
    manifest.write_atomically(config.manifest, listed, known.heading(config, count))
    return count


def _copied(config: Config, catalogue: Catalogue, pace: Pace) -> Iterator[Finding]:
    """Make the daily copy. An error is only a warning, as the run has finished."""
    try:
        catalogue.copy(scanning.clock().date(), config.catalogue_copies, pace.stopped)
    except CatalogueError as error:
        yield Finding(error.code, Severity.WARN, error.message, hint=error.hint)
