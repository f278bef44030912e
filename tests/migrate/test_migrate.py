"""Laws of `syncer migrate`: the result of each link; all other bytes stay."""

from __future__ import annotations

import csv
import io
import json
import stat
import subprocess
from pathlib import Path

import pytest

from tests.media import mp4
from tests.migrate.stash import AWS_EXPIRED, Stash, cdn, stash

__all__ = ["cdn", "stash"]  # fixtures


def test_links_become_stable_urls_and_nothing_else_changes(stash: Stash) -> None:
    stash.put("a 1.mp4", mp4(seed=1))
    link = stash.live("a 1.mp4")
    text = f'id;url;note\r\n1;{link};"see\nhttps://example.com/about"\r\n'
    file = stash.write("posts.csv", text)
    ran = stash.migrate(file)
    assert ran.code == 0, ran.err
    out = (stash.home.folder / "posts.migrated.csv").read_bytes()
    assert out == text.replace(link, stash.url("a 1.mp4")).encode()
    assert file.read_bytes() == text.encode()
    assert "1 link replaced, in 1 place; 1 link stays as it is: " in ran.out
    assert (
        "1 link was left as it is, as nothing says that it is a video or photo: https://example.com/about;"
        in ran.out
    )


def test_each_kind_of_link_has_its_state_in_the_map(stash: Stash, cdn: str) -> None:
    for key in ("live.mp4", "recoverable.mp4"):
        stash.put(key, mp4(seed=len(key)))
    stash.put("words.mp4", b"only words\n" * 500)
    stash.refresh()
    links = {
        "live": stash.live("live.mp4"),
        "recoverable": stash.over("recoverable.mp4"),
        "expired": AWS_EXPIRED.format("x"),
        "gone": stash.live("nowhere.mp4"),
        "rejected": stash.live("words.mp4"),
        "foreign": f"{cdn}/films/f.mp4",
        "dead": "http://127.0.0.1:9/dead.mp4",
    }
    file = stash.write("all.txt", "".join(f"{name}: {link} {link}\n" for name, link in links.items()))
    rows, ran = stash.map(file)
    assert ran.code == 3
    assert {name: rows[link]["state"] for name, link in links.items()} == {
        "live": "replaced",
        "recoverable": "replaced",
        "expired": "expired",
        "gone": "gone",
        "rejected": "rejected",
        "foreign": "replaced",
        "dead": "failed",
    }
    assert all(row["occurrences"] == "2" for row in rows.values())
    for row in rows.values():
        assert bool(row["url"]) == (row["state"] == "replaced") != bool(row["reason"])
    out = (stash.home.folder / "all.migrated.txt").read_text().splitlines()
    for line, (name, link) in zip(out, links.items(), strict=True):
        new = rows[link]["url"] or link
        assert line == f"{name}: {new} {new}"


def test_no_signature_is_printed_and_the_map_is_private(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    file = stash.write("a.txt", f"{stash.live('a.mp4')}\n{AWS_EXPIRED.format('x')}\n")
    file.chmod(0o640)
    ran = stash.migrate(file, "--map", str(stash.home.folder / "map.csv"), "--json")
    assert ran.code == 3
    for said in (ran.out, ran.err):
        assert "Signature" not in said
        assert "abcdef0123456789" not in said
    assert ran.json["counts"]["expired"] == 1
    assert ran.json["left"][0]["link"] == "https://old.s3.amazonaws.com/x.mp4"
    assert stat.S_IMODE((stash.home.folder / "map.csv").stat().st_mode) == 0o600
    assert stat.S_IMODE((stash.home.folder / "a.migrated.txt").stat().st_mode) == 0o640


def test_a_second_run_does_only_the_rest(stash: Stash) -> None:
    stash.put("a.mp4", mp4(seed=1))
    file = stash.write("a.txt", f"{stash.live('a.mp4')} {stash.live('late.mp4')}\n")
    assert stash.migrate(file).code == 3
    stash.put("late.mp4", mp4(seed=2))
    again, ran = stash.map(stash.home.folder / "a.migrated.txt", "-o", str(file))
    assert ran.code == 0
    assert [row["state"] for row in again.values()] == ["replaced"]
    assert "published" in ran.err
    assert "a.mp4" not in ran.err
    assert file.read_text() == f"{stash.url('a.mp4')} {stash.url('late.mp4')}\n"


def test_links_of_published_files_are_not_requested(stash: Stash) -> None:
    """The original document can be migrated again after all its links expired."""
    stash.put("a.mp4", mp4())
    file = stash.write("a.txt", f"{stash.live('a.mp4')}\n")
    stash.migrate(file)
    stash.write("b.txt", f"{stash.over('a.mp4')}\n")
    ran = stash.migrate(stash.home.folder / "b.txt")
    assert (ran.code, ran.err) == (0, "")
    assert (stash.home.folder / "b.migrated.txt").read_text() == f"{stash.url('a.mp4')}\n"


def test_a_plan_counts_and_changes_nothing(stash: Stash, cdn: str) -> None:
    stash.put("done.mp4", mp4())
    stash.migrate(stash.write("done.txt", stash.live("done.mp4")))
    stash.refresh()
    links = [
        stash.live("done.mp4", 60),
        stash.live("live.mp4"),
        stash.over("over.mp4"),
        AWS_EXPIRED.format("x"),
        f"{cdn}/f.mp4",
    ]
    file = stash.write("all.txt", "\n".join([*links, links[-1]]))
    ran = stash.migrate(file, "--plan", "--json")
    assert ran.json == {
        "links": 5,
        "occurrences": 6,
        "published": 1,
        "live": 1,
        "recoverable": 1,
        "expired": 1,
        "unknown": 1,
        "failed": 0,
        "others": 0,
    }
    assert ran.code == 0
    assert not (stash.home.folder / "all.migrated.txt").exists()
    assert "5 links, in 6 places" in stash.migrate(file, "--plan").out


def test_a_column_uses_all_its_links_and_no_others(stash: Stash, cdn: str) -> None:
    text = f"name,video\nx {cdn}/not.mp4,{cdn}/watch\n"
    file = stash.write("a.csv", text)
    rows, ran = stash.map(file, "--column", "Video")
    (row,) = rows.values()
    assert (ran.code, row["link"]) == (0, f"{cdn}/watch")
    assert row["url"].endswith("/watch.mp4"), "its public path gets the extension of what it is"
    assert (stash.home.folder / "a.migrated.csv").read_text() == text.replace(row["link"], row["url"])


def test_a_document_on_stdin_is_written_to_stdout(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    text = f"see {stash.live('a.mp4')} there\n"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    out, err = (started := stash.home.start("migrate", "-", **pipes)).communicate(text.encode(), timeout=60)
    assert started.returncode == 0, err
    assert out.decode() == f"see {stash.url('a.mp4')} there\n"


@pytest.mark.parametrize(
    ("name", "text", "options", "said"),
    [
        ("a.csv", "x,y\n1,2\n", ("--column", "url"), 'has no column "url"; it has x, y'),
        ("a.json", '{"x": 1}', ("--column", "url"), 'has no key "url"; it has x'),
        ("a.txt", "x", ("--column", "url", "--format", "text"), "has no columns"),
        ("a.txt", "x\0y", (), "NUL bytes"),
        ("a.txt", "\ufeffx", (), "UTF-16"),
    ],
)
def test_a_document_of_another_format_is_refused_with_the_reason(
    stash: Stash, name: str, text: str, options: tuple[str, ...], said: str
) -> None:
    file = stash.write(name, text, "utf-16-le" if said == "UTF-16" else "utf-8")
    ran = stash.migrate(file, *options)
    assert ran.code == 2
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not list(stash.home.folder.glob("*.migrated*"))


def test_a_missing_document_is_reported(stash: Stash) -> None:
    ran = stash.migrate(stash.home.folder / "nowhere.csv")
    assert ran.code == 2
    assert "nowhere.csv can't be read: No such file" in ran.err


def test_json_keeps_its_spelling(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    link = stash.live("a.mp4")
    spelled = link.replace("/", "\\/").replace("&", "\\u0026")
    text = f'{{"a" : 1.50, "b":["{spelled}"],\n "c":"{link}" }}'
    file = stash.write("a.json", text)
    assert stash.migrate(file).code == 0
    out = (stash.home.folder / "a.migrated.json").read_text()
    assert json.loads(out) == {"a": 1.5, "b": [stash.url("a.mp4")], "c": stash.url("a.mp4")}
    assert out.startswith('{"a" : 1.50, "b":["https:\\/\\/')
    assert out.endswith('" }')


def test_the_url_of_one_link_is_printed(stash: Stash, monkeypatch: pytest.MonkeyPatch) -> None:
    stash.put("a.mp4", mp4())
    stash.migrate(stash.write("a.txt", stash.live("a.mp4")))
    told = stash.home.syncer("urls", "--source-url", stash.over("a.mp4"))
    assert (told.code, told.out) == (0, f"{stash.url('a.mp4')}\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{stash.live('a.mp4', 50)}\n{AWS_EXPIRED.format('x')}\n"))
    piped = stash.home.syncer("urls", "--source-url", "-")
    assert (piped.code, piped.out) == (3, f"{stash.url('a.mp4')}\n\n")
    assert "https://old.s3.amazonaws.com/x.mp4 is unknown" in piped.err
    asked = stash.home.syncer("urls", "--source-url", AWS_EXPIRED.format("x"), "--json")
    assert json.loads(asked.out)["url"] is None
    assert stash.home.syncer("urls", "*.mp4", "--source-url", "x").code == 2


def test_a_file_that_a_source_published_is_not_copied_again(stash: Stash) -> None:
    stash.put("clips/a.mp4", mp4())
    source = {"kind": "s3", **stash.store.settings(stash.bucket), "prefix": "clips/"}
    stash.home.config["sources"] = {"raw": source}
    stash.home.sync()
    file = stash.write("a.txt", stash.live("clips/a.mp4"))
    rows, ran = stash.map(file)
    (row,) = rows.values()
    assert (ran.code, row["source"], row["key"]) == (0, "raw", "a.mp4")
    assert (stash.home.folder / "a.migrated.txt").read_text() == row["url"]


def test_a_sync_keeps_migrated_files(stash: Stash) -> None:
    stash.put("a.mp4", mp4())
    stash.migrate(stash.write("a.txt", stash.live("a.mp4")))
    url = stash.url("a.mp4")
    stash.home.config["sources"] = {"clips": {"kind": "local", "root": "media"}}
    stash.home.config |= {"delete": "mirror", "max_delete": "100%"}
    stash.home.put("b.mp4", mp4(seed=2))
    assert stash.home.sync()["exit_code"] == 0
    assert stash.url("a.mp4") == url
    assert len(stash.home.manifest()) == 2


def cells(file: Path) -> list[list[str]]:
    with file.open(newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.scale
def test_ten_thousand_rows_of_every_kind(stash: Stash, cdn: str) -> None:
    """The output differs only in the replaced cells, the map counts every row, and a second
    run copies nothing.
    """
    for number in range(150):
        stash.put(f"clips/{number}.mp4", mp4(seed=number))
    stash.refresh()
    live = [stash.live(f"clips/{number}.mp4") for number in range(100)]
    over = [stash.over(f"clips/{number}.mp4") for number in range(100, 150)]
    gone = [stash.live(f"gone/{number}.mp4") for number in range(20)]
    foreign = [f"{cdn}/films/{number}.mp4" for number in range(50)]
    expired = [AWS_EXPIRED.format(number) for number in range(1_000)]
    links = [*live, *over, *gone, *foreign, *expired]
    rows = [[str(n), links[n % len(links)], f"row, {n} “quoted”"] for n in range(10_000)]
    file = stash.home.folder / "posts.csv"
    with file.open("w", newline="") as stream:
        csv.writer(stream).writerows([["id", "video", "note"], *rows])
    mapped, ran = stash.map(file)
    assert ran.code == 3
    assert sum(int(row["occurrences"]) for row in mapped.values()) == 10_000
    states = {link: mapped[link]["state"] for link in links}
    replaced = {*live, *over, *foreign}
    assert {link for link, state in states.items() if state == "replaced"} == replaced
    assert {states[link] for link in expired} == {"expired"}
    assert {states[link] for link in gone} == {"gone"}
    before, after = cells(file), cells(stash.home.folder / "posts.migrated.csv")
    expected = [[n, mapped[link]["url"] or link, note] for n, link, note in before[1:]]
    assert after == [before[0], *expected]
    _, again = stash.map(file)
    assert again.code == 3
    assert " published " not in again.err
