"""Law: a config that was refused binds no catalogue; one that published or proved something does."""

from __future__ import annotations

import pytest

from tests.home import SIGNATURE, Home
from tests.media import mp4
from tests.servers.ports import free_port


@pytest.fixture
def wrong(home: Home) -> Home:
    """A source in place, whose origin.url and destination.root are both one folder too deep."""
    folder = home.site.root / "clips"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(mp4())
    home.sign()
    home.config["sources"] = {"clips": {"kind": "local", "root": str(folder), "in_place": True}}
    url = f"{home.site.url}clips/"
    home.config["origin"] |= {"url": url, "property": url}
    home.config["origin"]["destination"]["root"] = str(folder)
    home.config["origin"]["connect_to"] = f"127.0.0.1:{free_port()}"
    return home


def mended(wrong: Home) -> Home:
    """The same folder with the right origin and destination."""
    home = Home(wrong.folder, wrong.site, {})
    home.config |= {"sources": wrong.config["sources"]}
    home.config["origin"]["signature_files"] = [SIGNATURE]
    return home


BOOTSTRAP = "bootstrap --wait 0"


@pytest.mark.parametrize("commands", [["sync"], [BOOTSTRAP], [BOOTSTRAP, "sync", "check"]])
def test_after_a_refused_config_another_one_may_use_its_catalogue(wrong: Home, commands: list[str]) -> None:
    for command in commands:
        assert wrong.syncer(*command.split()).code != 0
    other = mended(wrong)
    (wrong.site.root / "clips" / SIGNATURE).unlink(missing_ok=True)
    assert other.syncer("bootstrap").code == 0
    assert other.sync()["exit_code"] == 0
    assert [each["url"] for each in other.manifest().values()] == [f"{other.site.url}clips/a.mp4"]


@pytest.mark.parametrize("command", ["sync", "bootstrap"])
def test_after_a_config_that_was_seen_at_its_origin_another_one_is_refused(wrong: Home, command: str) -> None:
    other = mended(wrong)
    assert other.syncer("bootstrap").code == 0
    if command == "sync":
        assert other.sync()["exit_code"] == 0
    ran = wrong.syncer("sync")
    assert ran.code == 1
    assert f"belongs to {other.site.url}" in ran.err


def test_a_copy_that_was_never_seen_binds_its_catalogue(wrong: Home) -> None:
    """The catalogue alone knows that syncer wrote it."""
    wrong.config["sources"] = {"clips": {"kind": "local", "root": "media"}}
    wrong.config["origin"]["destination"]["root"] = str(wrong.folder / "there")
    wrong.put("b.mp4", mp4())
    assert wrong.syncer("sync").code != 0
    assert (wrong.folder / "there").is_dir()
    other = mended(wrong)
    ran = other.syncer("sync")
    assert ran.code == 1
    assert "belongs to" in ran.err
