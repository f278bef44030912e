"""Law: no message about a document shows the query of a link."""

from __future__ import annotations

import json

import pytest

from tests.home import Home
from tests.migrate.stash import Stash, stash

__all__ = ["stash"]  # a fixture

SECRET = "5ec2e7ab1e"
S3 = f"https://raw.s3.amazonaws.com/a,b.mp4?X-Amz-Credential=AK%2F1,x&X-Amz-Signature={SECRET}"
AZURE = f"https://u:{SECRET}@x.blob.core.windows.net/c/f.mp4?sv=2023-01-03&sig={SECRET}"
BARE = f"cdn.example.com/clip.mp4?Signature={SECRET}"

LINKS = pytest.mark.parametrize("link", [S3, AZURE, BARE])


@LINKS
@pytest.mark.parametrize("name", ["one.txt", "one.csv", "one.tsv", "one", f"f.mp4?sig={SECRET}.csv"])
def test_a_first_line_that_is_a_link_is_not_shown_as_column_names(home: Home, link: str, name: str) -> None:
    file = home.folder / name
    file.write_text(f"{link}\n{link}\n")
    ran = home.syncer("migrate", str(file), "--column", "url")
    assert ran.code == 2
    assert 'has no column "url"' in ran.err
    assert SECRET not in ran.out + ran.err
    assert ("is read as CSV, because of --column" in ran.err) is (name in ("one.txt", "one"))
    if "://" in link:
        assert "its first line has links instead of column names" in ran.err


@LINKS
def test_keys_and_columns_that_are_links_are_not_shown(home: Home, link: str) -> None:
    short = link[link.index(".") - 3 :][-58:]
    document = home.folder / "a.json"
    document.write_text(json.dumps([{"id": 1, short: 2, "posts": 3}]))
    ran = home.syncer("migrate", str(document), "--column", "url")
    assert 'has no key "url"; it has id, posts' in ran.err
    assert SECRET not in ran.out + ran.err
    ran = home.syncer("migrate", str(document), "--column", link)
    assert SECRET not in ran.out + ran.err
    (home.folder / "l.csv").write_text(f"id,{link}\n1,2\n")
    for column in ("film", f"{link}2"):
        home.config["sources"] = {"old": {"kind": "links", "list": "l.csv", "column": column}}
        ran = home.syncer("plan")
        assert "the list l.csv has no column" in ran.err + ran.out
        assert SECRET not in ran.out + ran.err


@LINKS
@pytest.mark.parametrize("content", [None, b"\0", b"\xff\xfeh", b'{"a": 1}'])
def test_a_link_in_place_of_a_file_is_not_shown(home: Home, link: str, content: bytes | None) -> None:
    """It is in the shell's history anyway, but it must not be in a log."""
    if content is not None:
        link = link.rpartition("/")[2]
        (home.folder / link).write_bytes(content)
        link = str(home.folder / link)
    ran = home.syncer("migrate", link, "--column", "url")
    assert ran.code == 2
    assert SECRET not in ran.out + ran.err
    ran = home.syncer("migrate", link, "--output", f"/dev/null/{SECRET}?sig={SECRET}")
    assert SECRET not in ran.err.replace(f"/dev/null/{SECRET}", "")


@pytest.mark.parametrize("name", ["links.txt", "links"])
def test_a_column_by_its_number_needs_no_header(stash: Stash, name: str) -> None:
    """The hint says so."""
    links = [f"https://127.0.0.1:9/{number}.mp4?X-Amz-Signature={SECRET}" for number in range(2)]
    file = stash.write(name, "".join(f"{link}\n" for link in links))
    refused = stash.migrate(file, "--column", "url")
    assert "such as --column 1" in refused.err
    planned = stash.migrate(file, "--column", "1", "--plan")
    assert planned.code == 0
    assert "2 links, in 2 places" in planned.out
