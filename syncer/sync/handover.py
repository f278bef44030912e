"""A public path passes from one asset to another, or an asset leaves its path for a new one."""

from __future__ import annotations

from dataclasses import replace

from syncer.model import Copy, Entry, Failed, Published, State
from syncer.protocols import Catalogue
from syncer.sync.notices import Notices
from syncer.sync.placing import Name, collision
from syncer.sync.scan import Scan


def entry_of(action: Copy) -> Entry:
    """The entry to change. Until the asset is published, the file at its path keeps its owner."""
    asset = action.asset
    return action.known or Entry(asset.source, asset.key, State.FAILED, in_place=asset.in_place)


def take_path(scan: Scan, action: Copy, outcome: Published, notices: Notices) -> Failed | None:
    """Take the path from an asset that needs it no longer, and retire the asset's old path. Returns the error
    if its owner needs it.
    """
    path = outcome.path
    entry, owner = entry_of(action), scan.catalogue.owner(path)
    if owner and owner != (entry.source, entry.key):
        if scan.wants(owner, path) is not False:
            return not_free(scan, owner, (entry.source, entry.key), path)
        if owner[0] not in scan.sources and (before := scan.catalogue.entry(*owner)):
            notices.take(before, action, outcome)
        give_up(scan, owner)
    if action.known:
        # First this: if the run is killed before the entry changes, the path is still known.
        _retire(scan, action.known, path)
    return None


def not_free(scan: Scan, owner: Name, other: Name, path: str) -> Failed:
    return collision(owner, other, path, stays=scan.may_leave(owner, path))


def give_up(scan: Scan, owner: Name) -> None:
    """The asset is left without a path, and without an entry if it is gone."""
    entry = scan.catalogue.entry(*owner)
    if entry is None or not scan.stands(owner):
        scan.catalogue.remove(*owner)
        return
    _retire(scan, entry, None)
    if entry.state is State.REJECTED:
        scan.catalogue.put(replace(entry, path=None, url=None))
    else:
        scan.catalogue.put(Entry(*owner, State.FAILED, entry.version))


def rejected_entry(scan: Scan, action: Copy) -> Entry:
    """The entry of a rejected asset: without its path if the file there is, or was, in place."""
    entry, in_place = entry_of(action), action.asset.in_place
    if entry.in_place is in_place:
        return entry
    _retire(scan, entry, action.path)
    return replace(entry, path=None, url=None, in_place=in_place, found=False)


def _retire(scan: Scan, entry: Entry, new_path: str | None) -> None:
    name = (entry.source, entry.key)
    if entry.ours and entry.path and entry.path != new_path and scan.catalogue.owner(entry.path) == name:
        scan.catalogue.retire(entry.path, entry.source, entry.key, scan.terms.now, entry.sha256)


def is_found(catalogue: Catalogue, action: Copy, outcome: Published) -> bool:
    """Whether somebody else wrote the file at the path. The worker can't know all paths that syncer wrote:
    some paths depend on all bytes, and some runs died before they saw their file.
    """
    known = action.known
    is_own = known and known.path == outcome.path and not (known.in_place or known.found)
    if known and known.doubted and known.sha256 != outcome.content.sha256:
        is_own = False  # syncer never had these bytes there
    is_own = is_own or catalogue.wrote(outcome.path)
    return outcome.found and not (is_own or catalogue.left(outcome.path) == outcome.content.sha256)
