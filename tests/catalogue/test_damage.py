"""With a damaged catalogue, every command prints one sentence about it, or the right answer."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.catalogue.copies import database_files
from syncer.errors import CatalogueError
from syncer.model import Entry, Facts, State
from tests.home import Home, Ran
from tests.media import mp4

FILES = 25

ANSWERS = {
    "urls": (),
    "status": (),
    "plan": (),
    "sync": (),
    "tidy": (),
    "push": (),
    "migrate": ("{folder}/links.txt", "--plan"),
    "check": (),
    "doctor": (),
}
"""Every command that looks into the catalogue."""


@dataclass
class Published:
    """A home whose files are all published, and what its commands answer."""

    home: Home
    files: dict[str, bytes]
    """The catalogue's own, by name."""
    right: dict[str, Ran]
    public: set[str]
    manifest: bytes

    def ask(self, command: str) -> Ran:
        arguments = [each.format(folder=self.home.folder) for each in ANSWERS[command]]
        return self.home.syncer(command, *arguments)

    def put(self, content: bytes) -> None:
        file = self.home.folder / "syncer.db"
        for each in list(database_files(file)):
            each.unlink()
        file.write_bytes(content)

    def answer(self, command: str) -> Ran:
        """The law: right, or one sentence with what to do and exit code 1; and nothing public is touched."""
        ran, right = self.ask(command), self.right[command]
        said = f"{command}: {ran}"
        assert not re.search("Traceback|unexpected|internal|sqlite3", ran.err + ran.out), said
        if (ran.code, steady(ran.out)) != (right.code, steady(right.out)):
            assert ran.code == 1, said
            assert_told(command, ran)
        assert self.home.public() == self.public, said
        assert (self.home.folder / "urls.txt").read_bytes() == self.manifest, said
        return ran


def assert_told(command: str, ran: Ran) -> None:
    if command == "doctor":
        lines = [line for line in ran.out.splitlines() if line.startswith("✗")]
        assert lines
        assert all(line.startswith("✗ catalogue: ") for line in lines), ran.out
        return
    lines = [line for line in ran.err.splitlines() if line.startswith("syncer: ")]
    assert len(lines) == 1, ran
    assert "syncer.db" in lines[0], ran
    assert "; " in lines[0], "what to do"


def steady(text: str) -> str:
    """Without what differs from call to call."""
    return re.sub(r"\d+ ms|[\d.]+ s\b|-[0-9a-f]{16}\b|[\d.]+ [kMG]B", "…", text)


@pytest.fixture
def published(home: Home, monkeypatch: pytest.MonkeyPatch) -> Published:
    monkeypatch.setenv("SYNCER_TEST_TOKEN", "none")
    home.config |= {"manifest": ["urls.txt"], "delete": "mirror", "max_delete": "100%"}
    home.config |= {"catalogue_copies": 0, "tiktok": {"access_token": "env:SYNCER_TEST_TOKEN"}}
    for number in range(FILES):
        home.put(f"{number:03}.mp4", mp4(1000, number))
    (home.folder / "links.txt").write_text("https://cdn.example.com/unknown.mp4\n")
    assert home.sync()["exit_code"] == 0
    content = (home.folder / "syncer.db").read_bytes()
    made = Published(home, {}, {}, home.public(), (home.folder / "urls.txt").read_bytes())
    for command in ANSWERS:
        made.right[command] = made.ask(command)
        made.put(content)
    made.files["syncer.db"] = content
    return made


def flips(content: bytes) -> Iterator[tuple[int, int]]:
    """Offsets and the bits to flip there: the file's header, each page's header, and some others."""
    chance = random.Random(9)  # noqa: S311 - guards nothing
    places = [*range(0, 100, 9), *range(4096, len(content), 8192), *chance.sample(range(len(content)), 30)]
    for place in places:
        yield place, chance.choice([0xFF, 1, 0x20, 0x80])


def test_a_flipped_byte_never_gives_a_traceback_a_wrong_answer_or_a_delete(published: Published) -> None:
    content, commands = published.files["syncer.db"], list(ANSWERS)
    for turn, (place, bits) in enumerate(flips(content)):
        damaged = bytearray(content)
        damaged[place] ^= bits
        for command in {"urls", commands[turn % len(commands)]}:
            published.put(bytes(damaged))
            published.answer(command)


def test_every_command_tells_of_a_damaged_catalogue(published: Published) -> None:
    """A file that is cut, one of garbage, and one with a changed letter in a URL."""
    content = published.files["syncer.db"]
    place = content.rindex(b"https://media.example.test/clips/007.mp4") + len("https://media.")
    for damaged in (
        content[: len(content) // 2],
        b"\0" * len(content),
        content[:place] + b"f" + content[place + 1 :],
    ):
        for command in ANSWERS:
            published.put(damaged)
            ran = published.answer(command)
            assert ran.code == 1
            assert "`syncer catalogue rebuild`" in (ran.out if command == "doctor" else ran.err)


# Every byte, in process: this is fast


def entry(number: int) -> Entry:
    path = f"clips/{number:03}.mp4"
    return Entry(
        "clips",
        f"{number:03}.mp4",
        State.PUBLISHED,
        version=f"v{number}",
        path=path,
        url=f"https://media.example.test/{path}",
        size=number,
        sha256="ab" * 32,
        facts=Facts(container="mp4", width=1080),
    )


def listed(file: Path) -> list[Entry]:
    with closing(open_catalogue(f"sqlite:///{file}", read_only=True)) as catalogue:
        return list(catalogue.entries(State.PUBLISHED))


@pytest.mark.scale
def test_no_flipped_byte_of_a_catalogue_changes_what_it_says(tmp_path: Path) -> None:
    """Every 61st bit; all of them were tried once. A change of free space has no effect."""
    file = tmp_path / "syncer.db"
    with closing(open_catalogue(f"sqlite:///{file}")) as catalogue:
        for number in range(60):
            catalogue.put(entry(number))
    content, right, noticed = file.read_bytes(), listed(file), 0
    for place in range(0, len(content), 61):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        file.write_bytes(damaged)
        try:
            assert listed(file) == right, place
        except CatalogueError as error:
            noticed += bool(error.hint)
    assert noticed > 100
