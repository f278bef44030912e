"""The doctor tries the folders of the sources' paths, and the listing of the destination."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.doctor.visit import visit
from tests.home import Home
from tests.servers.lacking_sftp import ANSWERS, FSYNC, HANG_UP, POSIX_RENAME, STATVFS, Manners, lacking


@contextmanager
def serving(home: Home, manners: Manners) -> Iterator[None]:
    with lacking(home.site.root, manners) as settings:
        told = {key: str(value) if isinstance(value, Path) else value for key, value in settings.items()}
        home.config["origin"]["destination"] = {"kind": "sftp", "root": "/", **told}
        yield


def without(home: Home, verb: str) -> AbstractContextManager[None]:
    return serving(home, Manners({verb: ANSWERS["denied"]}))


@pytest.mark.parametrize(
    ("path", "folder"), [(None, "clips"), ("media/{source}/{slug}.{ext}", "media"), ("v-{stem}/a.{ext}", "")]
)
def test_a_folder_that_can_not_be_created_is_named(healthy: Home, path: str | None, folder: str) -> None:
    """If all paths lead there, nothing can be published."""
    if path:
        healthy.config["sources"]["clips"]["path"] = path
    with without(healthy, "mkdir"):
        report = visit(healthy)
        found = report.by_name["folders"]
        assert found["code"] == "destination.denied"
        assert "create the folder '" in found["detail"]
        if folder:
            assert (report.code, found["state"]) == (1, "not ok")
            assert f"'{folder}'" in found["detail"]
            assert f"create '{folder}' there by hand" in found["hint"]
        else:
            assert (report.code, found["state"]) == (0, "warn")
            assert "need a new folder" in found["detail"]


def test_a_folder_made_by_hand_is_enough_for_flat_paths(healthy: Home) -> None:
    (healthy.site.root / "clips").mkdir()
    with without(healthy, "mkdir"):
        assert visit(healthy).by_name["folders"]["state"] == "warn"
        healthy.config["sources"]["clips"]["path"] = "clips/{slug}.{ext}"
        report = visit(healthy)
    assert (report.code, report.having("warn")) == (0, [])
    assert report.by_name["folders"]["detail"] == "files can be written in clips"


def test_a_file_where_a_folder_belongs_is_named(healthy: Home) -> None:
    (healthy.site.root / "clips").write_bytes(b"a file")
    report = visit(healthy)
    assert (report.ill["name"], report.ill["code"]) == ("folders", "destination.in_the_way")
    assert "clips" in report.ill["detail"]


def test_a_destination_without_listing_is_a_warning(healthy: Home) -> None:
    with without(healthy, "opendir"):
        report = visit(healthy)
    assert (report.code, report.having("warn")) == (0, ["listing"])
    assert "syncer tidy" in report.by_name["listing"]["hint"]


@pytest.mark.parametrize("verb", [FSYNC, POSIX_RENAME, STATVFS, "lstat", "realpath", "fstat", "fsetstat"])
def test_a_server_that_hangs_up_at_an_optional_request_is_ok(healthy: Home, verb: str) -> None:
    manners = Manners({FSYNC: 8, STATVFS: 8} | {verb: HANG_UP}, (POSIX_RENAME, FSYNC, STATVFS))
    with serving(healthy, manners):
        report = visit(healthy)
    assert (report.code, report.having("not ok"), report.having("skipped")) == (0, [], [])
    assert manners.asked.count(verb) <= 1
