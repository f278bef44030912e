"""Checks whether the platform would accept the published files, or any other URL."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from heapq import nsmallest
from pathlib import Path
from urllib.parse import urlsplit

from syncer import process
from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.connect.web.client import WebSettings
from syncer.errors import DestinationError, Exit, OwnershipError
from syncer.mirror import layout, parts, proofs, run, scanning, tenure
from syncer.mirror.prover import Prover
from syncer.model import Delete, Failed, Finding, State, acceptance, is_cut, still_cut
from syncer.origin.check import Checked, Checker, Target, in_order
from syncer.preflight import load_limits
from syncer.protocols import Addresses, Catalogue, Entries, Pace
from syncer.runners import Serial, Threads
from syncer.sync import transitions
from syncer.sync.deletes import recalled_looks
from syncer.sync.grip import Grip
from syncer.sync.sample import EMPTIED
from syncer.sync.taken import UNPROVEN
from syncer.urls import safe_names, weburl

PROFILE = "tiktok"
WORKERS = 8
WHOLE = 20
"""Published files that one check reads whole, others each day."""


class Checks:
    """The results, in the order of the URLs. They can be read once."""

    def __init__(
        self,
        results: Iterable[Checked],
        pace: Pace,
        prover: Prover | None = None,
        error: DestinationError | None = None,
    ) -> None:
        self._results = results
        self._pace = pace
        self._prover = prover
        self.error = error
        """Why the destination seems to be empty."""
        self.counts: Counter[bool | None] = Counter()
        """The results read so far: accepted (`True`), rejected (`False`) and unknown (`None`)."""

    def __iter__(self) -> Iterator[Checked]:
        for each in self._results:
            self.counts[each.accepted] += 1
            yield each

    @property
    def unproven(self) -> tuple[OwnershipError, ...]:
        """Why the property is not proven. The findings of each URL below the
        property have the same errors.
        """
        return tuple(self._prover.errors) if self._prover else ()

    @property
    def proof(self) -> tuple[Finding, ...]:
        """The findings about the proof of the property; empty if it is right, or was not looked for."""
        return self._prover.look() if self._prover else ()

    @property
    def exit(self) -> Exit:
        """The exit code of `syncer check`, for the results read so far."""
        if self._pace.stopped():
            return Exit.INTERRUPTED
        if self.error:
            return Exit.ERROR
        if self._prover and self._prover.missing:
            return Exit.UNPROVEN
        return Exit.REJECTED if self.counts[False] else Exit.OK


def checker(
    config: Config | None, verified: str | None = None, ca: Path | None = None, connect_to: str | None = None
) -> Checker:
    """Each argument overrides the config. Raises `ValueError`."""
    limits = load_limits(config.check.profile if config else PROFILE)
    settings = parts.web(config) if config else WebSettings()
    verified = weburl.ownership(verified) if verified else config.origin.property if config else None
    if connect_to:
        settings = replace(settings, connect_to=weburl.target(connect_to))
    given = ca or connect_to
    host = urlsplit(config.origin.url).hostname if config and not given else None
    return Checker(replace(settings, ca=ca) if ca else settings, limits, verified, host)


def crew(config: Config | None) -> Threads:
    return Threads(WORKERS, patience=config.patience if config else None)


@contextmanager
def of_urls(
    config: Config | None, urls: Iterable[str], checker: Checker, crew: Threads, *, repeat: bool = True
) -> Iterator[Checks]:
    """With `repeat`, every result has all findings about the proof, not only the first one."""
    proving = _proving(config, checker)
    prover = Prover(proving, crew.pace) if proving else None
    targets = (Target(url, input=number, whole=True) for number, url in enumerate(urls))
    checked = in_order(crew, checker, targets)
    with process.stopping(crew.stop):
        yield Checks(prover.of(checked, repeat=repeat) if prover else checked, crew.pace, prover=prover)


def _proving(config: Config | None, checker: Checker) -> Config | None:
    """The config with the checker's CA and address; `None` if the checker is about another property."""
    if config is None or checker.property != config.origin.property:
        return None
    where = {"ca": checker.web.ca, "connect_to": checker.web.connect_to}
    return config.model_copy(update={"origin": config.origin.model_copy(update=where)})


@contextmanager
def of_published(config: Config, crew: Serial | Threads) -> Iterator[Checks]:
    """Check all published files, in the order of the manifest, and write the findings to the catalogue.

    If the destination seems to be empty, that error is raised after all of it was checked and written.
    """
    ours = layout.addresses(config, frozenset())
    with closing(open_catalogue(config.catalogue)) as catalogue, tenure.mine(config, catalogue):
        emptied = _look_there(config, catalogue, crew, ours) if layout.copies_any(config.sources) else None
        prover = Prover(config, crew.pace)
        prover.look()
        proofs.keep_seen(catalogue, prover.seen, scanning.clock())
        sample = _sample(_published(config, ours, catalogue))
        targets = _sampled(_published(config, ours, catalogue), sample)
        with process.stopping(crew.stop):
            kept = _kept(in_order(crew, checker(config), targets), catalogue)
            yield Checks(prover.of(kept, repeat=True), crew.pace, prover=prover, error=emptied)
        if crew.pace.stopped():
            return
        run.write_manifests(config, ours, catalogue)
        if emptied:
            raise emptied


def _look_there(
    config: Config, catalogue: Catalogue, crew: Serial | Threads, ours: Addresses
) -> DestinationError | None:
    """Look for unpublished files that a backup brought back. Returns why the destination seems to be empty.
    Raises `DestinationError` if another catalogue owns it: then it is not ours to list.
    """
    owner = tenure.owner(config, catalogue, crew.pace)
    try:
        owner.look()
    except DestinationError as error:
        if error.code != EMPTIED:
            raise
        return error
    if not owner.unread:
        _look_for_recalled(config, catalogue, crew, ours, owner.grip)
    return None


def _look_for_recalled(
    config: Config, catalogue: Catalogue, crew: Serial | Threads, ours: Addresses, grip: Grip
) -> None:
    """A file that was unpublished and deleted, and is there again, is `undeleted` again."""
    stays = layout.spared(config, catalogue)
    looks = recalled_looks(catalogue, lambda path: not stays(path))
    with process.stopping(crew.stop):
        for action, outcome in crew.map(run.deleter(config, ours, grip), looks):
            if isinstance(action, Delete) and isinstance(outcome, Failed) and outcome.code == UNPROVEN:
                catalogue.look_again(action.path)


def _sample(targets: Iterable[Target]) -> frozenset[str]:
    """The URLs that are read whole today: each day others, so that all have their turn."""
    day = f"{scanning.clock():%Y-%m-%d}"

    def turn(url: str) -> bytes:
        return hashlib.sha256(f"{day} {url}".encode()).digest()

    return frozenset(nsmallest(WHOLE, (each.url for each in targets if each.listed), key=turn))


def _sampled(targets: Iterable[Target], sample: frozenset[str]) -> Iterator[Target]:
    """What broke off at the last look is read whole again: only that can show that it is right now."""
    for each in targets:
        broken = each.entry is not None and is_cut(each.entry.findings)
        yield replace(each, whole=broken or each.url in sample)


def _kept(checked: Iterable[Checked], catalogue: Entries) -> Iterator[Checked]:
    for each in checked:
        entry, visit = each.target.entry, each.visit
        if entry and visit:
            found = each.findings if visit.read_whole else still_cut(entry.findings, each.findings)
            catalogue.put(transitions.checked(entry, each.facts, found, scanning.clock()))
            each = replace(each, findings=found) if acceptance(each.findings) else each  # noqa: PLW2901
        yield each


def _published(config: Config, ours: Addresses, catalogue: Catalogue) -> Iterator[Target]:
    """Every file that is or was at a URL of today's origin; then those that a user unpublished and that are
    not deleted yet, and our other files with a dangerous name.
    """
    for entry in catalogue.entries(State.PUBLISHED, State.STORED):
        if entry.url and ours.serves(entry):
            yield Target(entry.url, entry, entry.content, entry.path)
    stays = layout.spared(config, catalogue)
    left = {each.path for each in catalogue.undeleted() if not stays(each.path)}
    for path in sorted(left):
        yield Target(ours.url(path), path=path, listed=False, unpublished=True)
    for path, source, key in catalogue.paths():
        if path not in left and safe_names.obeyed(path) and not stays(path):
            known = catalogue.entry(source, key)
            if not (known and known.path == path and known.state in (State.PUBLISHED, State.STORED)):
                yield Target(ours.url(path), path=path, listed=False)
