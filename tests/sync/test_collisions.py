"""Two assets on one path: the one that has it keeps it and stays up to date, and the other is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.home import Home
from tests.media import mp4


@pytest.mark.parametrize(("holder", "other"), [("a", "b"), ("b", "a")])
def test_whoever_has_a_path_goes_on_whichever_is_listed_first(home: Home, holder: str, other: str) -> None:
    home.config["sources"] = {
        name: {"kind": "local", "root": f"media/{name}", "path": "x/{key}"} for name in ("a", "b")
    }
    (home.media / other).mkdir()
    home.put(f"{holder}/1.mp4", mp4(seed=1))
    assert home.sync()["exit_code"] == 0
    home.put(f"{other}/1.mp4", mp4(seed=2))
    home.put(f"{holder}/1.mp4", mp4(seed=3, size=3000))
    for _ in range(2):
        done = home.sync()
        assert done["exit_code"] == 3
        assert f"{other}:1.mp4" in done["log"]
        assert served(home) == (holder, mp4(seed=3, size=3000))
    (home.media / holder / "1.mp4").unlink()
    assert home.sync()["exit_code"] == 0
    assert served(home) == (other, mp4(seed=2))


def served(home: Home) -> tuple[str, bytes]:
    """Whose URL the manifest lists, and what is there."""
    (item,) = home.manifest().values()
    return item["source"], (Path(home.site.root) / item["path"]).read_bytes()
