"""After its destination changed, a restored catalogue still knows who wrote each file there."""

from __future__ import annotations

import pytest

from tests.catalogue.wrecks import deleting, recover
from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import StartNginx


@pytest.fixture
def other(home: Home, nginx: StartNginx) -> Home:
    """A config of the same folder, with another destination behind the same public URL."""
    root = home.site.root.with_name("other")
    root.mkdir()
    root.chmod(0o755)
    return Home(home.folder, nginx(root))


@pytest.mark.parametrize("command", ["restore", "rebuild"])
def test_what_syncer_wrote_at_both_destinations_stays_its_own(home: Home, other: Home, command: str) -> None:
    """The copy was made before the destination changed."""
    for name in ("first.mp4", "a.mp4", "b.mp4"):
        home.put(name, mp4(1000, 1))
    assert home.sync()["exit_code"] == 0
    assert other.sync()["counts"]["copied"] == 3
    recover(other, "row", command)
    other.put("a.mp4", mp4(2000, 2))
    done = other.sync()
    assert (done["exit_code"], done["counts"]["copied"]) == (0, 1), done
    assert other.site.get("clips/a.mp4").content == mp4(2000, 2)
    home.put("b.mp4", mp4(2000, 3))
    assert home.sync()["exit_code"] == 0
    for name in ("a.mp4", "b.mp4"):
        assert home.site.get(f"clips/{name}").content == (home.media / name).read_bytes()


@pytest.mark.parametrize("damage", ["row", "garbage"])
@pytest.mark.parametrize("command", ["restore", "rebuild"])
def test_what_lies_at_a_destination_where_syncer_never_wrote_is_the_users(
    home: Home, other: Home, damage: str, command: str
) -> None:
    """The config has the new destination, and no run has published there: the manifest is of the old one."""
    for name in ("first.mp4", "a.mp4"):
        home.put(name, mp4(1000, 1))
    assert home.sync()["exit_code"] == 0
    home.put("a.mp4", mp4(2000, 2))
    theirs = other.site.root / "clips/a.mp4"
    theirs.parent.mkdir()
    theirs.write_bytes(mp4(3000, 3))
    deleting(other)
    recover(other, damage, command)
    assert other.sync()["exit_code"] == 3
    trouble = other.troubles()["a.mp4"]
    assert trouble["code"] == "destination.taken"
    assert theirs.read_bytes() == mp4(3000, 3)
    assert "Is it an old copy? Remove it and run `syncer sync`." in trouble["hint"]
    theirs.unlink()
    assert other.sync()["exit_code"] == 0
    assert other.site.get("clips/a.mp4").content == mp4(2000, 2)
