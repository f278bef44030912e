"""`status`: the assets and the last run."""

from __future__ import annotations

import tracemalloc
from contextlib import closing, redirect_stdout
from io import TextIOBase

import pytest

from syncer import cli
from syncer.catalogue import open_catalogue
from syncer.model import Entry, Failed, State
from tests.home import Home
from tests.media import PNG


def test_status_before_the_first_run(home: Home) -> None:
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")):
        pass
    ran = home.syncer("status")
    assert ran.code == 0
    assert "none yet" in ran.out


def test_status_of_a_run_that_was_killed(home: Home) -> None:
    from datetime import UTC, datetime

    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        catalogue.begin_run(datetime.now(UTC))
    assert "has not ended: it is still running, or was killed" in home.syncer("status").out


def test_status_says_each_cause_once_with_its_number_and_lists_all_if_asked(synced: Home) -> None:
    for number in range(30):
        synced.put(f"{number:02}.png", PNG)
    synced.sync()
    ran = synced.syncer("status")
    assert "2 published, 31 rejected" in ran.out
    assert ran.out.count("✗") == 1
    assert "✗ 31 assets, such as clips:" in ran.out
    assert synced.syncer("status", "--all").out.count("✗") == 31
    assert len(synced.syncer("status", "--json").json["troubles"]) == 31


def test_status_lists_unseen_assets_and_problems_without_a_hint(home: Home) -> None:
    with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
        catalogue.put(Entry("clips", "a", State.STORED, path="a"))
        catalogue.put(Entry("clips", "b", State.FAILED, error=Failed("source.cut", "cut off")))
    lines = home.syncer("status").out.splitlines()
    assert lines[-4:] == [
        "  ? clips:a",
        "      not seen at its URL yet",
        "  ! clips:b",
        "      cut off [source.cut]",
    ]


@pytest.mark.scale
@pytest.mark.parametrize("command", ["status", "plan"])
def test_json_output_needs_constant_memory(home: Home, command: str) -> None:
    failed = Failed("source.cut", "cut off " * 50)
    home.config["delete"] = "mirror"
    home.syncer("plan")
    peaks = []
    for numbers in (range(500), range(500, 2500)):
        with closing(open_catalogue(f"sqlite:///{home.folder / 'syncer.db'}")) as catalogue:
            for number in numbers:
                url = f"https://media.example.test/{number}"
                catalogue.put(
                    Entry("clips", f"{number}.mp4", State.PUBLISHED, path=str(number), url=url, error=failed)
                )
        tracemalloc.start()
        with redirect_stdout(Counting()) as counting:
            cli.run([command, "--json", "-c", str(home.folder / "config.yaml")])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert counting.count > 500_000
    assert peaks[1] < peaks[0] * 1.2


class Counting(TextIOBase):
    """A stream that only counts."""

    count = 0

    def write(self, text: str) -> int:
        self.count += len(text)
        return len(text)
