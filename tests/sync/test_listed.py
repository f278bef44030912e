"""A manifest lists no URL of an earlier origin, or outside the property."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import StartNginx

pytestmark = pytest.mark.usefixtures("quick_retries")


def test_a_manifest_lists_no_url_of_an_origin_before(home: Home, nginx: StartNginx) -> None:
    home.put("a.mp4", mp4())
    home.put("b.mp4", mp4(seed=1))
    home.sync()
    (home.media / "a.mp4").unlink()
    other = nginx(home.site.root, host="cdn.example.test")
    home.config["origin"] |= {"url": other.url, "property": other.url, "connect_to": other.connect_to}
    assert home.sync()["exit_code"] == 0
    assert {record["url"] for record in home.manifest().values()} == {
        "https://cdn.example.test/clips/a.mp4",
        "https://cdn.example.test/clips/b.mp4",
    }


def test_a_manifest_lists_nothing_that_the_property_left(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    home.config["origin"]["property"] = f"{home.site.url}other/"
    assert home.sync()["exit_code"] == 3
    assert home.manifest() == {}
