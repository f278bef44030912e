"""A file in place that is not seen at its URL does not count as published, and not as stored by us."""

from __future__ import annotations

import pytest

from syncer.errors import Exit
from tests.in_place.ground import UPLOADS, Ground
from tests.media import mp4
from tests.servers.nginx import StartNginx

WALLS = {
    "login page": "types { } default_type text/html; return 200 '<title>Log in</title>';",
    "redirect": "return 301 https://elsewhere.example/;",
    "forbidden": "return 403;",
    "unavailable": "return 503;",
}


def walled(ground: Ground, nginx: StartNginx, wall: str, names: str = "[ab]") -> None:
    """The same root behind another server, which does not serve some files."""
    at = f"location ~ ^/{UPLOADS}{names} {{ {WALLS[wall]} }}"
    ground.home.site = nginx(ground.home.site.root, server=at)
    ground.home.config["origin"]["connect_to"] = ground.home.site.connect_to


@pytest.mark.parametrize("wall", WALLS)
def test_only_what_was_seen_counts_as_published(web: Ground, nginx: StartNginx, wall: str) -> None:
    web.upload(a=mp4(seed=1), b=mp4(seed=2), c=mp4(seed=3))
    walled(web, nginx, wall)
    ran = web.home.syncer("sync")
    assert ran.code == Exit.FAILED
    assert ran.out.startswith("nothing copied · 1 published in place · 2 not seen at their URL\n")
    assert "stored" not in ran.out
    assert web.home.manifest().keys() == {"c.mp4"}
    status = web.home.syncer("status").out
    assert "2 not seen" in status
    assert "stored" not in status
    again = web.home.sync()
    assert (again["exit_code"], again["counts"]) == (3, {"kept": 1, "rechecked": 2, "stored": 2, "unseen": 2})


@pytest.mark.parametrize("ails", ["tls", "unreachable"])
def test_where_no_url_can_be_seen_nothing_is_published(web: Ground, ails: str) -> None:
    web.upload(a=mp4(seed=1), b=mp4(seed=2))
    web.home.config["origin"] |= {"ca": None} if ails == "tls" else {"connect_to": "127.0.0.1:9"}
    done = web.home.sync()
    assert (done["exit_code"], done["counts"]) == (3, {"stored": 2, "unseen": 2})


def test_files_that_only_a_range_gets_are_not_published(web: Ground, nginx: StartNginx) -> None:
    """They were seen, and an answer without Range takes that back."""
    web.upload(a=mp4(seed=1), b=mp4(seed=2))
    web.home.site = nginx(web.home.site.root, location="if ($http_range = '') { return 403; }")
    web.home.config["origin"]["connect_to"] = web.home.site.connect_to
    done = web.home.sync()
    assert (done["exit_code"], done["listed"]) == (3, 0)
    assert +done["counts"].get("in_place", 0) == 0
    assert (done["counts"]["stored"], done["counts"]["unseen"]) == (2, 2)


def test_a_copy_that_is_not_seen_is_still_called_stored(web: Ground, nginx: StartNginx) -> None:
    web.home.config["sources"] = {"clips": {"kind": "local", "root": "media", "path": UPLOADS + "{key}"}}
    web.home.put("a.mp4", mp4())
    walled(web, nginx, "forbidden")
    assert "1 is not in the list: its URL did not answer right" in web.home.syncer("sync").out
