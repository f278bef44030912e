"""A warning about files that are gone says what then happens to their copies."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.mark.parametrize("by", ["flag", "config"])
@pytest.mark.parametrize(
    ("delete", "deleted", "said"),
    [
        ("mirror", 2, "`max_delete` is 100%, and the run deletes the copies, unless an error forbids it"),
        ("never", 0, "`max_delete` is 100%, and `delete` is never, so the copies stay"),
        ({"after": "36h"}, 0, "a run deletes the copies after the files were gone for 1.5 days"),
    ],
)
def test_the_warning_about_an_emptied_source_says_what_happens_to_its_copies(
    home: Home, by: str, delete: object, deleted: int, said: str
) -> None:
    home.config["delete"] = delete
    for number in range(2):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.sync()
    for path in home.media.iterdir():
        path.unlink()
    flags = ["--max-delete", "100%"] if by == "flag" else []
    if by == "config":
        home.config["max_delete"] = "100%"
        assert said in home.syncer("plan").out
    done = home.sync(*flags)
    assert done["counts"].get("deleted", 0) == deleted
    assert said in done["findings"][0]["hint"]
    assert "Nothing of it is deleted" not in home.syncer("status").out


def test_the_warning_about_gone_files_says_what_happens_to_their_copies(home: Home) -> None:
    for number in range(5):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.sync()
    for number, (delete, said) in enumerate(
        [
            ("never", "`delete` is never, so the copies stay"),
            ({"after": "1h"}, "a run deletes the copies after the files were gone for 1 hour;"),
            ("mirror", "the run deletes the copies, unless `max_delete` or an error forbids it"),
        ]
    ):
        home.config["delete"] = delete
        (home.media / f"{number}.mp4").unlink()
        (finding,) = home.sync()["findings"]
        assert said in finding["hint"]
    assert len(home.public()) == 2
