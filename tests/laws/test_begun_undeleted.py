"""A note of a run that died says nothing about an unpublished file that is still there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.home import Home
from tests.laws.test_begun import noted
from tests.names.test_undeleted import refused
from tests.sequences.world import photo

OLD, NEW = photo(1, 300), photo(2, 300)


@pytest.fixture(params=["clips/a.jpg", "old/a.jpg"])
def left(home: Home, request: pytest.FixtureRequest) -> Iterator[tuple[Home, str]]:
    """An unpublished file that is not deleted yet, at the asset's path or at one that the asset left."""
    path: str = request.param
    home.config["sources"]["clips"]["path"] = path.replace("a.jpg", "{key}")
    home.put("a.jpg", OLD)
    home.sync()
    if path == "old/a.jpg":
        home.config["sources"]["clips"]["path"] = "clips/{key}"
        home.sync()
    file = home.site.root / path
    with refused(file):
        assert home.syncer("unpublish", f"{home.site.url}{path}").code == 3
        yield home, path


@pytest.mark.parametrize("lost", [False, True])
def test_a_run_killed_before_the_new_bytes_came_leaves_the_order(
    left: tuple[Home, str], *, lost: bool
) -> None:
    home, path = left
    if lost:
        (home.media / "a.jpg").unlink()
        home.put("other.jpg", NEW)
    noted(home, "a.jpg", path, NEW)
    done = home.sync()
    assert done["exit_code"] == 3
    assert "unpublish.public" in {each["rule"] for each in done["findings"]}
    assert home.syncer("status", "--json").json["undeleted"] == [f"{home.site.url}{path}"]
    assert (home.site.root / path).read_bytes() == OLD
