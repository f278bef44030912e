"""The manifests, as other programs read them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from syncer import manifest
from syncer.errors import SyncerError
from syncer.manifest import atomic
from syncer.model import Entry, Facts, Finding, Severity, State

NOW = datetime(2026, 1, 2, 4, 4, 5, tzinfo=timezone(timedelta(hours=1)))
REJECT = Finding("media.size", Severity.REJECT, "too large")
WARN = Finding("origin.range", Severity.WARN, "no ranges")
FULL = Entry(
    "clips",
    'a "b", é\n.mp4',
    State.PUBLISHED,
    version="v1",
    path="clips/a.mp4",
    url="https://media.example.test/clips/a.mp4",
    size=3,
    sha256="ab" * 32,
    media_type="video/mp4",
    verified_by="etag-md5",
    facts=Facts(container="mp4", width=360, height=640, duration_s=1.5, fps=30.0, video_codec="h264"),
    findings=(REJECT, WARN),
    published_at=NOW,
    checked_at=NOW,
)
BARE = Entry("clips", "b", State.PUBLISHED, path="b", url="https://media.example.test/b")
HEADING: dict[str, object] = {"origin": "https://media.example.test/", "count": 2}

RECORD = {
    "url": "https://media.example.test/clips/a.mp4",
    "source": "clips",
    "key": 'a "b", é\n.mp4',
    "path": "clips/a.mp4",
    "size": 3,
    "sha256": "ab" * 32,
    "content_type": "video/mp4",
    "width": 360,
    "height": 640,
    "duration_s": 1.5,
    "fps": 30.0,
    "container": "mp4",
    "video_codec": "h264",
    "audio_codec": None,
    "version": "v1",
    "verified_by": "etag-md5",
    "published_at": "2026-01-02T03:04:05Z",
    "checked_at": "2026-01-02T03:04:05Z",
    "accepted": False,
    "findings": ["media.size", "origin.range"],
    "in_place": False,
}


def write(folder: Path, *names: str, entries: tuple[Entry, ...] = (FULL, BARE)) -> list[Path]:
    files = [folder / name for name in names]
    manifest.write_atomically(files, lambda: iter(entries), HEADING)
    return files


def test_json_wraps_the_records(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "urls.json")
    read = json.loads(file.read_text())
    assert {name: read[name] for name in HEADING} == HEADING
    assert list(read) == [*HEADING, "items"]
    assert read["items"][0] == RECORD
    assert list(read["items"][0]) == list(RECORD)
    assert read["items"][1]["accepted"] is None


def test_json_of_nothing_is_json(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "urls.json", entries=())
    assert json.loads(file.read_text())["items"] == []


def test_every_line_of_jsonl_is_a_record(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "urls.jsonl")
    lines = file.read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0]) == RECORD


def test_csv_has_the_same_names_and_the_unknown_empty(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "urls.csv")
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == list(RECORD)
    expected = {name: "" if value is None else str(value) for name, value in RECORD.items()}
    assert rows[0] == expected | {
        "findings": "media.size origin.range",
        "accepted": "false",
        "in_place": "false",
    }
    assert rows[1]["accepted"] == rows[1]["size"] == rows[1]["findings"] == ""


def test_txt_is_one_url_a_line(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "urls.txt")
    assert file.read_text() == f"{FULL.url}\n{BARE.url}\n"


def test_a_manifest_can_be_read_by_others_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (file,) = write(tmp_path, "urls.json")
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["urls.json"]


def test_no_manifest_changes_unless_all_are_complete(tmp_path: Path) -> None:
    """The entries fail half-way through the second file."""
    files = write(tmp_path, "urls.json", "urls.csv")
    before = [file.read_text() for file in files]
    calls = 0

    def entries() -> Iterator[Entry]:
        nonlocal calls
        calls += 1
        yield BARE
        if calls == 2:
            raise SyncerError("the catalogue is gone")

    with pytest.raises(SyncerError):
        manifest.write_atomically(files, entries, HEADING)
    assert [file.read_text() for file in files] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["urls.csv", "urls.json"]


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SyncerError, match="No such file or directory") as caught:
        write(tmp_path / "missing", "urls.json")
    assert caught.value.code == "manifest"


def test_a_timestamp_is_utc() -> None:
    assert manifest.timestamp(NOW) == "2026-01-02T03:04:05Z"
    assert manifest.timestamp(None) is None
    assert manifest.timestamp(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"


def test_what_a_killed_run_left_is_written_over(tmp_path: Path) -> None:
    """Even if it is a link: nothing is written through it."""
    (tmp_path / "other").write_text("precious")
    atomic.staged(tmp_path / "urls.json").symlink_to("other")
    (file,) = write(tmp_path, "urls.json")
    assert json.loads(file.read_text())["items"]
    assert (tmp_path / "other").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "urls.json"]


def test_the_target_of_a_link_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    for name, target in (("urls.json", "www/feed.json"), ("urls.txt", "www/urls.txt")):
        (tmp_path / name).symlink_to(target)
    (tmp_path / "www/feed.json").write_text("old")
    for file in write(tmp_path, "urls.json", "urls.txt"):
        assert file.is_symlink()
        assert FULL.url is not None
        assert FULL.url in file.read_text()
    assert sorted(path.name for path in (tmp_path / "www").iterdir()) == ["feed.json", "urls.txt"]
    atomic.staged(tmp_path / "urls.txt").touch()
    assert list(manifest.tidy([tmp_path / "urls.txt"])) == [tmp_path / "www/.urls.txt.syncer-part"]


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir])
def test_only_a_file_or_a_device_is_written_to(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "urls.csv")
    (tmp_path / "urls.json").symlink_to("/dev/null")
    before = (tmp_path / "urls.csv").lstat()
    with pytest.raises(SyncerError, match=r"urls[.]csv can't be written: it is neither a file nor"):
        write(tmp_path, "urls.json", "urls.csv")
    assert write(tmp_path, "urls.json")[0].is_char_device()
    assert (tmp_path / "urls.csv").lstat().st_ino == before.st_ino


def test_a_manifest_named_twice_is_written_once(tmp_path: Path) -> None:
    assert write(tmp_path, "urls.txt", "urls.txt")[0].read_text().count("\n") == 2


def test_json_has_nothing_for_a_terminal_to_act_on(tmp_path: Path) -> None:
    """Letters of every language stay readable."""
    nasty = Entry("clips", "é 日\x9b31m\x7f\u202e\U000e0001", State.PUBLISHED, path="x", url=BARE.url)
    for name in ("urls.json", "urls.jsonl"):
        (file,) = write(tmp_path, name, entries=(nasty,))
        text = file.read_text()
        assert "é 日" in text
        assert all(line.isprintable() for line in text.split("\n"))
        (line,) = [line for line in text.splitlines() if line.startswith('{"url"')]
        assert json.loads(line)["key"] == nasty.key
