"""`syncer unpublish` looks at the URL of a file after it was deleted: a cache may still serve it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.home import Home
from tests.media import mp4
from tests.names.test_undeleted import refused
from tests.servers.nginx import HOST, Site, StartNginx
from tests.servers.ports import free_port

LONG = 300_000
"""Bytes; more than a look reads."""


@pytest.fixture
def synced(home: Home) -> Home:
    for number, key in enumerate(("a.mp4", "b.mp4", "c.mp4")):
        home.put(key, mp4(LONG if number == 1 else 2000, seed=number))
    assert home.sync()["listed"] == 3
    return home


def behind_a_cache(home: Home, nginx: StartNginx) -> Site:
    """Another nginx keeps what it has answered once."""
    front = nginx(
        home.site.root,
        http=f"proxy_cache_path {home.site.root.parent}/cache keys_zone=kept:1m use_temp_path=off;",
        server=(
            f"location ~ ^/clips {{ proxy_pass https://127.0.0.1:{home.site.port}; proxy_cache kept; "
            f"proxy_cache_valid 200 1h; proxy_set_header Host {HOST}; "
            "add_header X-Cache-Status $upstream_cache_status; }"
        ),
    )
    home.config["origin"]["connect_to"] = front.connect_to
    return front


def unpublished(home: Home, *names: str, code: int) -> dict[str, Any]:
    """What it says of each, by key."""
    ran = home.syncer("unpublish", "--json", *names)
    assert ran.code == code, ran
    assert ran.json["failed"] == []
    assert not {f"clips/{name}" for name in names} & home.public()
    assert not set(names) & home.manifest().keys()
    return {each["key"]: each for each in ran.json["unpublished"]}


@pytest.mark.parametrize("name", ["a.mp4", "b.mp4"])
def test_a_file_that_a_cache_still_serves_is_told_with_what_to_do(
    synced: Home, nginx: StartNginx, name: str
) -> None:
    behind_a_cache(synced, nginx)
    synced.config["check"]["recheck"] = "0s"
    assert synced.sync()["exit_code"] == 0
    told = unpublished(synced, name, code=3)[name]
    assert (told["served"], told["code"]) == (True, "unpublish.cached")
    assert "still answers 200 with the file (x-cache-status: HIT): a cache keeps it" in told["message"]
    again = unpublished(synced, name, code=3)[name]
    assert (again["code"], again["message"]) == (told["code"], told["message"]), "it looks at the URL again"
    assert "purge this URL" in told["hint"]
    ran = synced.syncer("unpublish", "c.mp4")
    assert ran.code == 3
    lines = ran.out.splitlines()
    assert lines[0] == f"✗ clips:c.mp4  https://{HOST}/clips/c.mp4 is deleted"
    assert "[unpublish.cached]" in lines[1]
    assert "purge this URL" in lines[2]


def test_the_sync_that_deletes_it_later_says_so_too(synced: Home, nginx: StartNginx) -> None:
    front = behind_a_cache(synced, nginx)
    with refused(*(synced.site.root / "clips" / name for name in ("a.mp4", "b.mp4"))):
        assert synced.syncer("unpublish", "a.mp4", "b.mp4").code == 3
    assert front.get("clips/a.mp4").status_code == 200
    done = synced.sync()
    assert (done["exit_code"], done["counts"]["deleted"]) == (3, 2)
    assert {each["rule"] for each in done["findings"]} == {"unpublish.cached"}
    assert any("clips/a.mp4 still answers 200 with the file" in each["message"] for each in done["findings"])
    assert "purge this URL" in done["findings"][0]["hint"]
    assert not {"clips/a.mp4", "clips/b.mp4"} & synced.public()


def test_a_url_that_can_not_be_asked_is_unknown_and_not_taken_for_gone(synced: Home) -> None:
    synced.config["origin"]["connect_to"] = f"127.0.0.1:{free_port()}"
    synced.config["retry"] = {"attempts": 1}
    told = unpublished(synced, "a.mp4", "b.mp4", code=3)
    assert {each["served"] for each in told.values()} == {None}
    assert {each["code"] for each in told.values()} == {"unpublish.unseen"}
    assert all("it is unknown whether" in each["message"] for each in told.values())
    ran = synced.syncer("unpublish", "c.mp4")
    assert (ran.code, ran.out.splitlines()[0][0]) == (3, "!")


@pytest.mark.parametrize(
    "location",
    [
        "",
        "return 403;",
        "return 410;",
        "error_page 404 =200 /page.html;",
    ],
)
def test_an_answer_without_the_file_means_that_it_is_gone(
    synced: Home, nginx: StartNginx, location: str
) -> None:
    (synced.site.root / "page.html").write_text("<!doctype html><title>Not here</title>")
    synced.config["origin"]["connect_to"] = nginx(synced.site.root, location=location).connect_to
    assert unpublished(synced, "a.mp4", code=0)["a.mp4"]["served"] is False
    assert synced.syncer("unpublish", "b.mp4").out == (
        f"✓ clips:b.mp4  https://{HOST}/clips/b.mp4 is deleted\n"
    )


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("error_page 404 =200 /other.jpg;", "it answers 200 with other bytes"),
        ("return 302 https://cdn.example.test/a.mp4;", "it answers 302"),
        ("return 503;", "it answers 503"),
    ],
)
def test_an_answer_that_proves_nothing_is_unknown(
    synced: Home, nginx: StartNginx, location: str, said: str
) -> None:
    """Other media may be the file in another size, and a redirect may lead to it."""
    (synced.site.root / "other.jpg").write_bytes(mp4(seed=99))
    synced.config["origin"]["connect_to"] = nginx(synced.site.root, location=location).connect_to
    synced.config["retry"] = {"attempts": 1}
    told = unpublished(synced, "a.mp4", code=3)["a.mp4"]
    assert told["served"] is None
    assert said in told["message"]


def test_what_a_cache_serves_at_an_old_path_is_unknown(synced: Home, nginx: StartNginx) -> None:
    """The catalogue does not know its bytes any more."""
    synced.config["sources"]["clips"]["path"] = "new/{key}"
    assert synced.sync()["exit_code"] == 0
    front = behind_a_cache(synced, nginx)
    assert front.get("clips/a.mp4").status_code == 200
    old = {name: f"https://{HOST}/clips/{name}" for name in ("a.mp4", "b.mp4")}
    ran = synced.syncer("unpublish", "--json", *old.values())
    assert ran.code == 3
    assert {each["key"]: each["served"] for each in ran.json["unpublished"]} == {
        "a.mp4": None,
        "b.mp4": False,
    }
    assert synced.public() >= {"new/a.mp4", "new/b.mp4"}
