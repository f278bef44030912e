"""Opens the catalogue and the sources of a config, for one scan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.errors import ConfigError, OwnershipError
from syncer.mirror import layout, tenure
from syncer.model import Asset, Entry, Finding, Severity
from syncer.origin.ownership.property import property_misfit
from syncer.preflight import load_limits, refusals
from syncer.protocols import Addresses, Entries, Pace
from syncer.sources import Listing, open_source
from syncer.sync.plan import MostDeletes, Terms
from syncer.sync.scan import Clock, Scan, utc

clock: Clock = utc
"""The time of every run, for its decisions and for what it writes."""


@contextmanager
def scanned(
    config: Config,
    pace: Pace,
    *,
    alone: bool = True,
    listings: Mapping[str, Listing] | None = None,
) -> Iterator[Scan]:
    """The scan, with the catalogue and the sources open. `alone` holds the lock; without it, the scan writes
    into a private copy of the catalogue.

    `listings` are scanned in place of the config's sources; then nothing else counts as gone.
    """
    listings, partial = (config.sources, False) if listings is None else (listings, True)
    if not listings:
        raise ConfigError(f"{config.file}: there are no sources", hint="add one under `sources:`")
    reason = property_misfit(config.origin.url, config.origin.property)
    if reason:
        raise OwnershipError(f"{config.property_place}: {reason}", code="ownership.property")
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
            anew=before is not None,
            last=last.started_at if (last := catalogue.last_run()) else None,
            moved=known is not None and known[1] != place,
            remarks=[*_moved(before, place, catalogue)] if before else [],
            stopped=pace.stopped,
            seconds=pace.patience.give_up,
        )


def _moved(before: str, now: str, catalogue: Entries) -> Iterator[Finding]:
    """The warning about another destination, if anything was published. The run may still fail, so the
    warning does not say that files were copied.
    """
    count = sum(1 for _ in catalogue.unconfirmed())
    if not count:
        return
    files, missing = f"all {count} published files", "the missing files"
    if count == 1:
        files, missing = "the published file", "it if it is missing"
    yield Finding(
        "destination.moved",
        Severity.WARN,
        f"the destination was {before} and is {now} now: syncer first looks for {files} at the new"
        f" destination and then copies {missing}",
        value=str(count),
        hint="Do you copy files there yourself? Copy `.syncer-owner`, too: without it, they are not syncer's."
        " The files at the old place stay there. Delete them yourself.",
    )


def _measured(asset: Asset, catalogue: Entries) -> Asset:
    """The asset with the size that the catalogue knows for its version, if the listing has none."""
    if asset.size is not None or asset.version is None:
        return asset
    known = catalogue.entry(asset.source, asset.key)
    return replace(asset, size=known.size) if known and known.version == asset.version else asset


def _terms(config: Config, ours: Addresses) -> Terms:
    limits, publish = load_limits(config.check.profile), config.check.rejected == "publish"

    def rejudge(entry: Entry) -> tuple[Finding, ...]:
        kind, size, facts = entry.media_type or "", entry.size, entry.facts
        return refusals(kind, size, facts, limits, publish_rejected=publish)

    return Terms(rejudge, ours.url, clock(), recheck=config.check.recheck, clock=clock)
