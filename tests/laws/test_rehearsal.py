"""`plan` says what `sync` then does: each action with its reason, however the sources are changed."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from syncer.catalogue import open_catalogue
from syncer.model import Action, Copy, Delete, Forget, Identify, Keep, Leave, Recheck, Refuse
from syncer.sync import rehearsal
from syncer.sync.plan import MostDeletes
from syncer.sync.summary import Summary
from tests.laws.shelf import Shelf
from tests.laws.world import World

DAY = timedelta(days=1)
SOURCES = ("a", "b")
KEYS = ("1", "2", "d/1", "d/2", "d/d/1")
TEMPLATES = ("{source}/{key}", "x/{key}", "flat/{stem}", "{sha256:12}", "y/{key}")
"""The second and the third give two assets one path, the fourth is known only from the bytes."""

Line = tuple[str, str, str, str]


class Setting:
    """A world whose config changes between runs, with the plan before each run."""

    def __init__(self, folder: Path, world: World) -> None:
        self.file, self.world, self.number = folder / "syncer.db", world, 0
        world.sources = {name: Shelf(name) for name in SOURCES}
        world.templates = dict.fromkeys(SOURCES, TEMPLATES[0])
        self.homes = {name: f"home/{name}/" for name in SOURCES}
        """Where the files of a source lie if they lie in place."""

    def put(self, name: str, key: str) -> None:
        self.number += 1
        self.world.sources[name].files[key] = b"%d" % self.number

    def remove(self, name: str, key: str) -> None:
        self.world.sources[name].files.pop(key, None)

    def empty(self, name: str, _: str) -> None:
        self.world.sources[name].files.clear()

    def template(self, name: str, template: str) -> None:
        self.world.templates[name] = template

    def switch(self, name: str, _: str) -> None:
        """From copying to in place, or back."""
        shelf = self.world.sources[name]
        shelf.lies = self.homes[name] if shelf.lies is None else None

    def deeper(self, name: str, _: str) -> None:
        """`root` or `prefix` is changed to the folder `d`."""
        shelf = self.world.sources[name]
        self.homes[name] += "d/"
        shelf.lies = shelf.lies and self.homes[name]
        shelf.files = {key[2:]: data for key, data in shelf.files.items() if key.startswith("d/")}
        self._renew(name)

    def higher(self, name: str, _: str) -> None:
        shelf = self.world.sources[name]
        if self.homes[name].endswith("/d/"):
            self.homes[name] = self.homes[name].removesuffix("d/")
            shelf.lies = shelf.lies and self.homes[name]
            shelf.files = {f"d/{key}": data for key, data in shelf.files.items()}
            self._renew(name)

    def filter(self, name: str, key: str) -> None:
        self.world.sources[name].left_out ^= {key}

    def rename(self, name: str, _: str) -> None:
        shelf = self.world.sources.pop(name)
        other = shelf.name = f"{name}'"
        self.world.sources |= {other: shelf}
        for settings_of in (self.world.templates, self.homes):
            settings_of[other] = settings_of.pop(name)
        self._renew(other)

    def _renew(self, name: str) -> None:
        """A file with another name may have the same bytes, which is unknown until they are read."""
        for key in self.world.sources[name].files if "sha256" in self.world.templates[name] else ():
            self.put(name, key)

    def drop(self, name: str, _: str) -> None:
        del self.world.sources[name]

    def delete(self, _: str, policy: str) -> None:
        self.world.delete = {"never": None, "mirror": timedelta(), "later": DAY}[policy]

    def limit(self, _: str, limit: str) -> None:
        self.world.limit = {"off": MostDeletes(1.0), "tight": MostDeletes(0.1, 1)}[limit]

    def wait(self, _: str, __: str) -> None:
        self.world.clock += DAY

    def planned(self) -> tuple[list[Line], list[str]]:
        """The plan's lines, and the errors."""
        with closing(open_catalogue(f"sqlite:///{self.file}")) as catalogue:
            catalogue.set_aside()
            scan = self.world.scan(catalogue=catalogue)
            lines = [
                line(action, "refused" if failed else None)
                for action, failed in rehearsal.steps(scan)
                if not (isinstance(action, Delete) and failed)
            ]
        return lines, [error.message for error in scan.errors]


def line(action: Action, word: str | None = None) -> Line:
    match action:
        case Copy(asset, _, reason):
            kind = "publish" if asset.in_place else "copy"
            return word or kind, asset.source, asset.key, reason
        case Recheck(entry, reason) | Forget(entry, reason):
            return type(action).__name__, entry.source, entry.key, reason
        case Delete(source, key, path, reason):
            return "delete", source, key, f"{path}: {reason}"
        case Keep(entry) | Refuse(entry):
            return "keep", entry.source, entry.key, ""
        case Leave(asset) | Identify(asset):
            return type(action).__name__, asset.source, asset.key, ""
        case _:
            raise AssertionError(action)


def done(world: World, summary: Summary) -> Counter[Line]:
    """Everything that a run did, except keeping files."""
    assert summary.exit in (0, 1, 3)
    return Counter(
        line(action, "refused" if isinstance(action, Copy) and action.reason == "refused" else None)
        for action, _ in world.told
    )


def agree(setting: Setting) -> Summary:
    """Asserts that the next run does what `plan` says now."""
    before = list(setting.world.catalogue.entries())
    planned, errors = setting.planned()
    assert list(setting.world.catalogue.entries()) == before, "plan changes nothing"
    summary = setting.world.run()
    kept = Counter(line for line in planned if line[0] == "keep")
    assert Counter(planned) - kept == done(setting.world, summary)
    assert kept.total() == summary.counts["kept"]
    told = Counter(line[0] for line in planned)
    counts = summary.counts
    assert told["copy"] == counts["copied"]
    assert told["publish"] == counts["in_place"]
    assert (told["delete"], told["Forget"]) == (counts["deleted"], counts["gone"])
    assert errors == [error.message for error in summary.errors]
    return summary


@contextmanager
def fresh() -> Iterator[Setting]:
    with (
        tempfile.TemporaryDirectory(prefix="syncer-test-") as folder,
        closing(open_catalogue(f"sqlite:///{folder}/syncer.db")) as catalogue,
    ):
        yield Setting(Path(folder), World(catalogue))


ALONE = ("empty", "switch", "deeper", "higher", "rename", "drop", "wait")
CHANGE = st.one_of(
    st.tuples(st.sampled_from(("put", "remove", "filter")), st.sampled_from(SOURCES), st.sampled_from(KEYS)),
    st.tuples(st.sampled_from(ALONE), st.sampled_from(SOURCES), st.just("")),
    st.tuples(st.just("template"), st.sampled_from(SOURCES), st.sampled_from(TEMPLATES)),
    st.tuples(st.just("delete"), st.just("a"), st.sampled_from(("never", "mirror", "later"))),
    st.tuples(st.just("limit"), st.just("a"), st.sampled_from(("off", "tight"))),
)


@settings(
    max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(
    st.lists(st.tuples(st.sampled_from(SOURCES), st.sampled_from(KEYS)), min_size=2, max_size=8),
    st.lists(st.lists(CHANGE, min_size=1, max_size=3), min_size=1, max_size=4),
)
def test_any_change_of_sources_is_planned_as_it_is_done(
    files: list[tuple[str, str]], rounds: list[list[tuple[str, str, str]]]
) -> None:
    with fresh() as setting:
        for name, key in files:
            setting.put(name, key)
        setting.delete("", "mirror")
        agree(setting)
        for changes in rounds:
            for what, name, value in changes:
                change: Callable[[str, str], None] = getattr(setting, what)
                if name in setting.world.sources:
                    change(name, value)
            note(str([(shelf.name, shelf.lies, [*shelf.files]) for shelf in setting.world.sources.values()]))
            agree(setting)


SWITCHES = {
    "copying to in place, or back": [("switch", "a", "")],
    "template": [("template", "a", "x/{key}")],
    "template of both": [("template", "a", "x/{key}"), ("template", "b", "y/{key}")],
    "template of the bytes": [("template", "a", "{sha256:12}"), ("put", "a", "1")],
    "root further down": [("deeper", "a", "")],
    "root further up": [("deeper", "a", ""), ("higher", "a", "")],
    "filter": [("filter", "a", "1")],
    "name": [("rename", "a", "")],
    "removed": [("drop", "a", "")],
    "emptied": [("empty", "a", "")],
    "in place, with another root": [("switch", "a", ""), ("deeper", "a", "")],
    "a path that another one leaves": [("template", "b", "x/{key}"), ("template", "a", "flat/{stem}")],
    "a file gone, another changed": [("remove", "a", "1"), ("put", "a", "2")],
}


@pytest.mark.parametrize("lies", [False, True], ids=["copies", "in place"])
@pytest.mark.parametrize("limit", ["off", "tight"])
@pytest.mark.parametrize("switch", SWITCHES)
def test_each_change_of_a_source_is_planned_as_it_is_done(switch: str, limit: str, *, lies: bool) -> None:
    with fresh() as setting:
        for number, key in enumerate(KEYS):
            setting.put(SOURCES[number % 2], key)
            setting.put("a", key)
        if lies:
            setting.switch("a", "")
        setting.delete("", "mirror")
        setting.limit("", limit)
        agree(setting)
        for what, name, value in SWITCHES[switch]:
            getattr(setting, what)(name, value)
        agree(setting)
        agree(setting)
