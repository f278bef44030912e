"""What the sources hold, and what is to be done about it: the half of a run that changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncer.errors import SyncerError
from syncer.links import shown
from syncer.model import Action, Asset, Copy, Delete, Entry, Failed, Finding, Identify, Keep, State
from syncer.plan import Terms, again, decide
from syncer.seams import Addresses, Catalogue, Source

Name = tuple[str, str]
"""Source and key."""

Step = tuple[Action, Failed | None]
"""An action, and why it can't be done where that is known before anything is read."""

Note = Callable[[Asset, str | None], Asset | None]
"""Remembers that an asset is listed, to be published at a path; returns another one that is in its way."""

MOST_WAITING = 10_000
"""Assets held in memory until it is known whether their path is free."""


@dataclass(slots=True)
class Survey:
    """One listing of all sources. The last fields grow while `steps` is read."""

    catalogue: Catalogue
    sources: Mapping[str, Source]
    wanted: Callable[[Asset], bool]
    addresses: Addresses
    terms: Terms
    spared: Callable[[str], bool]
    """Whether a path is never deleted: signature files."""
    delete_before: datetime | None = None
    """What is gone since then or longer is to be deleted; `None` is nothing."""
    partial: bool = False
    """Only some of what there is is listed: what is not says nothing, and is left alone."""
    errors: list[SyncerError] = field(default_factory=list)
    complete: list[str] = field(default_factory=list)
    """Sources that were listed to their end."""
    remarks: list[Finding] = field(default_factory=list)
    """What they met and could not list, and what else the run has to say."""
    failed: list[str] = field(default_factory=list)
    given_up: dict[str, SyncerError] = field(default_factory=dict)
    """Sources whose rest is not to be listed, and why; whoever reads `steps` may add to it."""
    _waiting: list[Asset] = field(default_factory=list)
    _crowded: bool = False
    """Whether some could not wait: the paths that they were refused are not to be deleted in this run."""

    def steps(self) -> Iterator[Step]:
        """Lazily: what the sources list, in their order, and then what is published and no source lists.

        A source that fails ends there, and the next one follows.
        """
        self.catalogue.begin_listing()
        for name, source in self.sources.items():
            yield from self._listed(name, source)
        waiting, self._waiting = self._waiting, []
        for asset in waiting:
            yield from self._step(asset, self.catalogue.entry(asset.source, asset.key), _noted)
        if not self.partial:
            yield from self._unlisted()

    def identified(self, asset: Asset) -> Iterator[Step]:
        """What is to be done about an asset whose version is known by now."""
        entry = self.catalogue.entry(asset.source, asset.key)
        if self.wanted(asset):
            yield from self._step(asset, entry, self.catalogue.claim)
        else:
            yield from self._again(entry)

    def doomed(self) -> Iterator[Delete]:
        """What may be deleted: gone, or left for another path, since `delete_before` or longer.

        Nothing after any error: a listing that is not complete proves no absence.
        """
        if self.errors or self._crowded or self.delete_before is None:
            return
        for name in self.complete:
            for entry in self.catalogue.missing(name):
                gone_since = entry.gone_since or self.terms.now
                if entry.path and gone_since <= self.delete_before and not self.spared(entry.path):
                    yield Delete(name, entry.key, entry.path, "gone from the source")
        for path, source, key in self.catalogue.retired(self.delete_before):
            if self.catalogue.owner(path) is None and not self.spared(path):
                yield Delete(source, key, path, "left for another path")

    def stands(self, owner: Name) -> bool | None:
        """Whether an asset that has a path is still at its source; `None` while that can't be told."""
        source, key = owner
        if self.partial:
            return True
        if source not in self.sources:
            return False
        if self.catalogue.noted(source, key) or source in self.failed:
            return True
        return False if source in self.complete else None

    def _listed(self, name: str, source: Source) -> Iterator[Step]:
        assets = source.assets()
        while True:
            try:
                asset = next(assets)
            except StopIteration:
                if not self.partial:
                    self.complete.append(name)
                self.remarks.extend(source.remarks())
                return
            except SyncerError as error:
                error.message = f"source {name}: {error.message}"
                self.errors.append(error)
                self.failed.append(name)
                return
            if name in self.given_up:
                self.errors.append(self.given_up[name])
                self.failed.append(name)
                return
            entry = self.catalogue.entry(asset.source, asset.key)
            if not self.wanted(asset):
                yield from self._unwanted(asset, entry)
            elif asset.version is None and not asset.flaw:
                yield from self._unidentified(asset, entry)
            else:
                yield from self._step(asset, entry, self.catalogue.note)

    def _unidentified(self, asset: Asset, entry: Entry | None) -> Iterator[Step]:
        twin = self.catalogue.note(asset, None)
        if twin is None:
            yield Identify(asset, entry), None
        else:
            yield Copy(asset, None, "refused", entry), _twins(twin, asset, None)

    def _step(self, asset: Asset, entry: Entry | None, note: Note) -> Iterator[Step]:
        path, failed = self._path(asset, entry)
        other = note(asset, path)
        if other is not None and not self._holds(asset, path, other):
            failed = failed or _twins(other, asset, path)
        elif path is not None and (entry is None or entry.path != path):
            owner = self.catalogue.owner(path)
            stands = self.stands(owner) if owner else False
            if stands is None and len(self._waiting) < MOST_WAITING:
                self._waiting.append(asset)
                return
            self._crowded = self._crowded or stands is None
            if owner and stands is not False:
                failed = collision(owner, (asset.source, asset.key), path)
        if failed:
            yield Copy(asset, path, "refused", entry), failed
        else:
            yield decide(asset, entry, path, self.terms), None

    def _holds(self, asset: Asset, path: str | None, other: Asset) -> bool:
        """Whether the asset has this path already, so that another one, listed before it, does not get it."""
        name = (asset.source, asset.key)
        return path is not None and name != (other.source, other.key) and self.catalogue.owner(path) == name

    def _unwanted(self, asset: Asset, entry: Entry | None) -> Iterator[Step]:
        """A filter says what is copied. What it leaves out is not gone."""
        self.catalogue.note(asset, None)
        yield from self._again(entry)

    def _unlisted(self) -> Iterator[Step]:
        for entry in self.catalogue.missing():
            yield from self._again(entry)

    def _again(self, entry: Entry | None) -> Iterator[Step]:
        """What the manifest lists is looked at, whoever still has it."""
        live = (State.PUBLISHED, State.STORED) if self.delete_before else _STORED
        if entry and entry.path and entry.state in live:
            action = again(entry, self.terms)
            if not isinstance(action, Keep):
                yield action, None

    def _path(self, asset: Asset, entry: Entry | None) -> tuple[str | None, Failed | None]:
        if asset.flaw:
            return None, Failed("source.name", asset.flaw, "replace or rename it there, or `exclude` it")
        same = entry if entry and entry.version == asset.version else None
        known = (same.sha256, same.media_type) if same else (None, None)
        try:
            return self.addresses.path(asset, *known), None
        except SyncerError as error:
            return None, Failed(error.code, error.message, error.hint)


_STORED = (State.PUBLISHED, State.STORED, State.DOOMED)
"""Where nothing is deleted any more, what was about to be is looked at like the rest."""


def _noted(asset: Asset, path: str | None) -> None:
    """It was, when it was met first."""
    del asset, path


def _twins(other: Asset, asset: Asset, path: str | None) -> Failed:
    """Two assets of one name, or on one public path: an error that names both."""
    if (other.source, other.key) != (asset.source, asset.key):
        return collision((other.source, other.key), (asset.source, asset.key), path)
    spelt = " and ".join(map(ascii, dict.fromkeys(_spelling(each) for each in (other, asset))))
    message = f"{spelt} in {asset.source} are the same name, written in two ways"
    return Failed("plan.name", message, "rename one of them")


def _spelling(asset: Asset) -> str:
    """A locator that is a URL may be signed."""
    return shown(asset.locator) if "://" in asset.locator else asset.locator


def collision(owner: Name, other: Name, path: str | None) -> Failed:
    return Failed(
        "plan.collision",
        f"{':'.join(owner)} and {':'.join(other)} would have one public path, '{path}'",
        "give their sources different `path` templates, such as {source}/{key}",
    )
