"""A run over names that web servers act on: none of them is public, and what is public keeps its URL."""

from __future__ import annotations

import json

import pytest

from tests.home import Home
from tests.media import PNG, mp4, sample
from tests.names.polyglots import CODE, jpeg, known

RENAMED = {
    "shell.php": "shell_php.jpg",
    "double.php.jpg": "double_php.jpg",
    "x.php/photo.jpg": "x_php/photo.jpg",
    "photo.html": "photo_html.jpg",
    "sw.js": "sw_js.jpg",
    "x.cgi": "x_cgi.jpg",
    "y.asp;.jpg": "y_asp;.jpg",
    "z.php::$DATA": "z_php::$DATA.jpg",
    "noending": "noending.jpg",
    "album.final": "album.final.jpg",
    "as.mov": "as.mov.jpg",
}
KEPT = ("ok.jpg", "clip.v2.jpg", "2024.05.01.JPEG", "John.Smith.jpg")
REFUSED = (".htaccess", ".user.ini", "web.config", ".hidden/photo.jpg", "robots.txt", "CNAME")


def filled(home: Home) -> None:
    for number, name in enumerate((*RENAMED, *KEPT, *REFUSED)):
        home.put(name, jpeg(number))


def test_no_code_has_a_name_that_a_server_runs(home: Home) -> None:
    filled(home)
    done = home.sync()
    assert home.public() == {f"clips/{name}" for name in (*RENAMED.values(), *KEPT)}
    assert {key: item["path"] for key, item in home.manifest().items()} == {
        **{key: f"clips/{path}" for key, path in RENAMED.items()},
        **{key: f"clips/{key}" for key in KEPT},
    }, "under the original name as its key"
    troubles = home.troubles()
    assert troubles.keys() == set(REFUSED)
    for trouble in troubles.values():
        assert (trouble["code"], trouble["state"]) == ("destination.path", "failed")
    assert done["exit_code"] == 3
    assert CODE in home.site.get("clips/shell_php.jpg").content
    assert home.site.get("clips/shell_php.jpg").headers["content-type"] == "image/jpeg"


def test_the_next_run_knows_every_path_and_reads_nothing(home: Home) -> None:
    filled(home)
    home.sync()
    manifest, asked = home.manifest(), len(home.site.log())
    plan = home.syncer("plan", "--json").json["steps"]
    assert {step["action"] for step in plan} == {"refuse"}
    done = home.sync()
    assert done["counts"] == {"kept": len(RENAMED) + len(KEPT), "failed": len(REFUSED)}
    assert len(home.site.log()) == asked
    assert home.manifest() == manifest


def test_a_plan_says_what_has_to_be_looked_at(home: Home) -> None:
    home.put("photo.html", jpeg())
    (step,) = home.syncer("plan", "--json").json["steps"]
    assert (step["action"], step["reason"]) == ("look", "its name has no ending of media")


def test_a_plan_needs_no_ending_of_media_where_the_bytes_tell_the_path(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "{sha256:12}/{key}"
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    home.put("photo.html", jpeg())
    assert home.syncer("plan", "--json").json["counts"] == {"copy": 1}
    home.sync()
    home.put("photo.html", jpeg(2))
    assert home.syncer("plan", "--json").json["counts"] == {"copy": 1, "delete": 1}
    counts = home.sync()["counts"]
    assert (counts["copied"], counts["deleted"]) == (1, 1)


@pytest.mark.parametrize("first", ["photo.html", "photo_html.jpg"])
def test_of_two_keys_with_one_name_the_first_stays_and_both_are_named(home: Home, first: str) -> None:
    keys = {"photo.html": jpeg(1), "photo_html.jpg": jpeg(2)}
    home.put(first, keys.pop(first))
    home.sync()
    before = home.site.get("clips/photo_html.jpg").content
    ((other, content),) = keys.items()
    home.put(other, content)
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
        assert home.site.get("clips/photo_html.jpg").content == before
        message = home.troubles()[other]["message"]
        assert "clips:photo.html" in message
        assert "clips:photo_html.jpg" in message
        assert home.manifest().keys() == {first}


def test_two_new_keys_with_one_name_never_overwrite_each_other(home: Home) -> None:
    contents = {
        "photo.html": jpeg(1),
        "photo_html.jpg": jpeg(2),
        "photo.HTML": jpeg(3),
        "photo_HTML.jpg": jpeg(4),
    }
    for key, content in contents.items():
        home.put(key, content)
    assert home.sync()["counts"]["copied"] == 2
    assert home.public() == {"clips/photo_html.jpg", "clips/photo_HTML.jpg"}
    for key, item in home.manifest().items():
        assert home.site.fetch(item["url"]).content == contents[key]


def test_a_name_once_given_stays_when_the_bytes_become_another_type(home: Home) -> None:
    home.put("photo.html", jpeg())
    home.sync()
    home.put("photo.html", sample("café.webp"))
    done = home.sync()
    assert done["counts"]["copied"] == 1
    assert home.public() == {"clips/photo_html.jpg"}
    assert known(home, "photo.html").media_type == "image/webp"
    assert home.sync()["counts"] == {"kept": 1}


def test_a_hash_in_the_path_goes_with_the_rule_too(home: Home) -> None:
    home.config["sources"]["clips"]["path"] = "{slug}-{sha256:12}.{ext}"
    home.put("shell.php", jpeg())
    home.put("ok.mp4", mp4())
    home.sync()
    paths = {key: item["path"] for key, item in home.manifest().items()}
    assert paths["shell.php"].startswith("shell-php-")
    assert paths["shell.php"].endswith(".jpg")
    assert paths["ok.mp4"].endswith(".mp4")
    assert home.sync()["counts"] == {"kept": 2}


def test_what_is_no_media_has_no_public_name_whatever_is_published(home: Home) -> None:
    """`check.rejected: publish` is for media that the platform would refuse."""
    home.config["check"]["rejected"] = "publish"
    home.put("photo.png", PNG)
    home.put("other", PNG + b"1")
    home.put("page.html", b"<!doctype html><title>x</title>")
    home.put("page.mp4", b"<!doctype html><script>alert(1)</script>")
    home.put("notes.txt", b"text")
    home.put("data.json", json.dumps({"a": 1}).encode())
    home.put("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
    home.put("z.zip", b"PK\x03\x04" + bytes(100))
    home.put("unknown.mp4", bytes(range(256)))
    for counts in ({"copied": 2, "rejected": 7}, {"kept": 2, "rejected": 7}):
        done = home.sync()
        assert done["exit_code"] == 4
        assert {word: done["counts"].get(word) for word in counts} == counts
        assert home.public() == {"clips/photo.png", "clips/other.png"}
        troubles = {key: each for key, each in home.troubles().items() if each["code"] == "media.none"}
        assert len(troubles) == 7
        assert "text/html" in troubles["page.mp4"]["message"]
