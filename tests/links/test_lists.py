"""Laws of a list: every row is a link, has a flaw that names it, or is counted; a broken list says where."""

from __future__ import annotations

import io
import json
import os
import sys
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from syncer.errors import SourceError
from syncer.sources.links import formats
from tests.links import asked
from tests.links.asked import listed

A, B, C = (f"https://cdn.example.com/{name}.mp4" for name in "abc")
PLAIN = [A, B, C]

LISTS = {
    "lines": ("l.txt", f"{A}\n{B}\n{C}\n"),
    "lines with comments": ("l.txt", f"# mine\n\n  {A}  \n   # more\n{B}\n\n{C}"),
    "lines of Windows": ("l.txt", f"{A}\r\n{B}\r\n{C}\r\n"),
    "lines of old Macs": ("l.txt", f"{A}\r{B}\r{C}\r"),
    "lines after a byte order mark": ("l.txt", f"\ufeff{A}\n{B}\n{C}\n"),
    "lines as people mark links": ("l.txt", f'<{A}>\n"{B}",\n_*{C}*_\n'),
    "lines without an ending": ("links", f"{A}\n{B}\n{C}\n"),
    "a table": ("l.csv", f"name,url\nx,{A}\ny,{B}\nz,{C}\n"),
    "a table of Excel": ("l.csv", f"sep=;\r\nname;Video URL\r\nx;{A}\r\ny;{B}\r\nz;{C}\r\n"),
    "a table after a byte order mark": ("l.csv", f"\ufeffurl\n{A}\n{B}\n{C}\n"),
    "a table of tabs": ("l.tsv", f"id\tlink\n1\t{A}\n2\t{B}\n3\t{C}\n"),
    "a table with quotes": ("l.csv", f'"a ""title""\nof two lines",URL\n"x, y","{A}"\n,"{B}"\nz,"{C}"\n'),
    "a table without a header": ("l.csv", f"x,{A}\ny,{B}\nz,{C}\n"),
    "one column, whatever its name": ("l.csv", f"films\n{A}\n{B}\n{C}\n"),
    "an array": ("l.json", json.dumps(PLAIN)),
    "an array with escapes": ("l.json", json.dumps(PLAIN).replace("/", "\\/").replace(".", "\\u002e")),
    "an array of objects": ("l.json", json.dumps([{"id": 1, "url": url} for url in PLAIN], indent=2)),
    "an object with an array": ("l.json", json.dumps({"n": 3, "items": [{"url": url} for url in PLAIN]})),
    "an array without an ending": ("links", json.dumps(PLAIN)),
    "lines of JSON": ("l.jsonl", "".join(f'{{"url": "{url}"}}\n\n' for url in PLAIN)),
    "lines of JSON without an ending": ("links", "".join(f'{{"url": "{url}"}}\n' for url in PLAIN)),
}


def put(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize(("name", "text"), LISTS.values(), ids=LISTS)
def test_links_are_found_in_every_format(tmp_path: Path, name: str, text: str) -> None:
    column = "Video URL" if "Video URL" in text else None
    assert [asset.locator for asset in listed(put(tmp_path, name, text), column=column)] == PLAIN


@pytest.mark.parametrize("name", ["l.txt", "l.csv"])
def test_a_list_in_utf_16_is_read_too(tmp_path: Path, name: str) -> None:
    text = f"url\r\n{A}\r\n{B}\r\n{C}\r\n".removeprefix("url\r\n" if name == "l.txt" else "")
    assert [asset.locator for asset in listed(put(tmp_path, name, text.encode("utf-16")))] == PLAIN


def test_the_column_that_is_told_is_taken_whatever_its_case(tmp_path: Path) -> None:
    file = put(tmp_path, "l.csv", f"url, Film \nhttps://no.example/,{A}\n")
    assert [asset.locator for asset in listed(file, column="film")] == [A]
    file = put(tmp_path, "plain", f"film\n{A}\n")
    assert [asset.locator for asset in listed(file, column="film")] == [A]
    file = put(tmp_path, "l.json", json.dumps([{"url": "https://no.example/", "film": A}]))
    assert [asset.locator for asset in listed(file, column="film")] == [A]


FLAWS = {
    "no URL": ("l.txt", f"{A}\nnonsense sig=hunter2\n", "line 2 of l.txt is not an http or https URL"),
    "another scheme": ("l.txt", "s3://raw/hunter2\n", "line 1 of l.txt is not an http or https URL"),
    "no host": ("l.txt", "https:///hunter2\n", "line 1 of l.txt is not an http or https URL"),
    "a wrong port": ("l.txt", "https://h:hunter2/\n", "line 1 of l.txt is not an http or https URL"),
    "too long": ("l.txt", f"{A}?{'x' * 9000}\n", "line 1 of l.txt is longer than 8192 characters"),
    "another encoding": ("l.txt", b"https://h/\xe9.mp4\n", "line 1 of l.txt is not UTF-8"),
    "a control character": (
        "l.txt",
        "https://h/\x01.mp4\n",
        "line 1 of l.txt has control characters in its URL",
    ),
    "in a table": ("l.csv", f"n,url\nx,{A}\n,hunter2\n", "line 3 of l.csv is not an http or https URL"),
    "in an array": ("l.json", json.dumps([A, 5]), "item 2 of l.json is not an http or https URL"),
    "in JSON lines": ("l.jsonl", f'"{A}"\n{{"hunter2\n', "line 2 of l.jsonl is not JSON"),
    "deep JSON": ("l.jsonl", "[" * 100_000, "line 1 of l.jsonl is not JSON"),
}


@pytest.mark.parametrize(("name", "text", "flaw"), FLAWS.values(), ids=FLAWS)
def test_a_row_that_is_no_link_has_a_flaw_that_names_it_and_the_rest_goes_on(
    tmp_path: Path, name: str, text: str | bytes, flaw: str
) -> None:
    assets = listed(put(tmp_path, name, text))
    assert [asset.flaw for asset in assets if asset.flaw] == [flaw]
    assert "hunter2" not in repr(assets)


def test_another_encoding_elsewhere_in_the_row_does_no_harm(tmp_path: Path) -> None:
    file = put(
        tmp_path, "l.csv", b"title,url\nCaf\xe9," + A.encode() + "\nCafé,".encode() + B.encode() + b"\n"
    )
    assert [asset.locator for asset in listed(file)] == [A, B]


def test_rows_without_a_link_are_counted_and_none_is_silent(tmp_path: Path) -> None:
    file = put(tmp_path, "l.csv", f"n,url\nx,{A}\ny,\n\nz\nw, \n")
    with closing(asked.source(list=file)) as source:
        assert [asset.locator for asset in source.assets()] == [A]
        (remark,) = source.remarks()
        assert (remark.rule, remark.message) == (
            "links.empty",
            "3 rows of the list have no link; the first is line 3 of l.csv",
        )
    file = put(tmp_path, "l.jsonl", f'{{"url": "{A}"}}\n{{"url": null}}\n')
    with closing(asked.source(list=file)) as source:
        assert len(list(source.assets())) == 1
        assert "1 row of the list has no link" in source.remarks()[0].message


BROKEN = {
    "no such column": (
        "l.csv",
        "name,film\nx,y\n",
        "film_url",
        'has no column "film_url"; it has name, film',
    ),
    "no column of links": (
        "l.csv",
        "name,film\nx,y\n",
        None,
        "has no column named url; it has name, film",
    ),
    "two of them": (
        "l.csv",
        "url,link\nx,y\n",
        None,
        "more than one column that may contain the links; it has url, link",
    ),
    "an odd name": ("l.csv", "na\x07me,b\nx,y\n", "c", "it has na\\x07me, b"),
    "no such key": ("l.json", '[{"a": 1, "b": 2}]', "url", 'has no column "url"; it has a, b'),
    "an open quote": ("l.csv", f'url\n{A}\n"x\ny\n', None, "line 4 is not CSV"),
    "no comma": ("l.json", f'["{A}"\n"{B}"]', None, "line 2 is not JSON: a comma or ] is missing"),
    "no end": ("l.json", f'["{A}",\n', None, "line 2 is not JSON"),
    "no JSON": ("l.json", f'["{A}",\n\nx]', None, "line 3 is not JSON"),
    "deep JSON": ("l.json", "[" + "[" * 100_000, None, "line 1 is not JSON"),
    "only a word": ("l.json", "links", None, "neither a JSON array nor an object"),
    "an object without an array": (
        "l.json",
        '{"a": 1}',
        None,
        "with 0 lists, but must contain exactly one list",
    ),
    "a broken object": ("l.json", '{"a": [\n}', None, "line 2 is not JSON"),
    "a deep object": ("l.json", '{"a": ' + "[" * 100_000, None, "nested too deep"),
    "an endless line": ("l.txt", "x" * 2_000_000, None, "line 1 is longer than 1048576 characters"),
    "half of UTF-16": ("l.txt", b"\xff\xfea\x00\x00", None, "it starts like UTF-16, but is not"),
}


@pytest.mark.parametrize(("name", "text", "column", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_list_says_what_and_where(
    tmp_path: Path, name: str, text: str | bytes, column: str | None, said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        listed(put(tmp_path, name, text), column=column)
    assert caught.value.code == "source.list"
    assert said in caught.value.message


def test_a_large_object_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "LONGEST_DOCUMENT", 1000)
    file = put(tmp_path, "l.json", json.dumps({"items": PLAIN * 100}))
    with pytest.raises(SourceError, match="write an array, or JSON lines"):
        listed(file)


@pytest.mark.parametrize("name", ["l.txt", "l.csv", "l.json", "l.jsonl"])
def test_an_empty_list_lists_nothing(tmp_path: Path, name: str) -> None:
    assert listed(put(tmp_path, name, "")) == []
    assert listed(put(tmp_path, "l.json", " [ ] ")) == []


def test_a_list_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    for file, code in ((tmp_path / "nowhere.txt", "source.missing"), (tmp_path, "source.io")):
        with pytest.raises(SourceError) as caught:
            listed(file)
        assert caught.value.code == code
        assert "check `list`" in (caught.value.hint or "")


def test_a_list_that_is_changed_while_it_is_read_is_no_complete_listing(tmp_path: Path) -> None:
    file = put(tmp_path, "l.txt", f"{A}\n{B}\n")
    with closing(asked.source(list=file)) as source:
        assets = source.assets()
        assert next(assets).locator == A
        with file.open("a") as more:
            more.write(f"{C}\n")
        os.utime(file, (1, 1))
        with pytest.raises(SourceError, match="was changed while it was read"):
            list(assets)


def test_standard_input_is_a_list_and_an_empty_one_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def piped(text: str) -> list[str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        with closing(asked.source(list="-")) as source:
            return [asset.locator for asset in source.assets()]

    assert piped(f"{A}\n{B}\n") == [A, B]
    assert piped(json.dumps(PLAIN)) == PLAIN
    with pytest.raises(SourceError) as caught:
        piped("")
    assert caught.value.code == "source.missing"


def test_links_of_the_config_follow_those_of_the_list(tmp_path: Path) -> None:
    with closing(asked.source(B, "nonsense", list=put(tmp_path, "l.txt", A))) as source:
        assets = list(source.assets())
    assert [asset.locator for asset in assets] == [A, B, ""]
    assert assets[2].flaw == "item 2 of urls is not an http or https URL"


@pytest.mark.scale
@pytest.mark.parametrize("name", ["l.txt", "l.csv", "l.json", "l.jsonl"])
def test_a_long_list_needs_little_memory(tmp_path: Path, name: str) -> None:
    """A table of 32 bytes a link, at least a third full, and twice that while it grows; and what is read."""
    rows = [f"https://cdn.example.com/a-folder-with-a-name/{number}.mp4" for number in range(5_000)]
    text = {
        "l.txt": "\n".join(rows),
        "l.csv": "\n".join(["url", *rows]),
        "l.json": json.dumps(rows),
        "l.jsonl": "\n".join(map(json.dumps, rows)),
    }
    file = put(tmp_path, name, text[name])
    del rows, text
    with closing(asked.source(list=file)) as source:
        tracemalloc.start()
        count = sum(1 for _ in source.assets())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 5_000
    assert peak < 2_500_000
