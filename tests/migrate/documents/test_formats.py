"""Laws of each format: for its own reader, only the links change."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.errors import ConfigError
from syncer.migrate.documents import FORMATS, open_document, prose, window

LINK = "https://b.s3.amazonaws.com/clip.mp4?X-Amz-Expires=60&X-Amz-Signature=1"
NEW = "https://m.example/a,b;c|d.mp4"
OPTIONS = settings(max_examples=3 * settings().max_examples, deadline=None)

WORDS = [
    "",
    "x",
    "é“",
    "it's",
    'a "b"',
    "1,2;3",
    "two\nlines",
    "C:\\dir\\",
    "12:30",
    "http:",
    "//",
    "-- no",
    "/*",
]
TEXTS = st.lists(st.sampled_from([*WORDS, LINK, f"({LINK})", f"[x]({LINK})."]), max_size=4).map(" ".join)


def rewritten(text: bytes, format_: str, column: str | None = None) -> bytes:
    stream, out = io.BytesIO(text), io.BytesIO()
    open_document("it", stream, format_, column).rewrite(
        stream, out, lambda url: NEW if url == LINK else None
    )
    return out.getvalue()


def swapped(text: str, new: str = NEW) -> str:
    return text.replace(LINK, new)


TABLES = st.lists(st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=5)


def table(rows: list[list[str]], delimiter: str, quoting: int, end: str) -> bytes:
    told = io.StringIO(newline="")
    writer = csv.writer(told, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows([["first", "second", "third", "fourth"], *rows])
    return told.getvalue().encode()


def read(text: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter))


def encoded(text: str, delimiter: str) -> str:
    """A cell without quotes can't contain the delimiter, unless the whole cell can be quoted."""
    return text if text == NEW else text.replace(NEW, NEW.replace(delimiter, f"%{ord(delimiter):02X}"))


@given(
    rows=TABLES,
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    column=st.sampled_from([None, "first", "third", "2"]),
)
@OPTIONS
def test_a_table_changes_only_in_links_of_the_column(
    rows: list[list[str]], delimiter: str, quoting: int, end: str, column: str | None
) -> None:
    """With the delimiters, quotes, line ends and uneven rows of Python's csv."""
    before = table(rows, delimiter, quoting, end)
    after = rewritten(before, "csv", column)
    wanted = {None: range(4), "first": [0], "third": [2], "2": [1]}[column]
    expected = [
        [swapped(cell) if at in wanted else cell for at, cell in enumerate(row)]
        for row in read(before, delimiter)
    ]
    found = read(after, delimiter)
    assert [[encoded(cell, delimiter) for cell in row] for row in found] == [
        [encoded(cell, delimiter) for cell in row] for row in expected
    ]


JSONS = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | st.just("url"), inner, max_size=4),
    max_leaves=15,
)


def in_strings(value: object, change: Callable[[str], str]) -> object:
    match value:
        case str():
            return change(value)
        case list():
            return [in_strings(each, change) for each in value]
        case dict():
            return {change(key): in_strings(each, change) for key, each in value.items()}
    return value


def under(value: object, key: str, *, wanted: bool = False) -> object:
    match value:
        case str():
            return swapped(value) if wanted else value
        case list():
            return [under(each, key, wanted=wanted) for each in value]
        case dict():
            return {name: under(each, key, wanted=name == key) for name, each in value.items()}
    return value


def spellings(value: object) -> list[str]:
    plain = json.dumps(value, ensure_ascii=False)
    return [
        plain,
        json.dumps(value),
        json.dumps(value, indent=2, separators=(" ,", " : ")),
        plain.replace("/", "\\/").replace("&", "\\u0026"),
        plain.replace("/", "\\u002f"),
    ]


@given(value=JSONS, way=st.integers(0, 4))
@OPTIONS
def test_json_changes_only_in_links(value: object, way: int) -> None:
    text = spellings(value)[way]
    assert json.loads(rewritten(text.encode(), "json")) == in_strings(value, swapped)


@given(value=JSONS, way=st.integers(0, 4))
@OPTIONS
def test_json_changes_only_in_links_under_the_key(value: object, way: int) -> None:
    """In its list, at any depth; in an object inside, only under the same key again."""
    text = spellings([value, {"url": None}])[way]
    assert json.loads(rewritten(text.encode(), "json", "url")) == under([value, {"url": None}], "url")


@pytest.mark.parametrize(
    "key", ["url", "\\u0075rl", "u\\u0072L", '\\u00FCrl/\\ud83c\\udfac\\n\\"', 'ürl\\/🎬\\n\\"']
)
def test_a_key_is_found_in_any_spelling(key: str) -> None:
    text = f'{{"{key}" :["{LINK}", {{"k": "{LINK}"}}, 1, "{LINK}"], "a{key}": "{LINK}"}}'
    after = json.loads(rewritten(text.encode(), "json", json.loads(f'"{key}"')))
    assert list(after.values()) == [[NEW, {"k": LINK}, 1, NEW], LINK]


@given(rows=TABLES)
@OPTIONS
def test_a_dump_of_sqlite_changes_only_in_links(rows: list[list[str]]) -> None:
    """As SQLite reads it: a backslash is no escape there."""
    with sqlite3.connect(":memory:") as made:
        made.execute("CREATE TABLE t (a, b, c, d)")
        made.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [(row * 4)[:4] for row in rows])
        text = "PRAGMA foreign_keys=OFF;\n" + "\n".join(made.iterdump())
        expected = [tuple(map(swapped, row)) for row in made.execute("SELECT * FROM t")]
    made.close()
    read = sqlite3.connect(":memory:")
    read.executescript(rewritten(text.encode(), "sql").decode())
    found = read.execute("SELECT * FROM t").fetchall()
    read.close()
    assert found == expected


def mysql(text: str) -> str:
    return "'" + re.sub(r"['\"\\]", r"\\\g<0>", text).replace("\n", "\\n") + "'"


def unescaped(literal: str) -> str:
    return re.sub(r"\\(.)|''", lambda found: {"n": "\n"}.get(found[1], found[1] or "'"), literal[1:-1])


@given(
    rows=TABLES,
    comment=st.sampled_from(["-- don't\n", "# don't\n", "/* don't */", "/*!40101 SET a='b' */;", "`a'b`"]),
)
@OPTIONS
def test_a_dump_of_mysql_changes_only_in_links(rows: list[list[str]], comment: str) -> None:
    values = ",\n".join("(" + ",".join(map(mysql, row)) + ")" for row in rows)
    head = f"{comment}\nINSERT INTO `t` VALUES "
    after = rewritten((head + values + ";\n").encode(), "sql").decode()
    assert after.startswith(head)
    literals = re.findall(r"'(?:[^'\\]|\\.|'')*'", after.removeprefix(head))
    assert [unescaped(each) for each in literals] == [swapped(cell) for row in rows for cell in row]


PIECES = st.one_of(
    st.binary(max_size=12).map(lambda data: data.replace(b"\0", b"")),
    st.sampled_from(
        [each.encode() for each in [*WORDS, LINK, f'"{LINK}"', f"'{LINK} x'", "\r", "\n", "\t", '"', "'"]]
    ),
    st.sampled_from(
        [
            b'{"url":[',
            b"]}",
            b"\nCOPY t FROM stdin;\n",
            b"\n\\.\n",
            b"https:\\/\\/x.example\\/1.mp4",
            b's:9:"',
        ]
    ),
)


@given(pieces=st.lists(PIECES, max_size=30), format_=st.sampled_from(FORMATS), step=st.integers(1, 40))
@OPTIONS
def test_the_size_of_a_read_makes_no_difference(pieces: list[bytes], format_: str, step: int) -> None:
    text = b"".join(pieces)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    expected = rewritten(text, format_)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(window, "STEP", step)
        assert rewritten(text, format_) == expected


@given(pieces=st.lists(PIECES, max_size=60), step=st.integers(1, 40), most=st.integers(1, 80))
@OPTIONS
def test_the_memory_limit_makes_no_difference(pieces: list[bytes], step: int, most: int) -> None:
    """With links of at most 100 bytes, so that much is decided before the end is read."""
    text = b"".join(pieces)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(prose, "REACH", 100)
        expected = rewritten(text, "text")
        patched.setattr(window, "STEP", step)
        patched.setattr(window, "MOST", most)
        assert rewritten(text, "text") == expected


@given(
    pieces=st.lists(PIECES, max_size=30),
    format_=st.sampled_from(FORMATS),
    step=st.integers(1, 40),
    most=st.integers(1, 80),
)
@OPTIONS
def test_without_replacements_every_byte_stays_with_any_memory_limit(
    pieces: list[bytes], format_: str, step: int, most: int
) -> None:
    text = b"".join(pieces)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(window, "STEP", step)
        patched.setattr(window, "MOST", most)
        stream, out = io.BytesIO(text), io.BytesIO()
        document = open_document("it", stream, format_)
        found = [link.url for link in document.links(stream)]
        document.rewrite(stream, out, lambda url: url)
        assert out.getvalue() == text
        seen: list[str] = []
        document.rewrite(stream, io.BytesIO(), seen.append)
        assert len(seen) <= len(found)


def test_nul_bytes_are_refused_at_any_position() -> None:
    stream = io.BytesIO(b"x" * (3 * window.STEP) + b"\0")
    document = open_document("it.txt", stream)
    with pytest.raises(ConfigError, match=r"^it\.txt is not a text file: it contains NUL bytes"):
        document.rewrite(stream, io.BytesIO(), lambda _: None)


def test_endlessly_nested_lists_are_refused() -> None:
    stream = io.BytesIO(b'{"url":' + b"[" * 200_000)
    with pytest.raises(ConfigError, match=r"^it\.json is nested deeper than"):
        list(open_document("it.json", stream, column="url").links(stream))


@pytest.mark.parametrize(
    "text", ['{"a":"', '{"url":', '{"url":[', '{"url":["x', '{"url":["x"', '{"url', '{"url"', "", '"']
)
def test_cut_json_stays_unchanged(text: str) -> None:
    text = f'[{{"url":"{LINK}"}},{text}'
    assert rewritten(text.encode(), "json", "url").decode() == swapped(text)
