"""Laws of Oracle's literals, and of files that are several dumps, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from hypothesis import given, settings

from syncer.migrate.documents import dump as dumps
from syncer.migrate.documents import window
from tests.migrate.documents.test_dumps import LINK, NEW, ROWS, backslashed, doubled, found_and_rewritten

OPTIONS = settings(max_examples=40, deadline=None)

DELIMITERS = ("[]", "{}", "<>", "()", "!!", "||", "##", "~~", "^^", "--", "XX", "€€")


@pytest.mark.parametrize("pair", DELIMITERS)
@pytest.mark.parametrize("prefix", ["q", "Q", "nq", "Nq"])
def test_a_link_in_a_literal_of_oracle_is_replaced(pair: str, prefix: str) -> None:
    """Such a literal has no escapes: quotes and backslashes are text."""
    start, end = pair[0], pair[1]
    text = f"it's at {LINK} - isn't C:\\ it?" if start != "-" else f"it's {LINK} isn't"
    literal = f"{prefix}'{start}{text}{end}'"
    whole = f"INSERT INTO t (a, b) VALUES ({literal}, q'{start}{LINK}{end}');\n"
    whole += f"SELECT 'O''Hara {LINK}' FROM dual;\n"
    found, after = found_and_rewritten(whole)
    assert after == whole.replace(LINK, NEW)
    assert [each.hindrance for each in found] == [None] * 3


@given(rows=ROWS)
@OPTIONS
def test_every_link_of_a_dump_of_oracle_is_replaced_and_nothing_else_changes(rows: list[list[str]]) -> None:
    def literal(text: str) -> str:
        return f"q'[{text}]'" if "]'" not in text and not text.endswith("]") else doubled(text)

    text = "".join(f"Insert into T values ({','.join(map(literal, row))});\n" for row in rows)
    found, after = found_and_rewritten(text)
    assert after == text.replace(LINK, NEW)
    assert all(each.hindrance is None for each in found if each.url == LINK)


def test_a_literal_of_oracle_that_is_never_closed_is_not_silent() -> None:
    text = f"INSERT INTO t VALUES (q'[it's {LINK}, 'x');\nINSERT INTO t VALUES ('{LINK}');\n"
    found, after = found_and_rewritten(text)
    assert len(found) == text.count(LINK)
    assert after.count(NEW) == sum(each.hindrance is None for each in found)


def mysql(rows: list[list[str]]) -> str:
    body = "".join(f"INSERT INTO `t` VALUES ({','.join(map(backslashed, row))});\n" for row in rows)
    return f"-- MySQL dump 10.13  Distrib 8.0.36\n--\n{body}-- Dump completed on 2026-01-01\n"


def mariadb(rows: list[list[str]]) -> str:
    return "/*M!999999\\- enable the sandbox mode */ \n" + mysql(rows).replace("MySQL", "MariaDB")


def postgresql(rows: list[list[str]]) -> str:
    body = "".join(f"INSERT INTO public.t VALUES ({', '.join(map(doubled, row))});\n" for row in rows)
    copy = f"COPY public.c (a) FROM stdin;\n{LINK}\n\\.\n"
    return f"--\n-- PostgreSQL database dump\n--\n{body}{copy}--\n-- PostgreSQL database dump complete\n--\n"


def sqlite(rows: list[list[str]]) -> str:
    body = "".join(f"INSERT INTO t VALUES({','.join(map(doubled, row))});\n" for row in rows)
    return f"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n{body}COMMIT;\n"


def oracle(rows: list[list[str]]) -> str:
    body = "".join(
        f"Insert into T values ({','.join(doubled(each) for each in row)},q'!it's {LINK}!');\n"
        for row in rows
    )
    return f"REM INSERTING into T\nSET DEFINE OFF;\n{body}"


Kind = Callable[[list[list[str]]], str]
KINDS: tuple[Kind, ...] = (mysql, mariadb, postgresql, sqlite, oracle)


@pytest.mark.parametrize("pair", [*permutations(KINDS, 2), (mysql, oracle, mysql, postgresql)])
@given(rows=ROWS)
@settings(max_examples=8, deadline=None)
def test_every_link_of_several_dumps_in_one_file_is_replaced(
    pair: tuple[Kind, ...], rows: list[list[str]]
) -> None:
    rows = [*rows, ["it's C:\\", LINK, f"don't \\ {LINK}"]]
    text = "".join(kind(rows) for kind in pair)
    found, after = found_and_rewritten(text)
    assert after == text.replace(LINK, NEW)
    assert [each.hindrance for each in found if each.url == LINK] == [None] * text.count(LINK)


def test_a_header_in_a_text_begins_no_dump() -> None:
    for kind, header in (
        (postgresql, "-- MySQL dump 10"),
        (mysql, "SET DEFINE OFF;"),
        (sqlite, "/*!40101 SET"),
    ):
        text = kind([[f"it's\n{header}\n{LINK}", "C:\\", LINK], ["don't \\", LINK]])
        _, after = found_and_rewritten(text)
        assert after == text.replace(LINK, NEW)


@pytest.mark.parametrize("step", [3, 17, 300])
def test_a_section_begins_at_any_place_of_what_is_in_memory(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "STEP", step)
    text = "".join(kind([["it's C:\\", LINK]]) for kind in (mysql, postgresql, mariadb, oracle))
    _, after = found_and_rewritten(text)
    assert after == text.replace(LINK, NEW)


@pytest.mark.parametrize("order", [1, -1])
def test_dumps_that_cannot_be_told_apart_leave_no_link_unsaid(order: int) -> None:
    """Without a header between them."""
    parts = [f"INSERT INTO a VALUES ('it\\'s {LINK}');\n", f"INSERT INTO b VALUES ('C:\\', '{LINK}', 'x');\n"]
    text = "".join(parts[::order])
    found, after = found_and_rewritten(text)
    assert len([each for each in found if each.url.startswith(LINK)]) == text.count(LINK)
    assert after.count(NEW) == sum(each.hindrance is None and each.url == LINK for each in found)


def test_a_section_with_many_faults_still_ends_at_the_next_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumps, "_ENOUGH_FAULTS", 3)
    broken = "-- MySQL dump 10\n" + "INSERT INTO a VALUES ('a' odd, 'b' odd, \"c\" odd);\n" * 20
    text = broken + postgresql([["C:\\", LINK], ["it's \\", LINK]])
    _, after = found_and_rewritten(text)
    assert after == text.replace(LINK, NEW)
