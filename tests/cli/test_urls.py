"""`urls`: one per line, or in the formats of the manifest."""

from __future__ import annotations

import csv
import io

from tests.home import Home


def test_urls_prints_one_a_line(synced: Home) -> None:
    urls = ["https://media.example.test/clips/2024/b.mp4", "https://media.example.test/clips/a.mp4"]
    assert synced.syncer("urls").out.splitlines() == urls
    assert synced.syncer("urls", "2024/*").out.splitlines() == urls[:1]
    assert synced.syncer("urls", "clips/a*").out.splitlines() == urls[1:]
    assert synced.syncer("urls", "nothing").out == ""


def test_urls_prints_the_formats_of_the_manifest(synced: Home) -> None:
    rows = list(csv.DictReader(io.StringIO(synced.syncer("urls", "--format", "csv").out)))
    assert [row["key"] for row in rows] == ["2024/b.mp4", "a.mp4"]
    assert synced.syncer("urls", "--json", "a.mp4").json["count"] == 1
