"""A damaged catalogue: every command says so in one sentence, or answers as if nothing was wrong."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.catalogue.copies import beside
from syncer.model import State
from tests.home import Home, Ran
from tests.media import mp4

FILES = 120
LINK = "https://cdn.example.com/unknown.mp4"

ANSWERS = {
    "urls": (),
    "status": (),
    "plan": (),
    "sync": (),
    "check": (),
    "push": (),
    "tidy": (),
    "doctor": (),
    "migrate": ("links.txt", "--plan"),
}
"""Every command that looks into the catalogue."""
EXPENSIVE = ("doctor", "check")


@dataclass
class Published:
    """A home whose files are all published, and what its commands answer."""

    home: Home
    files: dict[str, bytes]
    """The catalogue's own, by name."""
    right: dict[str, Ran]
    public: set[str]

    def ask(self, command: str) -> Ran:
        return self.home.syncer(command, *ANSWERS[command])

    def put(self, files: dict[str, bytes]) -> None:
        for file in list(beside(self.home.folder / "syncer.db")):
            file.unlink()
        for name, content in files.items():
            (self.home.folder / name).write_bytes(content)

    def manifest(self) -> str:
        return (self.home.folder / "urls.csv").read_text()


@pytest.fixture
def published(home: Home, monkeypatch: pytest.MonkeyPatch) -> Published:
    monkeypatch.setenv("SYNCER_TEST_TOKEN", "none")
    home.config |= {"manifest": ["urls.csv"], "delete": "mirror", "max_delete": "100%", "catalogue_copies": 0}
    home.config["tiktok"] = {"access_token": "env:SYNCER_TEST_TOKEN"}
    for number in range(FILES):
        home.put(f"{number:03}.mp4", mp4(1000, number))
    (home.folder / "links.txt").write_text(f"{LINK}\n")
    assert home.sync()["exit_code"] == 0
    files = {file.name: file.read_bytes() for file in beside(home.folder / "syncer.db")}
    made = Published(home, files, {}, home.public())
    for command in ANSWERS:
        made.right[command] = made.ask(command)
        made.put(files)
    return made


def wrong(ran: Ran, right: Ran) -> str | None:
    """What is wrong with an answer about a catalogue that may be damaged; `None` if nothing is."""
    if "Traceback" in ran.err or "unexpected" in ran.err or "internal" in ran.err:
        return "a fault of syncer"
    if (ran.code, ran.out) == (right.code, right.out):
        return None
    if ran.code != 1:
        return f"another answer, with exit code {ran.code}"
    said = [line for line in ran.err.splitlines() if line.startswith("syncer: ")]
    if not said or not any("catalogue" in line or "database" in line for line in said):
        return "no sentence about the catalogue"
    return None


def test_flip(published: Published) -> None:
    import collections, time

    rng = random.Random(7)
    db = published.files["syncer.db"]
    print(len(db))
    bad = []
    t = collections.Counter()
    n = collections.Counter()
    names = list(ANSWERS)
    step = int(os.environ.get("STEP", "1500"))
    for turn, at in enumerate(range(0, len(db), step)):
        at = min(len(db) - 1, at + rng.randrange(step))
        damaged = bytearray(db)
        damaged[at] ^= rng.choice([0xFF, 1, 0x80, 0x20])
        for command in dict.fromkeys(["urls", names[turn % len(names)]]):
            published.put({"syncer.db": bytes(damaged)})
            b = time.time()
            ran = published.ask(command)
            t[command] += time.time() - b
            n[command] += 1
            right = published.right[command]
            if command == "doctor":
                ok = "unexpected" not in ran.err and ran.code in (0, 1)
                w = None if ok else ran.err
            else:
                w = wrong(ran, right)
            if w:
                bad.append((at, command, w, ran.code, ran.err[:300], ran.out[:200]))
            if published.public != published.home.public():
                bad.append((at, command, "DELETED"))
    print({c: t[c] / n[c] for c in t}, sum(t.values()))
    for b in bad:
        print(b)
    assert not bad
