"""Any sequence of users' steps and faults; the laws of a run are checked after each step."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from syncer.destinations.keys import OWNER_MARK
from tests.home import Home, Ran
from tests.sequences import faults
from tests.sequences.world import ROOTS, SOURCES, TEMPLATES, Name, World, graphic, photo, said
from tests.servers.nginx import Site
from tests.servers.ports import free_port

KEYS = ("1.jpg", "2.jpg", "d/1.jpg", "d/2.jpg", "d/e/1.jpg")
NAMES = st.tuples(st.sampled_from(SOURCES), st.sampled_from(KEYS))
SIZES = st.sampled_from((300, 70_000, 1_500_000))
Puts = list[tuple[Name, int]]
PUTS = st.lists(st.tuples(NAMES, SIZES), min_size=1, max_size=3)
MOMENTS = st.integers(1, 200)
"""Operations of a run before which something may happen: it has 50, and 40 more for each copy."""
MOVES_ROOT = True
"""Whether the destination may move."""
MOST_RUNS = 3
"""Runs after which all is as the sources have it, whatever went wrong before."""


class AnyOrder(RuleBasedStateMachine):
    """`site` serves the web root, which is a disk of its own if that is possible."""

    site: Site

    def __init__(self) -> None:
        super().__init__()
        link = self.site.root
        for name in ROOTS:
            shutil.rmtree(link.with_name(name))
            link.with_name(name).mkdir()
        link.unlink()
        link.symlink_to(ROOTS[0])
        self._folder = tempfile.TemporaryDirectory(prefix="syncer-test-sequence-")
        home = Home(Path(self._folder.name), self.site)
        home.config["sources"] = {
            name: {"kind": "local", "root": f"media/{name}", "path": TEMPLATES[0]} for name in SOURCES
        }
        home.config |= {"max_delete": "100%", "workers": 1, "retry": {"attempts": 2, "wait": "20ms"}}
        home.config["origin"]["destination"]["root"] = str(link.resolve())
        self.world = World(home, home.sign().name)
        self.smooth = True
        """Nothing went wrong since all was as the sources have it."""
        self.moved = False
        """Since the last run that ended by itself the web root is another: the manifest may be its."""
        self.visible: set[tuple[str, str]] = set()
        """Path and hash of what runs can have seen at its URL so far."""

    @initialize()
    def begin(self) -> None:
        for source in SOURCES:
            self.world.folder(source).mkdir(parents=True)
        self._bootstrap()

    # What users do

    @rule(name=NAMES, size=SIZES)
    def put(self, name: Name, size: int) -> None:
        self.world.put(name, self.world.new(photo(self.world.number(), size)))

    @rule(name=NAMES)
    def put_what_is_refused(self, name: Name) -> None:
        self.world.put(name, self.world.new(graphic(self.world.number())))

    @rule(name=NAMES, data=st.data())
    def put_again(self, name: Name, data: st.DataObject) -> None:
        """An older version comes back with its old time, as from a backup, or as a copy of another asset."""
        versions = [each for known in self.world.ever.values() for each in known]
        if versions:
            self.world.put(name, data.draw(st.sampled_from(versions)))

    @rule(data=st.data(), to=NAMES)
    def rename(self, data: st.DataObject, to: Name) -> None:
        name = self._one(data)
        if name and name != to:
            self.world.rename(name, to)

    @rule(data=st.data(), other=NAMES)
    def swap(self, data: st.DataObject, other: Name) -> None:
        name = self._one(data)
        if name and name != other and other in self.world.now:
            version = self.world.now[name]
            self.world.put(name, self.world.now[other])
            self.world.put(other, version)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if name := self._one(data):
            self.world.delete(name)

    @rule(source=st.sampled_from(SOURCES), template=st.sampled_from(TEMPLATES))
    def move(self, source: str, template: str) -> None:
        self.world.use_template(source, template)

    @rule(policy=st.sampled_from(("never", "mirror")), recheck=st.sampled_from((None, "0s")))
    def change_settings(self, policy: str, recheck: str | None) -> None:
        self.world.home.config["delete"] = policy
        self.world.home.config["check"]["recheck"] = recheck

    @precondition(lambda _: MOVES_ROOT)
    @rule()
    def move_root(self) -> None:
        self.world.move_root()
        self._bootstrap()
        self.smooth, self.moved = False, True

    # Runs, and their faults

    @rule(workers=st.sampled_from((1, 3)))
    def run(self, workers: int) -> None:
        ran = self._run(nullcontext(), workers)
        assert ran.code in (0, 3, 4), said(ran)

    @rule(data=st.data())
    def run_with_an_unreadable_file(self, data: st.DataObject) -> None:
        if name := self._one(data):
            ran = self._run(faults.unreadable(self.world.file(name)))
            assert ran.code in (0, 3, 4), said(ran)

    @rule(source=st.sampled_from(SOURCES), how=st.sampled_from((faults.unreadable, faults.missing)))
    def run_without_a_source(self, source: str, how: Callable[[Path], AbstractContextManager[None]]) -> None:
        ran = self._run(how(self.world.folder(source)), deletes=False)
        assert ran.code == 1, said(ran)

    @rule(puts=PUTS, room=st.sampled_from((0, 100_000, 1_000_000)), at=st.one_of(st.just(0), MOMENTS))
    def run_on_a_full_disk(self, puts: Puts, room: int, at: int) -> None:
        self._put(puts)
        self.smooth = False
        self._run(faults.full(self.world.root, room, at))

    @rule(puts=PUTS)
    def run_without_a_web_server(self, puts: Puts) -> None:
        self._put(puts)
        self.smooth = False
        origin = self.world.home.config["origin"]
        origin["connect_to"] = f"127.0.0.1:{free_port()}"
        try:
            self._run(nullcontext(), visible=False)
        finally:
            origin["connect_to"] = self.site.connect_to
        assert self.world.listed() <= self.visible, "what nobody saw is listed"

    @rule(puts=PUTS, at=MOMENTS, then=st.booleans())
    def run_killed(self, puts: Puts, at: int, *, then: bool) -> None:
        """Maybe the next run can't read the file at which this one was killed."""
        self._put(puts)
        before, owners = self.world.public(), self.world.owners()
        self.world.home.config["workers"] = 1
        was_killed = faults.killed(lambda: self.world.home.syncer("sync"), at)
        note("killed" if was_killed else "it had ended before")
        self.smooth = self.smooth and not was_killed
        self.visible |= self.world.possible()
        self._check(before, owners, deletes=self._mirrors, exact=not was_killed)
        if then:
            with faults.missing(self.world.folder(SOURCES[0])):
                self._run(faults.missing(self.world.folder(SOURCES[1])), deletes=False)

    @rule(puts=PUTS, at=MOMENTS, data=st.data(), change=st.sampled_from(("put", "delete", "rename")))
    def run_while_a_source_changes(self, puts: Puts, at: int, data: st.DataObject, change: str) -> None:
        self._put(puts)
        name, to = self._one(data), data.draw(NAMES)
        if name is None or name == to:
            return
        version = self.world.new(photo(self.world.number(), data.draw(SIZES)))
        self.smooth = False
        changes: dict[str, Callable[[], None]] = {
            "put": lambda: self.world.put(name, version),
            "delete": lambda: self.world.delete(name),
            "rename": lambda: self.world.rename(name, to),
        }
        had = set(self.world.now)

        def brought() -> None:
            changes[change]()
            self.world.brought = self.world.now.keys() - had

        ran = self._run(faults.during(at, brought))
        self.world.brought = set()
        assert ran.code in (0, 3, 4), said(ran)

    @rule()
    def converge(self) -> None:
        """After the next run without faults, the mirror has exactly what the sources have."""
        home = self.world.home
        home.config["delete"] = "mirror"
        home.config["check"]["recheck"] = "0s"
        for number in range(1, MOST_RUNS + 1):
            smooth = self.smooth
            ran = self._run(nullcontext())
            wrong = self.world.differs()
            if not wrong:
                break
            assert number < (1 if smooth else MOST_RUNS), f"{wrong}, after {number} runs; {said(ran)}"
        expected = 3 if self.world.disputed() else 4 if self._refuses else 0
        assert ran.code == expected, said(ran)
        self.smooth = True

    def teardown(self) -> None:
        self.converge()
        tidied = self.world.home.syncer("tidy")
        assert tidied.code == 0, said(tidied)
        assert [file.name for file in self.world.root.rglob(".syncer-*")] in ([], [OWNER_MARK])
        self._folder.cleanup()

    def _bootstrap(self) -> None:
        ran = self.world.home.syncer("bootstrap", "--json")
        assert ran.code == 0, said(ran)
        self.world.keep_foreign("index.html", b"a page of the user's own")
        self.world.keep_foreign("d/1.jpg", b"somebody else's photo")

    def _put(self, puts: Puts) -> None:
        for name, size in puts:
            self.put(name, size)

    def _run(
        self,
        fault: AbstractContextManager[Any],
        workers: int = 1,
        *,
        deletes: bool = True,
        visible: bool = True,
    ) -> Ran:
        before, owners = self.world.public(), self.world.owners()
        self.world.home.config["workers"] = workers
        with fault:
            ran = self.world.home.syncer("sync", "--json")
        note(f"exit {ran.code}")
        self.visible |= self.world.possible() if visible else set()
        self.moved = False
        assert "internal" not in ran.out + ran.err, said(ran)
        self._check(before, owners, deletes=deletes and self._mirrors, exact=True)
        if ran.code in (0, 3, 4):
            self.world.check_no_probe()
        return ran

    def _check(
        self, before: dict[str, bytes], owners: dict[str, Name], *, deletes: bool, exact: bool
    ) -> None:
        self.world.check_public(before)
        self.world.check_kept(before, owners, deletes=deletes)
        if not self.moved:
            self.world.check_manifest(exact=exact)
        self.world.check_owners(owners)

    @property
    def _mirrors(self) -> bool:
        return bool(self.world.home.config.get("delete") == "mirror")

    @property
    def _refuses(self) -> bool:
        return any(not version.accepted for version in self.world.now.values())

    def _one(self, data: st.DataObject) -> Name | None:
        return data.draw(st.sampled_from(sorted(self.world.now))) if self.world.now else None
