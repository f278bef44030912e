"""Laws of SQL dumps: words in a text never choose the dialect, and no link is missed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.migrate.documents import Occurrence, open_document, window

LINK = "https://b.s3.amazonaws.com/clip.mp4"
NEW = "https://m.example/a.mp4"
OPTIONS = settings(max_examples=40, deadline=None)

WORDS = (
    *("", "x", "é“", "it's", "'", "''", "\\", "\\'",
      "C:\\dir\\", "a\\b", '"so"', "`", "$", "$$", "$x$", "two\nlines"),
    *("PostgreSQL", "PRAGMA foreign_keys=OFF;", "BEGIN TRANSACTION;", "\nBEGIN TRANSACTION;\n", "MySQL dump"),
    *("SET standard_conforming_strings = on;", "E'x'", "N'", "','", "'),('", "/* */", "x -- y",
      "INSERT INTO t VALUES ("),
)  # fmt: skip
TEXTS = st.lists(st.sampled_from([*WORDS, LINK, f"({LINK})", f'<a href="{LINK}">']), max_size=5).map(" ".join)
ROWS = st.lists(st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=6)


def doubled(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def backslashed(text: str) -> str:
    return "'" + re.sub(r"['\"\\]", r"\\\g<0>", text).replace("\n", "\\n") + "'"


def both(text: str) -> str:
    """The style of some exporters for MySQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def extended(text: str) -> str:
    return f"E{backslashed(text)}" if "\\" in text or "\n" in text else doubled(text)


def dollars(text: str) -> str:
    tag = "$$" if "$" not in text else "$syncer$"
    return f"{tag}{text}{tag}"


DATABASES: dict[str, tuple[str, Callable[[str], str]]] = {
    "mysql": ("INSERT INTO `t` VALUES {};\n", backslashed),
    "mysql that doubles quotes": ("INSERT INTO `t` VALUES {};\n", both),
    "postgresql": ("INSERT INTO public.t VALUES {};\n", doubled),
    "postgresql with escapes": ("INSERT INTO public.t VALUES {};\n", extended),
    "postgresql with dollars": ("SELECT f({});\n", dollars),
    "sqlite": ("INSERT INTO t VALUES{};\n", doubled),
    "sql server": ("INSERT [dbo].[t] ([a]) VALUES {}\nGO\n", lambda text: f"N{doubled(text)}"),
}


def dump(database: str, rows: list[list[str]]) -> str:
    statement, literal = DATABASES[database]
    return "".join(statement.format("(" + ", ".join(map(literal, row)) + ")") for row in rows)


def found_and_rewritten(text: str) -> tuple[list[Occurrence], str]:
    stream, out = io.BytesIO(text.encode()), io.BytesIO()
    document = open_document("it.sql", stream)
    found = list(document.links(stream))
    document.rewrite(stream, out, lambda url: NEW if url == LINK else None)
    return found, out.getvalue().decode()


@pytest.mark.parametrize("database", DATABASES)
@given(rows=ROWS)
@OPTIONS
def test_every_link_of_a_dump_is_replaced_and_nothing_else_changes(
    database: str, rows: list[list[str]]
) -> None:
    """Without a header: only the literals show the dialect."""
    text = dump(database, rows)
    found, after = found_and_rewritten(text)
    assert after == text.replace(LINK, NEW)
    assert [each.hindrance for each in found if each.url == LINK] == [None] * text.count(LINK)


@given(
    pieces=st.lists(
        st.sampled_from(
            [*WORDS, LINK, ",", "(", ");\n", "\n", "'x'", " E'", "COPY t FROM stdin;\n", "\n\\.\n"]
        ),
        max_size=25,
    )
)
@OPTIONS
def test_each_link_of_a_broken_dump_is_replaced_or_reported(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found, after = found_and_rewritten(text)
    told = [each for each in found if each.url.startswith(LINK)]
    assert len(told) == text.count(LINK)
    assert after.count(NEW) == sum(each.hindrance is None and each.url == LINK for each in told)
    assert after.replace(NEW, LINK) == text


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (f"INSERT INTO t VALUES(7,'\\\\nas\\films\\','{LINK}');\n", 1),
        ("INSERT INTO t VALUES(1,'D:\\');\n" + f"INSERT INTO t VALUES(2,'{LINK}');\n" * 40, 40),
        (f"INSERT INTO `t` VALUES (1,'We\\'re off PostgreSQL'),(2,'{LINK}'),(3,'isn\\'t {LINK}');\n", 2),
        (f"INSERT INTO t VALUES (E'don\\'t', E'{LINK}', '{LINK}');\n", 2),
        (f"COMMENT ON TABLE t IS $note$it's at {LINK}$note$;\nSELECT $${LINK}$$, $1;\n", 2),
        (f"INSERT [dbo].[t] VALUES (N'c:\\in\\', N'it''s', CAST(N'2024' AS DateTime), N'{LINK}')\nGO\n", 1),
        (f"DELIMITER $$\nCREATE TRIGGER a SET b = 'it\\'s {LINK}' END$$\nDELIMITER ;\n", 1),
        (f"SET NAMES utf8 COLLATE 'it\\'s' /* {LINK} */;\n-- isn't {LINK}\nSELECT '{LINK}' AS a;\n", 3),
    ],
)
def test_quotes_are_read_in_the_dialect_of_the_dump(text: str, links: int) -> None:
    found, after = found_and_rewritten(text)
    assert [each.hindrance for each in found] == [None] * links
    assert after == text.replace(LINK, NEW)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"INSERT INTO t VALUES ({LINK});\n", "outside the quoted values"),
        (f"COPY t FROM stdin WITH (FORMAT csv);\n1,{LINK}\n\\.\n", "outside the quoted values"),
        (f"\\! curl {LINK}\n", "outside the quoted values"),
        (f"CREATE TABLE `{LINK}` (a int);\n", "a name of the SQL"),
        (f'-- PostgreSQL database dump\nSELECT 1 AS "{LINK}";\n', "a name of the SQL"),
    ],
)
def test_a_link_outside_literals_stays_and_is_reported(text: str, reason: str) -> None:
    found, after = found_and_rewritten(text)
    assert [reason in str(each.hindrance) for each in found] == [True]
    assert after == text


def test_a_dollar_quoted_literal_ends_at_its_own_tag_for_each_read_size() -> None:
    text = f"SELECT $films$ $film $films {LINK} $f$ it's $films$, '{LINK}', $films$ $fil"
    expected = found_and_rewritten(text)
    assert expected[1] == text.replace(LINK, NEW)
    for step in range(1, 30):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(window, "STEP", step)
            assert found_and_rewritten(text) == expected
