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
    assert (left["state"], left["occurrences"], left["left"], left["line"]) == ("replaced", 4, 1, 1)


def test_each_link_that_stays_is_listed_with_its_line(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    link, short = stash.live("a.mp4"), "https://cdn.example/it"
    lines = [
        *("about", short, f"see {link}", f"1,{link}", f"video{link}", f"'{short}''s/me.mp4'", ""),
        *(
            "<img src=//cdn.example/p.jpg>",
            f"git+{link} video{link}",
            "x\\nhttps%3A%2F%2Fcdn.example%2Fb.mp4",
            link,
        ),
    ]
    file = stash.write("a.txt", "\r\n".join(lines))
    ran = stash.migrate(file, "--json")
    assert ran.code == 3
    assert [(left["line"], left["left"]) for left in ran.json["left"]] == [(5, 3), (6, 1), (8, 1), (10, 1)]
    out = (stash.home.folder / "a.migrated.txt").read_bytes().decode().split("\r\n")
    new = [line.replace(link, stash.url("a.mp4")) for line in lines]
    assert out == [*lines[:2], *new[2:4], *lines[4:10], new[10]]
    said = stash.migrate(file).out
    assert "(3 places, the first in line 5)" in said
    assert f"  failed    {short} (line 6)" in said


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


def test_what_stays_is_counted_and_named_without_its_query(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    link, url = stash.live("a.mp4"), "https://shop.example/about?q=24f3c0de"
    file = stash.write("a.txt", f"1,{link},keep me\n//cdn.example/p.jpg?sig=24f3c0de s3://raw/a.mp4\n{url}\n")
    ran = stash.migrate(file)
    assert ran.code == 3
    assert "1 link replaced, in 1 place; 3 links stay as they are: " in ran.out
    assert "nothing says that it is a video or photo: https://shop.example/about; --column" in ran.out
    assert "https://cdn.example/p.jpg" in ran.out
    assert "s3://raw/a.mp4" in ran.out
    assert "24f3c0de" not in ran.out + ran.err + stash.migrate(file, "--json").out
    out = (stash.home.folder / "a.migrated.txt").read_text()
    assert out == file.read_text().replace(link, stash.url("a.mp4"))


def test_a_cell_of_the_column_that_is_not_replaced_is_listed(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    cells = ("cdn.example/b.mp4?token=24f3c0de", "n/a", "", stash.live("a.mp4"))
    file = stash.write("a.csv", "".join(f"{cell}\n" for cell in ("video", *cells)))
    rows, ran = stash.map(file, "--column", "video")
    assert (ran.code, [row["state"] for row in rows.values()]) == (3, ["failed", "failed", "replaced"])
    assert "cdn.example/b.mp4" in ran.out
    assert "24f3c0de" not in ran.out
