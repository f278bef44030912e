"""Manifests are read as they were written, and damage affects only its own line."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer import manifest
from syncer.errors import SyncerError
from syncer.manifest.records import Record, records
from syncer.model import Entry, State

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = ["a.mp4", 'é, "q"\n{1}.mp4', "c.mp4"]
ENTRIES = [
    Entry(
        "clips",
        key,
        State.PUBLISHED,
        version=f"v{number}",
        path=f"clips/{key}",
        url=f"https://media.example.test/clips/{number}",
        size=1000 + number,
        sha256=f"{number}" * 64,
        media_type="video/mp4",
        published_at=NOW,
    )
    for number, key in enumerate(KEYS)
]


@pytest.fixture(params=["json", "jsonl", "csv"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made = tmp_path / f"urls.{request.param}"
    manifest.write_atomically(
        [made], lambda: ENTRIES, {"origin": "https://media.example.test/", "count": len(ENTRIES)}
    )
    return made


def test_a_manifest_is_read_as_it_was_written(file: Path) -> None:
    assert list(records([file]).values()) == [
        Record(
            "clips",
            entry.key,
            entry.path or "",
            entry.url or "",
            entry.size or 0,
            entry.sha256 or "",
            "video/mp4",
            entry.version,
            published_at=NOW,
        )
        for entry in ENTRIES
    ]


def test_a_damaged_line_costs_itself(file: Path) -> None:
    text = file.read_text()
    for damage in ("z" * 64, "22"):
        file.write_text(text.replace("2" * 64, damage))
        assert [record.key for record in records([file]).values()] == KEYS[:2]


def test_of_a_manifest_that_was_cut_the_rest_is_read(file: Path) -> None:
    text = file.read_text()
    for end in range(0, len(text), 7):
        file.write_text(text[:end])
        for found in records([file]).values():
            assert found.key in KEYS
            assert found.url == ENTRIES[KEYS.index(found.key)].url or file.suffix == ".csv"


def test_a_file_that_is_no_manifest_has_no_records(file: Path, tmp_path: Path) -> None:
    for content in (b"", b"\xff\xfe\0garbage", b"[" * 100_000, b'{"items": [1, null, []]}', b"null"):
        file.write_bytes(content)
        assert records([file]) == {}
    assert records([tmp_path / "none.json", tmp_path / "urls.txt"]) == {}


def test_the_first_that_has_something_is_taken(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    manifest.write_atomically([other], lambda: [replace(ENTRIES[0], size=7)], {})
    assert len(records([tmp_path / "none.json", file, other])) == 3
    assert [record.size for record in records([other, file]).values()] == [7]


def test_one_that_another_program_laid_out_anew_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "urls.json"
    manifest.write_atomically([file], lambda: ENTRIES, {"origin": "x"})
    file.write_text(json.dumps(json.loads(file.read_text()), indent=4))
    assert len(records([file])) == 3


def test_one_that_can_not_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "urls.json").mkdir()
    with pytest.raises(SyncerError) as caught:
        records([tmp_path / "urls.json"])
    assert caught.value.code == "manifest"
