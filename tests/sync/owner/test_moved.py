"""Another destination while the URL still serves the old one: nothing there becomes syncer's by a URL."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer.connect.pace import SharedPace
from syncer.destinations.keys import OWNER_MARK
from syncer.mirror import Mirror
from syncer.mirror.way import see_way
from tests.catalogue.test_rebuild import lose
from tests.home import Home, plain
from tests.media import mp4
from tests.servers.nginx import StartNginx

SIZE = 100_000
OURS = {f"{name}.mp4": mp4(SIZE, seed) for seed, name in enumerate("wxyz")}
LONG = b"\1" * SIZE


def stranger(content: bytes, how: str) -> bytes:
    """Somebody else's file of the same size."""
    return {"begins the same": content[:-40] + bytes(40), "anything": LONG[: len(content)]}[how]


@pytest.fixture
def moved(request: pytest.FixtureRequest, home: Home) -> Home:
    """Four files are published; then the config names an empty root, and nginx still serves the old one."""
    root, kind = home.site.root.parent / "second", getattr(request, "param", "local")
    root.mkdir()

    def at(folder: Path) -> dict[str, Any]:
        if kind == "local":
            return {"kind": "local", "root": str(folder)}
        server = request.getfixturevalue({"sftp": "sshd", "ftps": "proftpd"}[kind])
        said = plain(server.destination(folder))
        return said | {name: str.__str__(said[name]) for name in ("password",) if name in said}

    home.config |= {"delete": "mirror", "max_delete": "100%"}
    home.config["origin"]["destination"] = at(home.site.root)
    for name, content in OURS.items():
        home.put(name, content)
    assert home.sync()["listed"] == len(OURS)
    home.config["origin"]["destination"] = at(root)
    (root / "clips").mkdir()
    return home


def second(home: Home) -> Path:
    return home.site.root.parent / "second"


def serve(home: Home, nginx: StartNginx) -> None:
    home.config["origin"]["connect_to"] = nginx(second(home)).connect_to


def held(home: Home) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in second(home).glob("clips/*")}


def holds(home: Home, keys: set[str]) -> None:
    """The manifest lists these, and the destination holds what it says."""
    said = {key: item["sha256"] for key, item in home.manifest().items()}
    assert said.keys() == keys
    assert said == {key: hashlib.sha256(held(home)[key]).hexdigest() for key in keys}


def elsewhere(home: Home) -> None:
    """A run says that the URL leads elsewhere, and does nothing."""
    before = held(home)
    done = home.sync()
    (error,) = done["errors"]
    assert (done["exit_code"], error["code"], done["listed"]) == (1, "origin.elsewhere", 0)
    assert "does not serve the file that syncer has just written to the destination" in error["message"]
    assert "let the web server serve this destination" in error["hint"]
    assert (done["counts"], home.manifest(), held(home)) == ({}, {}, before)


@pytest.mark.parametrize(
    ("moved", "how"),
    [("local", "begins the same"), ("sftp", "anything"), ("ftps", "anything")],
    indirect=["moved"],
)
def test_a_strangers_file_is_never_deleted_or_replaced_while_the_url_leads_elsewhere(
    moved: Home, nginx: StartNginx, how: str
) -> None:
    theirs = {name: stranger(OURS[name], how) for name in ("x.mp4", "y.mp4")}
    for name, content in theirs.items():
        (second(moved) / "clips" / name).write_bytes(content)
    (moved.media / "y.mp4").unlink()
    elsewhere(moved)
    moved.put("x.mp4", mp4(SIZE, 9))
    elsewhere(moved)
    serve(moved, nginx)
    assert moved.sync()["exit_code"] == 3
    moved.sync()
    holds(moved, {"w.mp4", "z.mp4"})
    assert {name: held(moved)[name] for name in theirs} == theirs


def test_files_that_were_copied_before_the_web_server_turns_are_ours_once_it_has_turned(
    moved: Home, nginx: StartNginx
) -> None:
    """And what was cut while it was copied is not listed."""
    shutil.copytree(moved.site.root, second(moved), dirs_exist_ok=True)
    cut = OURS["x.mp4"][:-30_000] + bytes(30_000)
    (second(moved) / "clips/x.mp4").write_bytes(cut)
    elsewhere(moved)
    serve(moved, nginx)
    done = moved.sync()
    assert (done["exit_code"], done["counts"]["failed"]) == (3, 1)
    holds(moved, {"w.mp4", "y.mp4", "z.mp4"})
    assert moved.troubles()["x.mp4"]["code"] == "destination.taken"
    assert held(moved) == {**OURS, "x.mp4": cut}
    (moved.media / "y.mp4").unlink()
    moved.sync()
    assert held(moved).keys() == {"w.mp4", "x.mp4", "z.mp4"}, "what is ours is deleted as before"


def test_a_new_root_without_a_catalogue_is_not_ours_by_what_the_url_serves(
    moved: Home, nginx: StartNginx
) -> None:
    moved.config["check"]["verify"] = "full"
    for name, content in OURS.items():
        whole = content if name == "z.mp4" else stranger(content, "anything")
        (second(moved) / "clips" / name).write_bytes(whole)
    before = held(moved)
    lose(moved)
    told = moved.syncer("catalogue", "rebuild", "--json").json
    assert told["taken"] == 1, "the one that has the same bytes"
    elsewhere(moved)
    serve(moved, nginx)
    for name in ("w.mp4", "x.mp4"):
        moved.put(name, mp4(SIZE, 9))
    (moved.media / "y.mp4").unlink()
    moved.sync()
    moved.sync()
    holds(moved, {"z.mp4"})
    assert held(moved) == before


def test_a_cache_that_keeps_what_is_missing_does_not_hide_the_new_destination(
    moved: Home, nginx: StartNginx
) -> None:
    """Each run asks for another name."""
    cache = second(moved).parent / "kept"

    def behind_a_cache(root: Path) -> None:
        front = nginx(
            root,
            http=f"proxy_cache_path {cache} keys_zone=kept:1m use_temp_path=off;",
            server=f"location ~ ^/. {{ proxy_pass https://127.0.0.1:{nginx(root).port}; proxy_cache kept;"
            " proxy_cache_key $uri; proxy_cache_valid 404 1h; proxy_set_header Host $host; }",
        )
        moved.config["origin"]["connect_to"] = front.connect_to

    behind_a_cache(moved.site.root)
    elsewhere(moved)
    behind_a_cache(second(moved))
    done = moved.sync()
    assert done["counts"].get("copied") == len(OURS), done["errors"]
    holds(moved, set(OURS))


def test_an_origin_that_can_not_be_asked_proves_nothing(moved: Home) -> None:
    shutil.copytree(moved.site.root / "clips", second(moved) / "clips", dirs_exist_ok=True)
    (moved.media / "y.mp4").unlink()
    moved.config["origin"]["connect_to"] = "127.0.0.1:1"
    done = moved.sync()
    assert (done["exit_code"], done["errors"][0]["code"], done["listed"]) == (1, "origin.elsewhere", 0)
    assert held(moved) == OURS


@pytest.mark.parametrize("kept", ["1:1", "all"])
def test_where_our_mark_is_gone_and_the_url_serves_another_folder_nothing_is_ours(
    home: Home, nginx: StartNginx, kept: str
) -> None:
    """More than half of the files begin as ours, which lets the run go on."""
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    for name, content in OURS.items():
        home.put(name, content)
    assert home.sync()["exit_code"] == 0
    root = home.site.root
    shutil.copytree(root, root.parent / "old")
    home.config["origin"]["connect_to"] = nginx(root.parent / "old").connect_to
    (root / OWNER_MARK).unlink()
    for name, content in OURS.items():
        if kept == "all" or name == "x.mp4":
            how = "begins the same" if kept == "all" else "anything"
            (root / "clips" / name).write_bytes(stranger(content, how))
    before = {file.name: file.read_bytes() for file in (root / "clips").iterdir()}
    home.put("x.mp4", mp4(SIZE, 9))
    (home.media / "y.mp4").unlink()
    for _ in range(2):
        done = home.sync()
        assert (done["exit_code"], done["errors"][0]["code"]) == (1, "origin.elsewhere")
    assert {file.name: file.read_bytes() for file in (root / "clips").iterdir()} == before
    assert home.manifest() == {}


@pytest.mark.parametrize("how", ["begins the same", "anything"])
def test_a_strangers_file_beside_our_mark_is_not_replaced_after_a_rebuild(home: Home, how: str) -> None:
    """Its asset has another version by now, so the next run would replace what syncer wrote."""
    for name, content in OURS.items():
        home.put(name, content)
    assert home.sync()["exit_code"] == 0
    theirs = stranger(OURS["x.mp4"], how)
    (home.site.root / "clips/x.mp4").write_bytes(theirs)
    for name in ("w.mp4", "x.mp4"):
        home.put(name, mp4(SIZE, 9))
    lose(home)
    assert home.syncer("catalogue", "rebuild").code == 0
    assert home.sync()["counts"] == {"copied": 1, "bytes": SIZE, "kept": 2, "failed": 1}
    assert home.troubles()["x.mp4"]["code"] == "destination.taken"
    assert (home.site.root / "clips/x.mp4").read_bytes() == theirs
    assert (home.site.root / "clips/w.mp4").read_bytes() == mp4(SIZE, 9)


@contextmanager
def killed_at_the_look() -> Iterator[None]:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("syncer.doctor.probefile.ProbeFile.looked", killed)
        patch.setattr("syncer.doctor.probefile.ProbeFile.close", lambda _: None)
        yield


def killed_while_it_asks(moved: Home) -> None:
    with killed_at_the_look():
        moved.syncer("sync")
    assert [name for name in held(moved) if name.startswith("syncer-doctor-")]


@pytest.mark.parametrize("moved", ["local", "sftp"], indirect=True)
def test_tidy_removes_what_a_killed_run_noted_at_once(moved: Home) -> None:
    killed_while_it_asks(moved)
    ran = moved.syncer("tidy", "--json")
    assert [Path(name).name.startswith("syncer-doctor-") for name in ran.json["removed"]] == [True]
    assert held(moved) == {}
    assert moved.syncer("tidy", "--json").json == {"removed": []}


def test_a_run_without_anything_to_do_removes_what_a_killed_one_left(home: Home) -> None:
    home.put("a.mp4", mp4())
    assert home.sync()["exit_code"] == 0
    with killed_at_the_look(), pytest.raises(KeyboardInterrupt):
        see_way(Mirror.load(home.folder / "config.yaml").config, SharedPace(), "clips/a.mp4")
    assert len(home.public()) == 2
    assert home.sync()["counts"] == {"kept": 1}
    assert home.public() == {"clips/a.mp4"}


def test_a_run_that_is_killed_while_it_asks_leaves_no_file_to_the_next_one(
    moved: Home, nginx: StartNginx
) -> None:
    killed_while_it_asks(moved)
    serve(moved, nginx)
    assert moved.sync()["exit_code"] == 0
    assert held(moved).keys() == OURS.keys()
