"""A link is replaced at each possible place, and reported if one is left."""

from __future__ import annotations

import pytest

from tests.media import mp4
from tests.migrate.stash import Stash, stash

__all__ = ["stash"]  # a fixture


def test_a_link_that_can_not_be_replaced_in_one_place_is_replaced_in_the_others(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    link = stash.live("a.mp4")
    value = f"VALUES ('a:1:{{i:0;s:7:\"{link}\";}}');\n"
    file = stash.write("wp.sql", f"{value}-- {link}\nINSERT INTO t VALUES ('{link}', 'see {link}');\n")
    rows, ran = stash.map(file)
    url = rows[link]["url"]
    assert (ran.code, rows[link]["state"], rows[link]["occurrences"]) == (3, "replaced", "4")
    assert "it stays in 1 of 4 places: it is in a value serialised by PHP" in rows[link]["reason"]
    assert "3 places" in ran.out
    assert "partly" in ran.out
    out = (stash.home.folder / "wp.migrated.sql").read_text()
    assert out == value + file.read_text().removeprefix(value).replace(link, url)
    (left,) = stash.migrate(file, "--json").json["left"]
    assert (left["state"], left["occurrences"], left["left"]) == ("replaced", 4, 1)


@pytest.mark.parametrize("around", ["VALUES ('a:1:{i:0;s:7:\"%s\";}');\n", "INSERT INTO t VALUES (%s);\n"])
def test_a_link_that_can_not_be_replaced_anywhere_stays_and_is_reported(stash: Stash, around: str) -> None:
    stash.put("a.mp4", mp4())
    file = stash.write("wp.sql", around.replace("%s", stash.live("a.mp4")))
    rows, ran = stash.map(file)
    assert (ran.code, [row["state"] for row in rows.values()]) == (3, ["failed"])
    assert (stash.home.folder / "wp.migrated.sql").read_bytes() == file.read_bytes()


def test_no_word_in_a_dump_hides_its_links(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    link = stash.live("a.mp4")
    for text in (
        f"INSERT INTO t VALUES(1,'D:\\films\\','{link}');\n" * 3,
        f"INSERT INTO `t` VALUES ('Why I\\'d left PostgreSQL'),('{link}'),('it\\'s {link}');\n",  # noqa: S608 - a dump
        f"INSERT INTO t VALUES (E'it\\'s', '{link}'); SELECT $a$it's {link}$a$;\n",  # noqa: S608 - a dump
    ):
        file = stash.write("a.sql", text)
        ran = stash.migrate(file)
        assert ran.code == 0, ran.out
        assert (stash.home.folder / "a.migrated.sql").read_text() == text.replace(link, stash.url("a.mp4"))
