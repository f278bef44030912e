"""Laws of documents: each link is found with its meaning, and no other byte changes."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.errors import ConfigError
from syncer.migrate.documents import FORMATS, Document, open_document
from syncer.migrate.documents.forms import PLAIN

A = "https://b.s3.amazonaws.com/a/clip.mp4?X-Amz-Expires=60&X-Amz-Signature=1"
B = "https://cdn.example/films/b.mp4"
NEW = "https://m.example/x/1.mp4"


def opened(text: str | bytes, format_: str = "text", column: str | None = None) -> tuple[Document, IO[bytes]]:
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return open_document("it", stream, format_, column), stream


def links(text: str | bytes, format_: str = "text", column: str | None = None) -> list[str]:
    document, stream = opened(text, format_, column)
    return [found.url for found in document.links(stream)]


def rewritten(
    text: str | bytes,
    format_: str = "text",
    replace: Callable[[str], str | None] = lambda _: NEW,
    column: str | None = None,
) -> bytes:
    document, stream = opened(text, format_, column)
    out = io.BytesIO()
    document.rewrite(stream, out, replace)
    return out.getvalue()


# Text around the link; {} is the link.
IN_TEXT = (
    "{}",
    "see {}, or {}.",
    "({}) [x]({}) <{}>",
    "'{}' \"{}\" `{}`",
    "{},{};{}",
    "**{}** *{}*",
    "“{}” «{}»",
    "url={}\nkey: {}\n- {}\n",
    "日本{}、語{}。",
    '<a href="{}">{}</a>',
    "{}!\r\n{}?",
    "_{}_ __{}__ ~{}~ ~~{}~~ ***{}*** _*{}*_ **_{}_**.",
    "_see {}_, ~not {}~; (*{}*) (_{}_)",
    "- *{}*\n- _{}_\n> ~{}~\n",
    "&lt;{}&gt; &quot;{}&quot; &#39;{}&#39; <{}|a.mp4>",
    "\u200b{}\u200b \u2068{}\u2069 {}\ufeff",
)


@pytest.mark.parametrize("around", IN_TEXT)
@pytest.mark.parametrize("link", [A, B])
def test_the_text_around_a_link_is_not_part_of_it(around: str, link: str) -> None:
    text = around.replace("{}", link)
    assert links(text) == [link] * around.count("{}")
    assert rewritten(text).decode() == around.replace("{}", NEW)


# format, the document's text, the meant link, the new text
FORMS = [
    ("text", A.replace("&", "&amp;"), A, NEW),
    ("text", B.replace("/", "&#x2F;"), B, NEW.replace("/", "&#x2F;")),
    ("csv", f'k,v\na,"{B.replace("/", "&#47;")}"\n', B, f'k,v\na,"{NEW.replace("/", "&#47;")}"\n'),
    ("json", '"' + B.replace("/", "&#x2F;") + '"', B, '"' + NEW.replace("/", "&#x2F;") + '"'),
    ("text", "https://cdn.example/a\\_b.mp4", "https://cdn.example/a_b.mp4", NEW),
    ("json", '"' + A.replace("/", "\\/") + '"', A, '"' + NEW.replace("/", "\\/") + '"'),
    ("json", '"' + A.replace("&", "\\u0026") + '"', A, f'"{NEW}"'),
    ("json", '["say \\"' + B + '\\""]', B, f'["say \\"{NEW}\\""]'),
    ("json", '"caf\\u00e9 ' + B + ' \\ud83c\\udfac"', B, f'"caf\\u00e9 {NEW} \\ud83c\\udfac"'),
    ("jsonl", f'{{"a": "{B}"}}\n', B, f'{{"a": "{NEW}"}}\n'),
    ("csv", f'a,"{B}"\n', B, f'a,"{NEW}"\n'),
    ("csv", f'a,"he said ""{B}"""\n', B, f'a,"he said ""{NEW}"""\n'),
    ("csv", "a,https://cdn.example/my clip 1.mp4\n", "https://cdn.example/my clip 1.mp4", f"a,{NEW}\n"),
    ("csv", f'\ufeffurl\r\n"{B}"\r\n', B, f'\ufeffurl\r\n"{NEW}"\r\n'),
    ("tsv", f"a\t{B}\tc", B, f"a\t{NEW}\tc"),
    ("sql", f"INSERT INTO t VALUES (1,'it\\'s {B}');", B, f"INSERT INTO t VALUES (1,'it\\'s {NEW}');"),
    ("sql", f"INSERT INTO t VALUES ('it''s {B}');", B, f"INSERT INTO t VALUES ('it''s {NEW}');"),
    ("sql", f"-- it's {B}\nSELECT 1;", B, f"-- it's {NEW}\nSELECT 1;"),
    (
        "sql",
        f"-- PostgreSQL database dump\nCOPY t (a) FROM stdin;\n1\t{B}\n2\tit's\n\\.\nSELECT '\\';",
        B,
        f"-- PostgreSQL database dump\nCOPY t (a) FROM stdin;\n1\t{NEW}\n2\tit's\n\\.\nSELECT '\\';",
    ),
]


@pytest.mark.parametrize(("format_", "text", "link", "expected"), FORMS)
def test_a_link_is_read_and_written_with_the_escapes_of_its_place(
    format_: str, text: str, link: str, expected: str
) -> None:
    assert links(text, format_) == [link]
    assert rewritten(text, format_).decode() == expected
    assert links(expected, format_) == [NEW]


@pytest.mark.parametrize("url", [B, A])
def test_a_value_serialised_by_php_stays_valid(url: str) -> None:
    """A length precedes each string, also the outer string of a value in a string."""
    inner = f'a:1:{{s:3:"url";s:{len(url)}:"{url}";}}'
    outer = f's:{len(inner)}:"{inner}";'
    text = f"INSERT INTO wp_options VALUES ('{outer}');"
    new_inner = f'a:1:{{s:3:"url";s:{len(NEW)}:"{NEW}";}}'
    assert (
        rewritten(text, "sql").decode()
        == f"INSERT INTO wp_options VALUES ('s:{len(new_inner)}:\"{new_inner}\";');"
    )


def test_an_unreadable_serialised_value_stays_and_is_reported() -> None:
    text = f'INSERT INTO t VALUES (\'a:1:{{s:3:"url";s:999:"{B}";}}\');'
    document, stream = opened(text, "sql")
    (found,) = document.links(stream)
    assert "serialised by PHP" in str(found.hindrance)
    assert rewritten(text, "sql").decode() == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("data:image/png;base64,https", []),
        ("https://web.archive.org/web/http://x.example/a.mp4", 1),
        ("https://x.example/?next=https%3A%2F%2Fy.example%2Fa.mp4", 1),
        ("blob:https://x.example/1", []),
        ("ahttps://x.example/1", []),
        ("https:// and http:/x", []),
        (f"{B},{A}", [B, A]),
        ("see https://en.example/wiki/A_(b) there", ["https://en.example/wiki/A_(b)"]),
        ("(https://en.example/wiki/A_(b))", ["https://en.example/wiki/A_(b)"]),
        # A mark that began nothing is part of the link.
        ("https://x.example/a_ https://x.example/b~", ["https://x.example/a_", "https://x.example/b~"]),
        ("_so_ https://x.example/a_", ["https://x.example/a_"]),
        ("snake_case https://x.example/a_", ["https://x.example/a_"]),
        ("_a\nhttps://x.example/a_", ["https://x.example/a_"]),
        ("_https://x.example/a_b/c_d.mp4_", ["https://x.example/a_b/c_d.mp4"]),
        ("https://x.example/a\\_b\\~c.mp4", ["https://x.example/a_b~c.mp4"]),
        (
            '<a href="https:&#x2F;&#x2F;x.example&#x2F;a.mp4?v&#x3D;1&amp;w&equals;2">',
            ["https://x.example/a.mp4?v=1&w=2"],
        ),
        ("https:&#47;&#47;x.example&sol;a&#95;b.mp4", ["https://x.example/a_b.mp4"]),
    ],
)
def test_a_link_ends_at_its_last_own_character(text: str, found: list[str] | int) -> None:
    assert links(text) == ([text] if found == 1 else found)


def test_only_the_column_counts() -> None:
    table = f'name,url\n{B},"{A}"\n{B},{A}\n'
    assert links(table, "csv", "URL") == [A, A]
    assert links(table, "csv", "1") == [B, B]
    assert links(f"sep=;\r\nname;url\r\n{B};{A}\r\n", "csv", "url") == [A]
    text = json.dumps({"a": B, "url": [A, {"b": B, "url": A}], "c": {"d": B}})
    assert links(text, "json", "url") == [A, A]


@pytest.mark.parametrize(
    ("name", "start", "format_"),
    [
        ("a.CSV", b"", "csv"),
        ("a.ndjson", b"", "jsonl"),
        ("-", b'  {"a": 1}', "json"),
        ("-", b"[link](x)", "text"),
        ("-", b"-- MySQL dump 10.13\n\nCREATE TABLE t (a);\n", "sql"),
        ("dump", b"INSERT INTO t VALUES (1);\n", "sql"),
        ("a.md", b"-- a dash, and no dump\n", "text"),
        ("a.md", b"# x", "text"),
    ],
)
def test_a_format_is_recognised_by_the_name_or_the_first_bytes(name: str, start: bytes, format_: str) -> None:
    quoted = b'"\\u0068ttps://cdn.example/b.mp4" \'a:1:{i:0;s:25:"https://cdn.example/b.mp4";}\''
    document = open_document(name, io.BytesIO(start + quoted))
    same, _ = opened(start + quoted, format_)
    stream = io.BytesIO(start + quoted)
    assert list(document.links(stream)) == list(same.links(stream))


def test_a_column_of_a_format_without_columns_is_refused() -> None:
    with pytest.raises(ConfigError, match="has no columns"):
        opened("x", "sql", "url")


PIECES = st.one_of(
    st.binary(max_size=12).map(lambda data: data.replace(b"\0", b"")),
    st.sampled_from(
        [A.encode(), B.encode(), b"\r\n", b'"', b"'", b",", b"\\", b"\xef\xbb\xbf", b"[", b"{", b":"]
    ),
)


@given(pieces=st.lists(PIECES, max_size=30), format_=st.sampled_from(FORMATS))
@settings(max_examples=3 * settings().max_examples, deadline=None)
def test_without_replacements_every_byte_stays(pieces: list[bytes], format_: str) -> None:
    text = b"".join(pieces)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    assert rewritten(text, format_, lambda _: None) == text
    assert rewritten(text, format_, lambda url: url) == text


@given(pieces=st.lists(PIECES, max_size=30))
@settings(max_examples=2 * settings().max_examples, deadline=None)
def test_the_new_links_are_read_back_unchanged(pieces: list[bytes]) -> None:
    text = b" ".join(pieces)
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    found = links(text)
    new = {link: f"https://m.example/{number}.mp4" for number, link in enumerate(dict.fromkeys(found))}
    assert links(rewritten(text, "text", new.get)) == [new[link] for link in found]


@given(
    rows=st.lists(st.lists(st.sampled_from(["x", 'a "b"', "1,2", "new\nline", A, f"see {B}"]), min_size=2))
)
@settings(max_examples=settings().max_examples, deadline=None)
def test_a_table_changes_only_in_its_links(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    after = list(csv.reader(io.StringIO(rewritten(text.getvalue(), "csv").decode(), newline="")))
    assert after == [[re.sub(r"https://[^ ]+", NEW, cell) for cell in row] for row in rows]


class Dribble(io.BytesIO):
    """Returns only a few bytes for each read."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 7, 7) if size != 64 * 1024 else size)


@pytest.mark.parametrize(("format_", "text", "link", "expected"), FORMS)
def test_pieces_of_any_size_make_no_difference(format_: str, text: str, link: str, expected: str) -> None:
    del link
    document, _ = opened(text, format_)
    out = io.BytesIO()
    document.rewrite(Dribble(text.encode()), out, lambda _: NEW)
    assert out.getvalue().decode() == expected


@pytest.mark.parametrize("before", [100, (1 << 20) - 40, (1 << 20) + 5, 3 << 20])
def test_a_place_too_large_for_memory_is_still_searched(before: int) -> None:
    text = '"' + "x" * before + f" {A} " + "y" * (2 << 20) + f' {B}"'
    assert links(text, "json") == [A, B]
    expected = text.replace(A, NEW).replace(B, NEW)
    assert rewritten(text, "json").decode() == expected


@pytest.mark.scale
def test_memory_is_flat() -> None:
    """With one line of 60 MB, and a table of 60 MB."""
    script = (
        "import io, re\n"
        "from syncer.migrate.documents import open_document\n"
        "class Made(io.RawIOBase):\n"
        "    def __init__(self, part): self.part, self.left = part, 0\n"
        "    def seek(self, *a): self.left = 60_000_000 // len(self.part); return 0\n"
        "    def read(self, size=-1):\n"
        "        n = min(self.left, max(1, size // len(self.part))); self.left -= n; return self.part * n\n"
        "class Null(io.RawIOBase):\n"
        "    def write(self, data): return len(data)\n"
        f"link = {B!r}\n"
        "for format_, part in (('json', ('\"' + link + ' text \\\\\"' + 'x' * 2000).encode()),\n"
        "                      ('csv', (link + ',' + 'x' * 1000 + '\\n').encode())):\n"
        "    made = Made(part)\n"
        "    open_document('it', made, format_).rewrite(made, Null(), lambda url: 'https://m.example/1.mp4')\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=120)
    assert int(ran.stdout) < 120 * 1024, "KiB"


def test_a_form_without_escapes_writes_the_text_unchanged() -> None:
    assert PLAIN.write(b"a", b"b", whole=True) == b"a"
