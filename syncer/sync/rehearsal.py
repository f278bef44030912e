"""What a run would do, as far as that is known without reading media: it assumes that each action succeeds.

It decides as a run does, so a run then does what the plan says. It writes its assumptions into the catalogue,
which must be a copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain

from syncer.errors import UnsafePlan
from syncer.model import (
    Abandoned,
    Action,
    Content,
    Copy,
    Deleted,
    Failed,
    Keep,
    Outcome,
    Published,
    Recheck,
    Refuse,
)
from syncer.probe.media_types import by_name, extension
from syncer.sync import departures
from syncer.sync.deletes import ordered
from syncer.sync.ledger import Ledger
from syncer.sync.scan import Scan
from syncer.sync.steps import Step, Steps


def steps(scan: Scan) -> Iterator[Step]:
    """Lazily, in the order of a run. A delete over the limit comes with that as its reason."""
    ledger = Ledger(scan)
    scan.catalogue.begin_run(scan.terms.now)
    for step in Steps(scan).every():
        yield step
        _assume(ledger, *step)
    ledger.settle()
    for look in scan.unsettled():
        ledger.stand(look, _seen(look))
    for name in scan.complete:
        scan.catalogue.end_listing(name, scan.terms.now)
    for forget in departures.forgotten(scan):
        yield forget, None
        ledger.forget(forget)
    yield from _deletes(ledger)


def _deletes(ledger: Ledger) -> Iterator[Step]:
    scan, unsafe = ledger.scan, _unsafe(ledger.scan)
    for delete in chain(ordered(scan, led=True), departures.left_behind(scan)):
        yield delete, None
        ledger.write(delete, Deleted(delete.path))
    for delete in departures.deletable(scan):
        yield delete, Failed(unsafe.code, f"{delete.reason}, over max_delete") if unsafe else None
        if not unsafe:
            ledger.write(delete, Deleted(delete.path))
    if unsafe:
        scan.errors.append(unsafe)


def _unsafe(scan: Scan) -> UnsafePlan | None:
    try:
        departures.check_doomed(scan)
    except UnsafePlan as error:
        return error
    return None


def _assume(ledger: Ledger, action: Action, failed: Failed | None) -> None:
    if failed:
        ledger.write(action, failed)
        return
    match action:
        case Copy():
            ledger.begin(action)
            ledger.write(action, _copied(ledger.scan, action))
        case Recheck():
            ledger.write(action, _seen(action))
        case Keep():
            ledger.keep(action.entry)
        case Refuse():
            ledger.refuse(action)
        case _:
            pass


def _copied(scan: Scan, action: Copy) -> Outcome:
    """If the path depends on the bytes, new bytes are assumed to differ from all earlier ones."""
    asset, named = action.asset, by_name(action.asset.key)
    media_type = named if extension(named) else "video/mp4"
    sha256 = hashlib.sha256(repr((asset.source, asset.key, asset.version)).encode()).hexdigest()
    path = action.path or scan.addresses.path(asset, sha256, media_type)
    if path is None:
        return Abandoned()
    content = Content(asset.size or 0, sha256, "", media_type)
    return Published(path, scan.addresses.url(path), content, seen=True)


def _seen(action: Recheck) -> Published:
    entry = action.entry
    return Published(entry.path or "", entry.url or "", entry.content, seen=True)
