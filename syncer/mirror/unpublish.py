"""Takes published files off the origin, and lets them be published again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from time import monotonic

from syncer import process
from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.destinations.keys import printable
from syncer.errors import Exit, SyncerError
from syncer.mirror import layout, parts, run, scanning, tenure
from syncer.mirror.values import Unpublished, Withdrawn
from syncer.model import Asset, Failed, Finding, Severity
from syncer.origin.removed import unseen
from syncer.origin.view import PublicView
from syncer.protocols import Catalogue, Pace, Stopped
from syncer.runners import Serial, Threads
from syncer.sync.unpublish import ANY_HASH, Names, PublicPath, Unpublisher, not_seen


def unpublished(config: Config, crew: Serial | Threads, asked: Sequence[str]) -> Unpublished:
    with closing(open_catalogue(config.catalogue)) as catalogue, tenure.mine(config, catalogue):
        names, owner = _names(config, catalogue, asked), tenure.owner(config, catalogue, crew.pace)
        targets = names.targets(asked)
        ours = layout.addresses(config, frozenset())

        def publish() -> int:
            return run.write_manifests(config, ours, catalogue)

        def ready() -> None:
            tenure.ready(config, owner, crew.pace)

        done = Unpublisher(catalogue, crew, run.deleter(config, ours, owner.grip), publish, ready)
        with process.stopping(crew.stop):
            if any(not target.stays for target in targets):
                owner.look()
                targets = names.targets(asked)  # if our mark is gone, no file counts as ours any more
            code = done.run(targets, scanning.clock())

    def withdrawn(target: PublicPath, failed: Failed | None = None) -> Withdrawn:
        since = target.again.since if target.again else None
        url = ours.url(target.path)
        told = Withdrawn(target.source, target.key, target.path, url, failed)
        return replace(told, was_there=target.was_there, since=since)

    tried = [(each, withdrawn(each)) for each in done.deleted]
    tried += [(target, withdrawn(target, failed)) for target, failed in done.failed]
    with process.stopping(crew.stop):
        seen = tuple(_seen(config, crew.pace, tried))
    deleted, failed = seen[: len(done.deleted)], seen[len(done.deleted) :]
    if crew.pace.stopped():
        code = Exit.INTERRUPTED
    elif code is Exit.OK and not all(each.served is False for each in deleted):
        code = Exit.FAILED
    return Unpublished(
        code,
        deleted,
        (*map(withdrawn, done.kept), *(replace(withdrawn(each), changed=True) for each in done.changed)),
        failed,
    )


def _seen(config: Config, pace: Pace, tried: Sequence[tuple[PublicPath, Withdrawn]]) -> Iterator[Withdrawn]:
    """Each path after a look at its URL: a cache may still serve a deleted file. After `give_up` seconds
    without a useful answer, it looks no more.
    """
    end = monotonic() + pace.patience.give_up
    with PublicView(parts.origin(config), pace) as view:
        for target, told in tried:
            if monotonic() < end:
                found = _look(view, told.url, target)
            else:
                found = unseen(told.url, f"other URLs told nothing for {pace.patience.give_up:g} s")
            failed = told.failed or (Failed(found.rule, found.message, found.hint) if found else None)
            unknown = found and found.severity is Severity.UNKNOWN
            if told.failed:  # the file is there, so any file that the URL serves counts as this one
                unknown = unknown and not (found and found.value)
            served = None if unknown else bool(found)
            if served is not None:
                end = monotonic() + pace.patience.give_up
            yield replace(told, failed=failed, served=served)


def _look(view: PublicView, url: str, target: PublicPath) -> Finding | None:
    try:
        return view.removed(url, target.content)
    except Stopped:
        return unseen(url, "syncer was stopped")


def readmitted(config: Config, asked: Sequence[str]) -> tuple[tuple[str, str], ...]:
    with closing(open_catalogue(config.catalogue)) as catalogue, tenure.mine(config, catalogue):
        assets = _names(config, catalogue, asked).withdrawn(asked)
        for source, key in assets:
            catalogue.readmit(source, key)
    return tuple(assets)


def _names(config: Config, catalogue: Catalogue, asked: Sequence[str]) -> Names:
    """Raises `DestinationError` if the public files of an asset that is asked for were not seen yet."""
    if before := tenure.moved_from(config, catalogue):
        place = config.origin.destination.identity()
        raise not_seen(f"the destination is {place} now, but the published files are at {before}")
    stays, in_place = layout.signed(config, catalogue), layout.is_in_place_path(config)
    ours = layout.addresses(config, frozenset())

    def would_be(asset: Asset) -> str | None:
        if asset.source not in ours.templates and asset.source not in ours.places:
            return None
        try:
            return ours.path(asset, ANY_HASH)
        except SyncerError:
            return None

    names = Names(catalogue, config.origin.url, stays, in_place, would_be)
    _refuse_begun(config, names, asked)
    return names


def _refuse_begun(config: Config, names: Names, asked: Sequence[str]) -> None:
    """Raises `DestinationError` if a run died while it published one of them: the next run finds out which
    version is public.
    """
    wanted = {*asked, *map(names.path, asked)}
    for note in parts.notes(config).left():
        asset = f"{note.source}:{note.key}"
        if {note.key, asset, note.path} & wanted:
            raise not_seen(f"a run died while it published {printable(asset)}")
