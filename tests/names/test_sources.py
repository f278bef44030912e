"""Every kind of source goes through the same rule, and `syncer migrate` too."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.settings.fields import Settings
from tests.home import Home
from tests.migrate.stash import Stash, stash
from tests.names.polyglots import jpeg, known
from tests.rigs.source import Rig

__all__ = ["stash"]

NAMES = {
    "shell.php": "shell_php.jpg",
    "double.php.jpg": "double_php.jpg",
    "x.php/photo.jpg": "x_php/photo.jpg",
    "x.cgi": "x_cgi.jpg",
    "clip.v2.jpg": "clip.v2.jpg",
}
MIGRATED = {name: path for name, path in NAMES.items() if name != "x.cgi"}
"""A link to a script is no link to media."""
REFUSED = (".htaccess", "web.config")


@pytest.fixture(params=["local", "s3", "sftp", "drive", "takeout", "links"])
def rig(request: pytest.FixtureRequest, home: Home) -> Iterator[Rig]:
    with importlib.import_module(f"tests.rigs.source_{request.param}").rig(request) as made:
        home.config["sources"] = {"any": said(made.config)}
        yield made


def said(value: object) -> object:
    """As the config file would say it."""
    match value:
        case Settings():
            return {name: said(getattr(value, name)) for name in value.model_fields_set}
        case tuple():
            return [said(each) for each in value]
        case str() | Path():
            return f"{value}"
        case _:
            return value


def test_no_kind_of_source_publishes_a_name_that_a_server_acts_on(rig: Rig, home: Home) -> None:
    for number, name in enumerate((*NAMES, *REFUSED)):
        rig.put(name, jpeg(number))
    done = home.sync()
    paths = {f"any/{rig.prefix}{path}" for path in NAMES.values()}
    assert home.public() == paths, done["log"]
    assert done["exit_code"] == 3
    assert {key.removeprefix(rig.prefix) for key in home.troubles()} == set(REFUSED)
    manifest, again = home.manifest(), home.sync()
    assert again["counts"] == {"kept": len(NAMES), "failed": len(REFUSED)}
    assert home.manifest() == manifest
    assert known(home, f"{rig.prefix}shell.php", "any").path == f"any/{rig.prefix}shell_php.jpg"


def test_what_migrate_publishes_has_harmless_names(stash: Stash) -> None:
    for number, name in enumerate((*MIGRATED, ".hidden.jpg")):
        stash.put(name, jpeg(number))
    links = {name: stash.live(name) for name in (*MIGRATED, ".hidden.jpg")}
    rows, ran = stash.map(stash.write("posts.txt", "\n".join(links.values())))
    assert ran.code == 3
    for name, path in MIGRATED.items():
        assert rows[links[name]]["url"].endswith(f"/{stash.bucket}/{path}")
    assert rows[links[".hidden.jpg"]]["url"] == ""
    assert "can't be a public path" in rows[links[".hidden.jpg"]]["reason"]


def test_what_was_unpublished_is_not_migrated_again(stash: Stash) -> None:
    stash.put("a.jpg", jpeg())
    file = stash.write("posts.txt", stash.live("a.jpg"))
    _, ran = stash.map(file)
    assert ran.code == 0
    (key,) = stash.home.manifest()
    assert stash.home.syncer("unpublish", f"migrated:{key}").code == 0
    rows, _ = stash.map(file)
    (row,) = rows.values()
    assert (row["url"], row["state"]) == ("", "refused")
    assert "unpublished" in row["reason"]
    assert stash.home.public() == set()
