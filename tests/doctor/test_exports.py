"""The doctor sees what keeps an export from being complete, as a run does."""

from __future__ import annotations

from pathlib import Path

from tests.doctor.visit import visit
from tests.home import Home
from tests.media import mp4
from tests.sources.takeout.exports import make, part


def exported(home: Home, numbers: tuple[int, ...]) -> Path:
    exports = home.folder / "exports"
    exports.mkdir()
    home.config["sources"] = {"photos": {"kind": "takeout", "archives": "exports"}}
    for number in numbers:
        make(exports / part(number), {f"Takeout/Drive/{number}.mp4": mp4(2000, number)})
    return exports


def test_a_missing_part_is_named(healthy: Home) -> None:
    exported(healthy, (1, 2, 4))
    report = visit(healthy)
    assert report.code == 1
    assert (report.ill["name"], report.ill["code"]) == ("source photos", "source.incomplete")
    assert f"{part(3)} is missing" in report.ill["detail"]


def test_a_broken_part_is_named_and_a_whole_export_is_ok(healthy: Home) -> None:
    exports = exported(healthy, (1, 2))
    assert visit(healthy).by_name["source photos"]["state"] == "ok"
    whole = (exports / part(2)).read_bytes()
    for damage in (whole[:-30], b"<!doctype html><p>log in"):
        (exports / part(2)).write_bytes(damage)
        report = visit(healthy)
        assert report.ill["name"] == "source photos"
        assert part(2) in report.ill["detail"]
