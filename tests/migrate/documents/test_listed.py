"""Laws of links that are not replaced: each one that plainly leads to media is listed with the reason."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.migrate.documents import LinkKind, Occurrence, open_document, other_forms

LINK = "https://cdn.example/a.mp4"
NEW = "https://m.example/1.mp4"


def listed(text: str, format_: str | None = None, column: str | None = None) -> tuple[list[Occurrence], str]:
    """Links that can't be replaced, and the new document."""
    stream, out = io.BytesIO(text.encode()), io.BytesIO()
    document = open_document("it", stream, format_, column)
    found = [
        each
        for each in document.links(stream)
        if each.hindrance and (each.listed or each.kind is not LinkKind.OTHER)
    ]
    document.rewrite(stream, out, lambda _: NEW)
    return found, out.getvalue().decode()


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ('<img src="//cdn.example/p.jpg"><video src=//cdn.example/a.mp4>', 2),
        ("url(//cdn.example/p.jpg), '//cdn.example/q.webp?w=3'", 2),
        ('{"u": "\\/\\/cdn.example\\/a.mp4"}', 1),
        ("id,u\n1,https%3A%2F%2Fcdn.example%2Fa.mp4\n2,HTTP%3a%2f%2fcdn.example%2fb.jpg%3Fw%3D1\n", 2),
        ("<a href='https&#58;//cdn.example/a.mp4'> https&#x3A;//cdn.example/b.mp4", 2),
        ("VIDEO=s3://bucket/z.mp4\ngs://bucket/z.jpg, ftp://host/z.mov", 3),
        ("// cdn.example/p.jpg\n//cdn.example/page a//cdn.example/b.jpg s3://bucket/z.csv", 0),
        ("https://x.example/?next=https%3A%2F%2Fy.example%2Fa.txt&s=s3://b/c.txt", 0),
    ],
)
def test_a_link_to_media_in_a_form_that_is_never_replaced_is_listed(text: str, urls: int) -> None:
    found, after = listed(text)
    assert len(found) == urls
    assert all(each.listed and "https://" in str(each.hindrance) for each in found)
    assert after == text or not urls
    for step in (1, 7, 50):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(other_forms, "STEP", step)
            patched.setattr(other_forms, "LONGEST", 60)
            assert listed(text)[0] == found


@pytest.mark.parametrize("spelled", ["https\\u003a//", "https\\u003A\\u002f\\u002F", "\\u0068ttps:\\/\\/"])
def test_an_escaped_colon_is_read(spelled: str) -> None:
    text = json.dumps({"u": LINK, "v": f"see {LINK}"}).replace("https://", spelled)
    found, after = listed(text, "json")
    assert (found, json.loads(after)) == ([], {"u": NEW, "v": f"see {NEW}"})


CELLS = st.sampled_from(
    [
        *("", " ", LINK, f"see {LINK}", f"{LINK},{LINK}", "//cdn.example/a.mp4", "cdn.example/a.mp4"),
        *("s3://b/a.mp4", "https%3A%2F%2Fcdn.example", "n/a", 'a "b"', "two\nlines", "谢谢"),
    ]
)


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6),
    column=st.integers(0, 2),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_each_cell_of_a_column_is_replaced_or_listed_or_empty(
    rows: list[list[str]], column: int, end: str
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([["a", "b", "c", "d"], *rows])
    found, after = listed(text.getvalue(), "csv", "abc"[column])
    cells = [row[column] for row in rows if len(row) > column]
    new = [row[column] for row in csv.reader(io.StringIO(after, newline="")) if len(row) > column][1:]
    assert new == [cell.replace(LINK, NEW) for cell in cells]
    assert [each.url for each in found] == [
        each.strip() for each in cells if each.strip() and LINK not in each
    ]


def test_the_heading_of_a_column_is_no_cell() -> None:
    assert [each.url for each in listed("sep=;\r\nid;u\r\n1;x\r\n", "csv", "U")[0]] == ["x"]
    assert [each.url for each in listed("id,u\n1,x\n", "csv", "2")[0]] == ["x"]
    assert [each.url for each in listed(f"{LINK},7\nx,8\n", "csv", "1")[0]] == ["x"]


def test_each_value_of_a_key_is_replaced_or_listed() -> None:
    values = ["//cdn.example/a.mp4", LINK, "", None, ["n/a", LINK, {"u": "x", "v": "y"}], 7]
    found, after = listed(json.dumps([{"u": value} for value in values]), "json", "u")
    assert [each.url for each in found] == ["//cdn.example/a.mp4", "n/a", "x"]
    assert after.count(NEW) == 2


@pytest.mark.parametrize(
    ("start", "format_"),
    [('{"u": "', "json"), ('{"u": "see ', "json"), ('a,"', "csv"), ("INSERT INTO t VALUES ('", "sql")],
)
@pytest.mark.parametrize("end", [8, 15, 22, len(LINK)])
def test_a_link_that_the_document_cuts_off_is_listed(start: str, format_: str, end: int) -> None:
    text = start + LINK[:end]
    found, after = listed(text, format_)
    assert after == text
    assert [each.listed for each in found] == [True] * (end > 8)
    assert listed(f"{start}{LINK} and so", format_) == ([], f"{start}{NEW} and so")


@pytest.mark.parametrize("format_", ["text", "json", "csv", "sql"])
@pytest.mark.parametrize("step", [1, 60, 1 << 18])
def test_each_link_has_the_line_where_it_stands(
    format_: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_forms, "STEP", step)
    monkeypatch.setattr(other_forms, "LONGEST", 60)
    quote = {"json": '"', "csv": '"', "sql": "'"}.get(format_, "")
    end = {"sql": "),\n("}.get(format_, ",\n")
    cells = [
        "x",
        f"see {LINK}",
        "//cdn.example/p.jpg",
        "",
        f"{LINK} {LINK}",
        "x",
        "//cdn.example/q.jpg",
        LINK,
    ]
    text = end.join(f"{quote}{cell}{quote}" for cell in cells)
    stream = io.BytesIO((f"INSERT INTO t VALUES ({text});\n" if format_ == "sql" else f"[{text}]").encode())
    found = list(open_document("it", stream, format_).links(stream))
    assert [each.line for each in found] == [2, 5, 5, 8, 3, 7]
    lines = stream.getvalue().split(b"\n")
    assert all(each.offset >= len(b"\n".join(lines[: each.line - 1])) for each in found)
