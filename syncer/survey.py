"""What the sources hold, and what is to be done about it: the half of a run that changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncer.errors import SyncerError
from syncer.model import Action, Asset, Copy, Delete, Entry, Failed
from syncer.plan import Terms, decide
from syncer.seams import Addresses, Catalogue, Source

Name = tuple[str, str]
"""Source and key."""

Step = tuple[Action, Failed | None]
"""An action, and why it can't be done where that is known before anything is read."""


@dataclass(slots=True)
class Survey:
    """One listing of all sources. `errors` and `complete` grow while `steps` is read."""

    catalogue: Catalogue
    sources: Mapping[str, Source]
    wanted: Callable[[Asset], bool]
    addresses: Addresses
    terms: Terms
    spared: Callable[[str], bool]
    """Whether a path is never deleted: signature files."""
    errors: list[SyncerError] = field(default_factory=list)
    complete: list[str] = field(default_factory=list)
    """Sources that were listed to their end."""

    def steps(self) -> Iterator[Step]:
        """Lazily, in the order of the listings. A source that fails ends there, and the next one follows."""
        self.catalogue.begin_listing()
        for name, source in self.sources.items():
            try:
                yield from map(self._step, filter(self.wanted, source.assets()))
            except SyncerError as error:
                error.message = f"source {name}: {error.message}"
                self.errors.append(error)
            else:
                self.complete.append(name)

    def doomed(self, before: datetime) -> Iterator[Delete]:
        """What may be deleted: gone, or left for another path, at `before` or earlier.

        Nothing after any error: a listing that is not complete proves no absence.
        """
        if self.errors:
            return
        for name in self.complete:
            for entry in self.catalogue.missing(name):
                gone_since = entry.gone_since or self.terms.now
                if entry.path and gone_since <= before and not self.spared(entry.path):
                    yield Delete(name, entry.key, entry.path, "gone from the source")
        for path, source, key in self.catalogue.retired(before):
            if self.catalogue.owner(path) is None and not self.spared(path):
                yield Delete(source, key, path, "left for another path")

    def _step(self, asset: Asset) -> Step:
        entry = self.catalogue.entry(asset.source, asset.key)
        path, failed = self._path(asset, entry)
        other = self.catalogue.note(asset, path)
        owned = entry is not None and entry.path == path
        failed = failed or (None if owned and other is None else self._taken(asset, path, other))
        if failed:
            return Copy(asset, path, "refused"), failed
        return decide(asset, entry, path, self.terms), None

    def _path(self, asset: Asset, entry: Entry | None) -> tuple[str | None, Failed | None]:
        if asset.flaw:
            return None, Failed("source.name", asset.flaw, "replace or rename it there, or `exclude` it")
        known = entry.sha256 if entry and entry.version == asset.version else None
        try:
            return self.addresses.path(asset, known), None
        except SyncerError as error:
            return None, Failed(error.code, error.message, error.hint)

    def _taken(self, asset: Asset, path: str | None, other: Asset | None) -> Failed | None:
        """Two assets on one public path, or of one name: an error that names both."""
        if other is not None:
            both = f"{_name(other)} and {_name(asset)}"
            if (other.source, other.key) == (asset.source, asset.key):
                spelt = f"{other.locator!a} and {asset.locator!a}"
                message = f"{spelt} in {asset.source} are the same name, written in two ways"
                return Failed("plan.name", message, "rename one of them")
            return _collision(both, path)
        owner = self.catalogue.owner(path) if path else None
        if path is None or owner is None or owner == (asset.source, asset.key):
            return None
        return self.collision(owner, (asset.source, asset.key), path)

    def collision(self, owner: Name, other: Name, path: str) -> Failed | None:
        """That `other` may not have the path of `owner`, unless that one is not at its source any more."""
        source, key = owner
        entry = self.catalogue.entry(source, key)
        if source not in self.sources or entry is None or entry.gone_since is not None:
            return None
        return _collision(f"{source}:{key} and {':'.join(other)}", path)


def _collision(both: str, path: str | None) -> Failed:
    return Failed(
        "plan.collision",
        f"{both} would have one public path, '{path}'",
        "give their sources different `path` templates, such as {source}/{key}",
    )


def _name(asset: Asset) -> str:
    return f"{asset.source}:{asset.key}"
