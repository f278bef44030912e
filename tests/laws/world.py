"""A world in memory for the laws of a run: sources, destinations, the clock. The catalogue is a real one."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncer.destinations.keys import path_below_root
from syncer.errors import SyncerError
from syncer.model import (
    Action,
    Asset,
    Content,
    Copy,
    Delete,
    Deleted,
    Entry,
    Failed,
    Finding,
    Forgotten,
    Identified,
    Identify,
    Inspect,
    Inspected,
    Outcome,
    Published,
    Recheck,
    Rejected,
    Severity,
    State,
    Withheld,
)
from syncer.origin.addresses import OriginAddresses
from syncer.origin.paths import PathTemplate, lies_in
from syncer.origin.removed import CACHED
from syncer.protocols import Catalogue, Pace
from syncer.runners import Serial
from syncer.sync.conductor import Conductor
from syncer.sync.orders import Orders
from syncer.sync.plan import MostDeletes, Terms
from syncer.sync.scan import Scan
from syncer.sync.summary import Summary
from syncer.sync.taken import may_replace, unproven
from syncer.sync.turns import TURN
from tests.laws.shelf import Shelf, sha

ORIGIN = "https://media.example.test/"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
MISSING = (Finding("origin.status", Severity.REJECT, "answered 404"),)


@dataclass(frozen=True, slots=True)
class AnyName(OriginAddresses):
    """Every key is a valid public name: which names are valid is no law of a run."""

    def needs_head(self, asset: Asset) -> bool:
        del asset
        return False

    def path(self, asset: Asset, sha256: str | None = None, media_type: str | None = None) -> str | None:
        del media_type
        if asset.source in self.places:
            return self.places[asset.source] + asset.key
        template = self.templates[asset.source]
        return (
            None
            if template.needs_bytes and sha256 is None
            else path_below_root(template.render(asset, sha256))
        )


@dataclass
class World:
    """The files everywhere. `clock` is the machine's time; the tests know the true time."""

    catalogue: Catalogue
    clock: datetime = START
    sources: dict[str, Shelf] = field(default_factory=lambda: {"clips": Shelf("clips")})
    templates: dict[str, str] = field(default_factory=dict)
    destinations: dict[str, dict[str, bytes]] = field(default_factory=dict)
    here: str = "one"
    marked: bool = False
    """Whether our mark was copied to a new destination, too."""
    """The destination of today's config."""
    served: str | None = None
    """The destination that the web server serves, if another one."""
    recheck: timedelta | None = None
    delete: timedelta | None = None
    limit: MostDeletes = field(default_factory=lambda: MostDeletes(1.0))
    cached: set[str] = field(default_factory=set)
    """Paths whose URLs still serve a deleted file."""
    fails: dict[type[Action], Outcome] = field(default_factory=dict)
    """Of all actions of a kind, in place of what the world would answer."""
    refuses: bool = False
    """Whether today's limits refuse everything."""
    unfit: set[bytes] = field(default_factory=set)
    """The bytes that are refused."""
    dead: set[str] = field(default_factory=set)
    """Sources whose assets can't be read."""
    dead_keys: set[str] = field(default_factory=set)
    broken: dict[str, SyncerError] = field(default_factory=dict)
    """The errors that `claim`, `prove`, `ready` or `publish` raise."""
    orders: dict[str, Any] = field(default_factory=dict)
    """Other parts of `Orders`."""
    seconds: float = TURN
    """As `Scan.seconds`."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often the last run asked each of them."""
    told: list[tuple[Action, Outcome]] = field(default_factory=list)
    """The outcomes that the last run reported."""
    done: list[Action] = field(default_factory=list)
    """The actions of the workers in the last run."""
    _laid: dict[str, bytes] = field(default_factory=dict)
    manifests: list[set[str]] = field(default_factory=list)
    """Paths of each manifest that the last run wrote."""

    @property
    def stored(self) -> dict[str, bytes]:
        return self.destinations.setdefault(self.here, {})

    @property
    def visible(self) -> dict[str, bytes]:
        return self.destinations.setdefault(self.served or self.here, {})

    @property
    def listed(self) -> set[str]:
        return self.manifests[-1]

    def entry(self, key: str, source: str = "clips") -> Entry:
        found = self.catalogue.entry(source, key)
        assert found
        return found

    def run(self, *, partial: bool = False, stop_after: int | None = None) -> Summary:
        """One `sync`. After `stop_after` actions, it gets a SIGTERM."""
        self.done, self.manifests, self.told, self.asked = [], [], [], Counter()
        self.catalogue.adopt(ORIGIN, self.here)
        if self.marked:
            self.catalogue.hand_over(None)
        self._lay()
        runner = Serial()
        prove, ready, claim = (functools.partial(self._may, what) for what in ("prove", "ready", "claim"))
        orders = Orders(prove, ready, self._publish, claim, **self.orders)
        job = Worker(self, runner, stop_after)
        return Conductor(self.scan(partial=partial), runner, job, orders, self._tell).run()

    @property
    def addresses(self) -> OriginAddresses:
        templates = {name: PathTemplate.parse(self.templates.get(name, "{key}")) for name in self.sources}
        return AnyName(ORIGIN, ORIGIN, templates, places=self.places)

    @property
    def places(self) -> dict[str, str]:
        return {name: shelf.lies for name, shelf in self.sources.items() if shelf.lies is not None}

    def _lay(self) -> None:
        """Files in place lie at the destination, so a file that is gone is gone there, too."""
        for path in self._laid:
            self.stored.pop(path, None)
        self._laid = {
            place + key: content
            for name, place in self.places.items()
            for key, content in self.sources[name].files.items()
        }
        self.stored.update(self._laid)

    def scan(self, *, partial: bool = False, catalogue: Catalogue | None = None) -> Scan:
        terms = Terms(self._judge, lambda path: ORIGIN + path, self.clock, self.recheck)
        last = self.catalogue.last_run()
        return Scan(
            catalogue or self.catalogue,
            self.sources,
            lambda asset: "exclude" if asset.key in self.sources[asset.source].left_out else None,
            self.addresses,
            terms,
            lambda path: lies_in(self.places.values(), path),
            None if self.delete is None or partial else self.clock - self.delete,
            partial=partial,
            clock=lambda: self.clock,
            limit=self.limit,
            last=last.started_at if last else None,
            seconds=self.seconds,
        )

    def _judge(self, entry: Entry) -> tuple[Finding, ...]:
        is_unfit = entry.version in {sha(each) for each in self.unfit}
        return (Finding("media.size", Severity.REJECT, "too large"),) if self.refuses or is_unfit else ()

    def _tell(self, action: Action, outcome: Outcome) -> None:
        self.told.append((action, outcome))

    def _may(self, what: str) -> None:
        self.asked[what] += 1
        if what in self.broken:
            raise self.broken[what]

    def _publish(self) -> int:
        self._may("publish")
        self.manifests.append({str(entry.path) for entry in self.catalogue.entries(State.PUBLISHED)})
        return len(self.listed)

    def act(self, action: Action) -> Outcome:  # noqa: PLR0911 - one return for each kind of action
        self.done.append(action)
        if failed := self.fails.get(type(action)):
            return failed
        match action:
            case Copy(asset) if asset.source in self.dead or asset.key in self.dead_keys:
                return Failed("source.denied", "403")
            case Copy():
                return self._copy(action)
            case Recheck(entry, stat=stat):
                return self._recheck(entry, stat=stat)
            case Delete():
                return self._delete(action)
            case Identify(asset):
                return Identified(self.sources[asset.source].look(asset))
            case Inspect():
                return Inspected(())
            case _:
                raise AssertionError(action)

    def _copy(self, action: Copy) -> Outcome:
        asset = action.asset
        content = self.sources[asset.source].files[asset.key]
        if content in self.unfit:
            return Rejected("image/png", len(content), ())
        if sha(content) in action.withheld:
            return Withheld(sha(content))
        path = action.path or str(self.addresses.path(asset, sha(content), "video/mp4"))
        held = self.stored.get(path)
        if asset.in_place:
            pass
        elif held is None or may_replace(action, path) or sha(held) == action.left:
            self.stored[path] = content
        elif held == content:
            return replace(self._look(path, content), found=True)
        else:
            return Failed("destination.taken", "another file is already there")
        return self._look(path, content)

    def _delete(self, action: Delete) -> Outcome:
        held = self.stored.get(action.path)
        if action.only and held is not None and sha(held) != action.only:
            return unproven() if sha(held) in action.also else Forgotten()
        if action.look and held is not None:
            return unproven()
        self.stored.pop(action.path, None)
        cached = Finding(CACHED, Severity.REJECT, "a cache keeps it")
        served = cached if action.url and action.path in self.cached else None
        return Deleted(action.path, was_there=held is not None or not action.by_hand, served=served)

    def _recheck(self, entry: Entry, *, stat: bool) -> Outcome:
        path = entry.path or ""
        held = self.stored.get(path)
        whole = held is not None and sha(held) == entry.sha256
        if stat and not whole:
            return Failed("destination.absent", "nothing there")
        outcome = self._look(path, None, entry)
        if not whole and not outcome.seen and not entry.in_place:
            return Failed("destination.changed", "not there any more")
        return outcome

    def _look(self, path: str, content: bytes | None, entry: Entry | None = None) -> Published:
        new = content or b""
        known = entry.content if entry else Content(len(new), sha(new), "", "video/mp4")
        served = self.visible.get(path)
        seen = served is not None and sha(served) == known.sha256
        return Published(path, ORIGIN + path, known, seen, () if seen else MISSING)

    def did(self) -> Counter[str]:
        """Actions of the last run, by kind."""
        return Counter(type(action).__name__ for action in self.done)


@dataclass
class Worker:
    world: World
    runner: Serial
    stop_after: int | None

    @contextmanager
    def open(self, pace: Pace) -> Iterator[Callable[[Action], tuple[Action, Outcome]]]:
        del pace

        def work(action: Action) -> tuple[Action, Outcome]:
            outcome = self.world.act(action)
            if self.stop_after is not None and len(self.world.done) >= self.stop_after:
                self.runner.stop()
            return action, outcome

        yield work
