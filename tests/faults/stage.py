"""The stage of a case: a published state, new files at the source, and runs. One case at a time.

`kept.jpg` stays, `changed.jpg` has new bytes, `new.jpg` is new, and `gone.jpg` left the source and must be
deleted.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from tests.faults.nursery import Arm, Order
from tests.faults.pictures import jpeg
from tests.faults.places import Place, empty
from tests.faults.runs import Nursery, Ran, Running
from tests.faults.uploads import Mine

KEPT, CHANGED, NEW, GONE = "kept.jpg", "changed.jpg", "new.jpg", "gone.jpg"
OLD_MEDIA = {KEPT: jpeg(90_000, 1), CHANGED: jpeg(70_000, 2), GONE: jpeg(20_000, 3)}
NEW_MEDIA = {KEPT: OLD_MEDIA[KEPT], CHANGED: jpeg(95_000, 4), NEW: jpeg(30_000, 5)}

PATH = {"path": "{stem}.{ext}"}

IMPATIENCE: dict[str, Any] = {
    "timeouts": {"connect": "2s", "answer": "700ms", "rate": "20KB/s", "window": "600ms", "give_up": "3s"},
    "retry": {"attempts": 3, "wait": "50ms"},
}
"""The patience of a run with a fault, shorter than a user's. Other runs have the usual one."""
MORE_PATIENCE: dict[str, Any] = {
    "timeouts": {"connect": "8s", "answer": "3s", "rate": "20KB/s", "window": "3s", "give_up": "10s"},
    "retry": {"attempts": 3, "wait": "50ms"},
}
"""For a run that a busy machine ended before its fault."""


def name_of(key: str) -> str:
    """The key of a file; keys of links start with their host."""
    return key.rpartition("/")[2]


class Media(Protocol):
    """The source of media."""

    settings: dict[str, Any]

    def hold(self, media: dict[str, bytes]) -> None:
        """Replace all files by these."""


@dataclass
class Disk:
    """A folder of this machine as a source, by the kind in `settings`."""

    root: Path
    settings: dict[str, Any]

    def hold(self, media: dict[str, bytes]) -> None:
        self.root.mkdir(exist_ok=True)
        for path in self.root.iterdir():
            if path.name not in media or path.read_bytes() != media[path.name]:
                path.unlink()
        for name, content in media.items():
            if not (self.root / name).exists():
                (self.root / name).write_bytes(content)


@dataclass
class Stage:
    folder: Path
    nursery: Nursery
    source: Media
    place: Place
    origin: dict[str, Any]
    """`ca`, `connect_to` and other settings of the origin."""
    environment: dict[str, str] = field(default_factory=dict)
    old: dict[str, bytes] = field(default_factory=lambda: dict(OLD_MEDIA))
    new: dict[str, bytes] = field(default_factory=lambda: dict(NEW_MEDIA))
    more: dict[str, Any] = field(default_factory=dict)
    """Further settings."""
    beside: dict[str, bytes] = field(default_factory=dict)
    """Other files at the destination: signature files."""
    blind: bool = False
    """Whether the public side misbehaves, so that published files can't be seen."""
    mark: dict[str, bytes] = field(default_factory=dict)
    """The owner mark that `prepare` left."""
    mine: Mine | None = None
    """The user's own files, if they are published in place."""
    _held: dict[str, bytes] | None = None

    @property
    def state(self) -> Path:
        """The folder of the catalogue."""
        return self.folder / "state"

    @property
    def lists(self) -> Path:
        """The folder of the manifest."""
        return self.folder / "lists"

    @property
    def _template(self) -> Path:
        return self.folder / "template"

    def configure(self, **more: Any) -> None:
        config = {
            "origin": {
                "url": self.place.url,
                "property": self.place.url,
                "destination": self.place.settings,
                **self.origin,
            },
            "sources": {"clips": {**({} if self.mine else PATH), **self.source.settings}},
            "catalogue": "sqlite:///state/syncer.db",
            "manifest": ["lists/urls.json"],
            "check": {"recheck": None},
            "delete": "mirror",
            "max_delete": "100%",
            "workers": 1,
            **self.more,
            **more,
        }
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config))

    def prepare(self) -> None:
        """Publish the old media, then put the new files at the source."""
        for folder in (self.state, self.lists):
            folder.mkdir(exist_ok=True)
        self.source.hold(self.old)
        self.place.restore(self.beside)
        self.configure()
        ran = self.run("sync", "--json")
        assert ran.code == 0, ran.out + ran.err
        assert self.public() == self.old, ran.out + ran.err
        assert self.listed().keys() == self.old.keys(), ran.out + ran.err
        shutil.copytree(self.state, self._template / "state")
        shutil.copytree(self.lists, self._template / "lists")
        self.mark = self.place.mark()
        self.source.hold(self.new)

    def reset(self) -> None:
        """Restore the state before the run."""
        for folder in (self.state, self.lists):
            empty(folder)
            shutil.copytree(self._template / folder.name, folder, dirs_exist_ok=True)
        self.place.restore(self.old | self.beside | self.mark)

    def start(self, *arguments: str, arm: Arm | None = None, **others: Any) -> Running:
        order = Order(
            [arguments[0], "-c", str(self.folder / "config.yaml"), *arguments[1:]],
            str(self.folder),
            self.environment,
            arm,
            **others,
        )
        return self.nursery.start(order)

    def run(self, *arguments: str, arm: Arm | None = None, **others: Any) -> Ran:
        return self.start(*arguments, arm=arm, **others).wait()

    def sync(self, arm: Arm | None = None, **others: Any) -> Ran:
        return self.run("sync", "--json", "--log-format", "json", arm=arm, **others)

    # The present state

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nothing changes the destination meanwhile, so it is read only once."""
        self._held = self.place.public()
        try:
            yield
        finally:
            self._held = None

    def held(self) -> dict[str, bytes]:
        """All public files."""
        return self.place.public() if self._held is None else self._held

    def public(self) -> dict[str, bytes]:
        """The public files that syncer writes."""
        return {name: content for name, content in self.held().items() if name not in self.beside}

    def manifest(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = json.loads((self.lists / "urls.json").read_text())["items"]
        return items

    def manifest_written(self) -> bool:
        """Whether the manifest changed in the run."""
        files = (folder / "urls.json" for folder in (self.lists, self._template / "lists"))
        now, before = (file.read_bytes() if file.exists() else b"" for file in files)
        return now != before

    def known(self) -> dict[str, tuple[str, str | None]]:
        """State and sha256 of each asset in the catalogue; empty if it can't be read."""
        return {name: (state, sha) for name, state, sha, _ in self._entries()}

    def unlisted(self) -> set[str]:
        """Assets that the catalogue has a reason not to list: a look failed or took too long,
        or the link returned an empty file repeatedly.
        """
        reasons = '"origin.', '"media.empty"'
        return {name for name, _, _, found in self._entries() if any(reason in found for reason in reasons)}

    def _entries(self) -> list[tuple[str, str, str | None, str]]:
        try:
            with closing(sqlite3.connect(f"file:{self.state}/syncer.db?mode=ro", uri=True)) as db:
                rows = db.execute("SELECT key, state, sha256, findings FROM entry")
                return [(name_of(key), state, sha, findings) for key, state, sha, findings in rows]
        except sqlite3.Error:
            return []

    def listed(self) -> dict[str, str]:
        """The sha256 of each asset in the manifest."""
        return {name_of(item["key"]): item["sha256"] for item in self.manifest()}

    def litter(self) -> list[str]:
        lists = [path.name for path in self.lists.iterdir() if path.name != "urls.json"]
        return self.place.litter() + lists
