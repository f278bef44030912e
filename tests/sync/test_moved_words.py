"""Messages about another destination are true, also if nothing was published or nothing answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.home import Home
from tests.media import mp4


def moves(home: Home) -> list[dict[str, Any]]:
    return [each for each in home.sync()["findings"] if each["rule"] == "destination.moved"]


@pytest.mark.parametrize("held", ["nothing", "a file that is refused", "a file that failed"])
def test_nothing_is_said_where_nothing_was_published(home: Home, held: str) -> None:
    if held == "a file that is refused":
        home.put("a.mp4", b"")
    if held == "a file that failed":
        home.config["origin"]["destination"]["root"] = "/dev/null/here"
        home.put("a.mp4", mp4())
    home.sync()
    (home.folder / "elsewhere").mkdir()
    home.config["origin"]["destination"]["root"] = str(home.folder / "elsewhere")
    assert moves(home) == []


@pytest.mark.parametrize("root", ["elsewhere", "config.yaml/nowhere"])
def test_a_message_never_claims_what_was_not_done(home: Home, root: str) -> None:
    for number in range(2):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.sync()
    (home.folder / "elsewhere").mkdir()
    home.config["origin"]["destination"]["root"] = str(home.folder / root)
    (told,) = moves(home)
    assert (
        "syncer first looks for all 2 published files at the new destination"
        " and then copies the missing files" in told["message"]
    )
    assert "was looked for" not in told["message"]
    assert told["value"] == "2"
