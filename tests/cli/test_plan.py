"""`plan`: what `sync` would do, and what it would refuse. It changes nothing."""

from __future__ import annotations

from tests.home import Home
from tests.media import PNG, mp4


def test_plan_says_what_sync_would_do_and_changes_nothing(synced: Home) -> None:
    synced.put("a.mp4", mp4(seed=9))
    synced.put("new.mp4", mp4(seed=8))
    (synced.media / "2024/b.mp4").unlink()
    (synced.media / "link.mp4").symlink_to("/etc/hostname")
    synced.config |= {"delete": "mirror", "max_delete": "100%"}
    public, catalogue = synced.public(), synced.syncer("status", "--json").json
    ran = synced.syncer("plan")
    assert ran.code == 3
    lines = {line.split()[0] + " " + line.split()[1]: line for line in ran.out.splitlines()}
    assert "(changed)" in lines["copy clips:a.mp4"]
    assert "(new)" in lines["copy clips:new.mp4"]
    assert "https://media.example.test/clips/new.mp4" in lines["copy clips:new.mp4"]
    assert "(gone from the source)" in lines["delete clips:2024/b.mp4"]
    assert "leaves" in lines["refuse clips:link.mp4"] or "link" in lines["refuse clips:link.mp4"]
    assert "keep clips:shot.png" not in lines
    assert synced.public() == public
    assert synced.syncer("status", "--json").json == catalogue
    everything = synced.syncer("plan", "--json", "--all").json
    assert everything["counts"] == {"copy": 2, "keep": 1, "refuse": 1, "delete": 1}
    assert len(everything["steps"]) == 5


def test_plan_reports_a_missing_source(synced: Home) -> None:
    synced.config["sources"]["more"] = {"kind": "local", "root": "nowhere"}
    ran = synced.syncer("plan", "--json")
    assert ran.code == 1
    assert ran.json["errors"][0]["code"].startswith("source.")


def test_plan_refuses_what_sync_would_refuse(home: Home) -> None:
    for number in range(5):
        home.put(f"{number}.mp4", mp4(seed=number))
    home.config["delete"] = "mirror"
    home.sync()
    for number in range(4):
        (home.media / f"{number}.mp4").unlink()
    ran = home.syncer("plan")
    assert ran.code == 1
    assert "4 of 5 published files (80.0%) would be deleted, over max_delete of 10% (at least 3)" in ran.err
    asked = home.syncer("plan", "--json")
    assert asked.code == 1
    assert asked.json["counts"] == {"keep": 1, "hold": 4}
    assert {step["action"] for step in asked.json["steps"]} == {"hold"}, "as `sync` deletes none of them"
    assert [error["code"] for error in asked.json["errors"]] == ["plan.unsafe"]
    assert home.sync()["errors"][0]["code"] == "plan.unsafe"


def test_plan_lists_urls_to_check_again(home: Home) -> None:
    home.put("a.mp4", mp4())
    home.sync()
    home.config["origin"]["url"] = home.config["origin"]["property"] = "https://new.example.test/"
    ran = home.syncer("plan")
    assert ran.out.splitlines()[0] == "recheck clips:a.mp4  (new URL)  https://new.example.test/clips/a.mp4"


def test_plan_lists_what_changed_limits_refuse(home: Home) -> None:
    home.config["check"]["rejected"] = "publish"
    home.put("shot.png", PNG)
    home.sync()
    home.config["check"]["rejected"] = "skip"
    ran = home.syncer("plan")
    assert ran.code == 0
    assert ran.out.startswith("reject  clips:shot.png  (")
