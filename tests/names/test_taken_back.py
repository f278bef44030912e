"""What an earlier syncer published under a bad name is found, moved, and deleted where that is safe."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.home import SIGNATURE, Home
from tests.media import mp4
from tests.names.polyglots import jpeg, known, published_before
from tests.servers.nginx import StartNginx

BAD = {
    "shell.php": "clips/shell.php",
    "double.php.jpg": "clips/double.php.jpg",
    "photo.html": "clips/photo.html",
}


@pytest.fixture
def before(home: Home) -> Home:
    """As an earlier syncer left it."""
    for number, key in enumerate((*BAD, "ok.jpg")):
        home.put(key, jpeg(number))
    home.sync()
    for key, path in BAD.items():
        published_before(home, key, path)
    return home


def test_check_finds_it(before: Home) -> None:
    ran = before.syncer("check", "--json")
    found = {
        result["url"]: [each for each in result["findings"] if each["rule"] == "name.obeyed"]
        for result in ran.json["results"]
    }
    assert ran.code == 4
    assert {url.removeprefix(before.site.url) for url, named in found.items() if named} == set(BAD.values())
    for named in found.values():
        assert all("syncer sync" in each["hint"] and "syncer unpublish" in each["hint"] for each in named)
    assert "[name.obeyed]" in before.syncer("check").out


def test_status_counts_it(before: Home) -> None:
    assert before.syncer("status", "--json").json["dangerous_names"] == 3
    assert "3 files have names that a web server may act on" in before.syncer("status").out


@pytest.mark.parametrize("delete", ["never", "mirror"])
def test_the_next_run_publishes_it_under_a_good_name_and_deletes_the_bad_one(
    before: Home, delete: str
) -> None:
    """Though nothing is to be deleted: what is public is a copy of what went on living."""
    before.config["delete"], before.config["max_delete"] = delete, "0%"
    steps = before.syncer("plan", "--json").json["steps"]
    assert Counter((step["action"], step["reason"]) for step in steps) == {
        ("copy", "moved"): 3,
        ("delete", "a web server may act on its name"): 3,
    }
    done = before.sync()
    assert (done["exit_code"], done["findings"]) == (0, [])
    assert done["counts"] == {"copied": 3, "kept": 1, "deleted": 3, "bytes": done["counts"]["bytes"]}
    assert before.public() == {
        f"clips/{name}.jpg" for name in ("shell_php", "double_php", "photo_html", "ok")
    }
    assert before.syncer("status", "--json").json["dangerous_names"] == 0
    assert before.syncer("check").code == 0
    assert before.sync()["counts"] == {"kept": 4}


def test_the_bad_one_stays_until_the_good_one_was_seen(before: Home, nginx: StartNginx) -> None:
    """Else nothing of it would be public at all."""
    blind = nginx(before.site.root, server="location ~ _ { return 404; }")
    sighted, before.site = before.site, blind
    before.config["origin"]["connect_to"] = blind.connect_to
    assert before.sync()["exit_code"] == 3
    assert set(BAD.values()) < before.public()
    before.config["origin"]["connect_to"] = sighted.connect_to
    assert before.sync()["exit_code"] == 0
    assert not set(BAD.values()) & before.public()


def test_a_harmless_name_without_an_ending_is_left_but_not_deleted(home: Home) -> None:
    """Somebody may be about to pull it."""
    home.put("clip", mp4())
    home.sync()
    published_before(home, "clip", "clips/clip")
    assert home.sync()["counts"]["copied"] == 1
    assert home.public() == {"clips/clip", "clips/clip.mp4"}
    assert home.sync()["counts"] == {"kept": 1}
    assert home.syncer("check").code == 0


def test_what_can_not_move_stays_and_is_reported_in_every_run(home: Home) -> None:
    """Gone from its source, or of a name that nothing makes good: only its owner may delete it."""
    home.put("gone.jpg", jpeg(1))
    home.put("ok.mp4", mp4())
    home.sync()
    published_before(home, "gone.jpg", "clips/gone.php")
    (home.media / "gone.jpg").unlink()
    for _ in range(2):
        done = home.sync()
        *_, finding = done["findings"]
        assert (finding["rule"], finding["severity"], finding["value"]) == ("name.obeyed", "warn", "1")
        assert "clips:gone.jpg at 'clips/gone.php'" in finding["message"]
        assert "syncer unpublish" in finding["hint"]
        assert "clips/gone.php" in home.public()
    assert "[name.obeyed]" in home.syncer("sync").out


def test_what_another_template_left_under_a_bad_name_is_found_and_deleted(before: Home) -> None:
    """Which the catalogue knows as a path that its asset left."""
    before.config["sources"]["clips"]["path"] = "new/{key}"
    results = before.syncer("check", "--json").json["results"]
    assert sum("name.obeyed" in str(result) for result in results) == 3
    before.sync()
    assert {path for path in before.public() if path.startswith("clips/")} == {"clips/ok.jpg"}


def test_a_file_of_somebody_else_is_never_touched(before: Home) -> None:
    (before.site.root / "clips/index.php").write_text("<?php // my own")
    (before.site.root / ".htaccess").write_text("Options -Indexes")
    before.sync()
    assert {"clips/index.php", ".htaccess"} < before.public()


def test_a_signature_page_is_no_bad_name(home: Home) -> None:
    page = home.folder / "tiktok_verify_12ab.html"
    page.write_text("<html>12ab</html>")
    home.sign()
    home.config["origin"]["signature_files"] = [page.name, SIGNATURE]
    assert home.syncer("bootstrap").code == 0
    home.put("a.mp4", mp4())
    done = home.sync()
    assert (done["exit_code"], done["findings"]) == (0, [])
    assert home.public() == {page.name, SIGNATURE, "clips/a.mp4"}
    assert home.syncer("check").code == 0


def test_a_published_file_that_todays_limits_refuse_is_found_too(before: Home) -> None:
    before.put("late.txt", jpeg(9))
    before.sync()
    published_before(before, "late.txt", "clips/late.phtml")
    before.put("late.txt", b"no photo any more")
    before.sync()
    assert known(before, "late.txt").state == "rejected"
    results = before.syncer("check", "--json").json["results"]
    (late,) = (result for result in results if result["url"].endswith("late.phtml"))
    assert [finding["rule"] for finding in late["findings"]] == ["name.obeyed"]


def test_who_has_the_good_name_keeps_it(home: Home) -> None:
    """Also where the other one is listed before it."""
    home.put("shell_php.jpg", jpeg(1))
    assert home.sync()["exit_code"] == 0
    home.put("shell.php.jpg", jpeg(2))
    for number in (3, 4):
        home.put("shell_php.jpg", jpeg(number))
        assert home.sync()["counts"]["copied"] == 1
        assert {key: told["code"] for key, told in home.troubles().items()} == {
            "shell.php.jpg": "plan.collision"
        }
