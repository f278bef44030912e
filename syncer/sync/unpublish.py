"""Unpublishes files: first out of the manifest, then off the origin.

An asset stays unpublished while its source has the same version; a new version is published again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncer.destinations.keys import printable
from syncer.errors import ConfigError, DestinationError, Exit, SyncerError
from syncer.model import (
    UNPUBLISHED,
    Action,
    Asset,
    Content,
    Delete,
    Deleted,
    Entry,
    Failed,
    Forgotten,
    Outcome,
    Recalled,
)
from syncer.protocols import Catalogue, Job, Runner
from syncer.settings.masked import masked
from syncer.sync.taken import UNPROVEN, advised
from syncer.urls import safe_names
from syncer.urls.canonical import bare_url, path_below

_HINT = "name a key, source:key, a public path or a URL; `syncer urls --format csv` lists what is published"
_UNDO_HINT = (
    "name a key, source:key, or an old public path or URL; `syncer status --all` lists what was unpublished"
)

ANY_HASH = "0" * 64
"""A placeholder in a path for the hash of bytes that are gone."""


@dataclass(frozen=True, slots=True)
class PublicPath:
    """One public path that is ours."""

    source: str
    key: str
    path: str
    entry: Entry | None = None
    """The asset that is published there; `None` for a retired path."""
    stays: bool = False
    """Whether the file is the user's own, in place or found: it leaves the manifest but is not deleted."""
    look: bool = False
    """Whether the file there may be somebody else's: it is looked for and not deleted."""
    again: Recalled | None = None
    """If it was unpublished before, and was deleted then or was not there."""
    was_there: bool = True

    @property
    def content(self) -> Content | None:
        """Of its bytes, for a look at its URL: the hashes, if they are known."""
        if self.again and self.again.head_sha256:
            return Content(0, self.again.sha256, self.again.head_sha256, "")
        return self.entry.content if self.entry else None


@dataclass(frozen=True, slots=True)
class Names:
    """Finds the assets that a user names, among the paths that are ours."""

    catalogue: Catalogue
    origin: str
    spared: Callable[[str], bool]
    """Whether a path is that of a signature file."""
    in_place: Callable[[str], bool] = lambda _: False
    """Whether the file at a path is the user's own."""
    would_be: Callable[[Asset], str | None] = lambda _: None
    """Today's public path of an asset with `ANY_HASH`; `None` if its source is not in the config any more."""

    def targets(self, asked: Sequence[str]) -> list[PublicPath]:
        """Each path once; for a key, all paths of its asset. Raises `ConfigError` if a name matches no asset,
        or several.
        """
        paths = {name: self.path(name) for name in asked}
        found: dict[str, list[PublicPath]] = {name: [] for name in asked}
        for path, source, key in self.catalogue.paths():
            for name, wanted in paths.items():
                if path == wanted or (not _is_url(name) and name in (key, f"{source}:{key}")):
                    found[name].append(self._target(path, source, key))
        for name in asked:
            found[name] = found[name] or self._again(name, paths[name])
        left = {each.path: each for each in self.catalogue.orders()}
        targets = {target.path: target for name in found for target in _one_asset(name, found[name])}
        for path, target in targets.items():
            again = left.get(path)
            unseen = again.doubted if again else target.entry and target.entry.unconfirmed
            if unseen and not target.stays:
                raise not_seen(f"{printable(path)} was not yet seen at this destination")
            look = again.unproven if again else target.again is not None
            targets[path] = replace(target, look=look and not target.stays)
        for path in filter(self.spared, targets):
            raise ConfigError(
                f"{printable(path)} is a signature file, which syncer never deletes",
                code="unpublish.signature",
            )
        return list(targets.values())

    def withdrawn(self, asked: Sequence[str]) -> list[tuple[str, str]]:
        """Source and key of each unpublished asset. Raises the same errors."""
        paths = {name: self.path(name) for name in asked}
        named: dict[str, list[tuple[str, str]]] = {name: [] for name in asked}
        lay: dict[str, list[tuple[str, str]]] = {name: [] for name in asked}
        for source, key in self.catalogue.withdrawals():
            for name, path in paths.items():
                if not _is_url(name) and name in (key, f"{source}:{key}"):
                    named[name].append((source, key))
                elif self._lay_at(path, source, key):
                    lay[name].append((source, key))
        found = {name: named[name] or lay[name] for name in asked}
        for name, assets in found.items():
            _only(name, {f"{source}:{key}" for source, key in assets}, "was unpublished", _UNDO_HINT)
        return list(dict.fromkeys(asset for assets in found.values() for asset in assets))

    def _lay_at(self, path: str, source: str, key: str) -> bool:
        """Whether this may have been the asset's public path, which the catalogue does not keep."""
        asset = Asset(source, key, "")
        ended = replace(asset, ending=f".{path.rpartition('.')[2]}" if safe_names.is_media(path) else None)
        for each in (asset, ended, replace(ended, nameless=True), replace(ended, plain_slug=True)):
            at = self.would_be(each)
            if at is not None and _matches(at, path):
                return True
        return False

    def path(self, name: str) -> str:
        """The public path of a URL; any other name unchanged."""
        if not _is_url(name):
            return name
        path = path_below(name, self.origin)
        if path is None:
            what = f"{bare_url(name)} is not below {self.origin}"
            raise ConfigError(what, code="unpublish.nothing", hint=_HINT)
        return path

    def _again(self, name: str, path: str) -> list[PublicPath]:
        """What was unpublished under this name before."""
        found: dict[str, PublicPath] = {}
        for each in self.catalogue.recalled():
            if each.path == path or (not _is_url(name) and name in (each.key, f"{each.source}:{each.key}")):
                stays = self.in_place(each.path)
                target = PublicPath(each.source, each.key, each.path, stays=stays, again=each)
                found.setdefault(each.path, target)
        return [*found.values()]

    def _target(self, path: str, source: str, key: str) -> PublicPath:
        entry = self.catalogue.entry(source, key)
        entry = entry if entry and entry.path == path else None
        is_users = bool(entry and (entry.in_place or entry.found))
        return PublicPath(source, key, path, entry, stays=is_users or self.in_place(path))


def not_seen(what: str) -> DestinationError:
    """Syncer deletes no file that it has not seen at this destination: it may be somebody else's."""
    return DestinationError(
        f"{what}; nothing was unpublished",
        code="destination.moved",
        hint="run `syncer sync` first: it looks for the published files there",
    )


def _is_url(name: str) -> bool:
    return "://" in name


def _one_asset(name: str, found: list[PublicPath]) -> list[PublicPath]:
    _only(name, {f"{target.source}:{target.key}" for target in found}, "is published")
    return found


def _matches(pattern: str, path: str) -> bool:
    """Whether the path matches the pattern, in which `ANY_HASH` stands for any hash."""
    hashed = re.sub("0{8,}", lambda found: f"[0-9a-f]{{{len(found[0])}}}", re.escape(pattern))
    return re.fullmatch(hashed, path) is not None


def _only(name: str, assets: set[str], what: str, hint: str = _HINT) -> None:
    """Raises `ConfigError` unless there is exactly one asset."""
    if not assets:
        raise ConfigError(
            f"nothing that {what} is named {printable(masked(name))}", code="unpublish.nothing", hint=hint
        )
    if len(assets) > 1:
        several = " and ".join(map(printable, sorted(assets)))
        raise ConfigError(
            f"{printable(name)} is ambiguous: {several}",
            code="unpublish.ambiguous",
            hint="name one of these",
        )


@dataclass(slots=True)
class Unpublisher:
    """Unpublishes paths. The caller holds the run's lock."""

    catalogue: Catalogue
    runner: Runner
    job: Job[Action, tuple[Action, Outcome]]
    publish: Callable[[], int]
    """Writes the manifests."""
    ready: Callable[[], None]
    """Raises `DestinationError` unless the destination can be used and is ours."""
    deleted: list[PublicPath] = field(default_factory=list)
    kept: list[PublicPath] = field(default_factory=list)
    """Unpublished paths whose files stay, as they are the user's own."""
    changed: list[PublicPath] = field(default_factory=list)
    """Paths at which somebody else's file is now."""
    failed: list[tuple[PublicPath, Failed]] = field(default_factory=list)

    def run(self, targets: Sequence[PublicPath], now: datetime) -> Exit:
        """First the manifest, then the files. Until a file is deleted, each run and each `unpublish` tries
        it again.
        """
        for target in targets:
            if target.entry:
                in_place = target.stays and not target.entry.found
                self.catalogue.withdraw(replace(target.entry, in_place=in_place), now)
            elif target.again:
                continue
            elif target.stays:
                self.catalogue.forget_retired(target.path)
            else:
                self.catalogue.unpublish(target.path)
        self.publish()
        self.kept = [target for target in targets if target.stays]
        targets = [target for target in targets if not target.stays]
        try:
            if targets:
                self.ready()
        except SyncerError as error:
            failed = Failed(error.code, error.message, error.hint)
            self.failed.extend((target, failed) for target in targets)
        else:
            self._delete(targets)
        if self.runner.pace.stopped():
            return Exit.INTERRUPTED
        return Exit.FAILED if self.failed else Exit.OK

    def _delete(self, targets: Sequence[PublicPath]) -> None:
        by_path = {target.path: target for target in targets}
        for action, outcome in self.runner.map(self.job, self._deletes(targets)):
            target = by_path[action.path] if isinstance(action, Delete) else targets[0]
            if isinstance(outcome, Deleted) and not outcome.was_there:
                self.catalogue.expect(target.path)
                self.deleted.append(replace(target, was_there=False))
            elif isinstance(outcome, Deleted):
                self.catalogue.forget_retired(target.path)
                self.deleted.append(target)
            elif isinstance(outcome, Forgotten):
                self.catalogue.forget_retired(target.path)
                self.changed.append(target)
            elif isinstance(outcome, Failed) and outcome.code == UNPROVEN:
                self._unproven(target, outcome)
            elif isinstance(outcome, Failed):
                self.failed.append((target, outcome))

    def _unproven(self, target: PublicPath, outcome: Failed) -> None:
        if target.again and target.again.found:
            self.kept.append(target)
            return
        self.catalogue.look_again()  # so that every run names it until it is gone
        self.failed.append((target, advised(outcome, len(self.catalogue.tenures()))))

    def _deletes(self, targets: Iterable[PublicPath]) -> Iterator[Action]:
        """Only the bytes that syncer left there: somebody may have put another file there since."""
        left = {each.path: each.sha256 for each in self.catalogue.orders()}
        for target in targets:
            only = left.get(target.path) or (target.again.sha256 if target.again else None)
            also = self.catalogue.versions(target.path) if only else frozenset()
            yield Delete(target.source, target.key, target.path, UNPUBLISHED, only, target.look, also)
