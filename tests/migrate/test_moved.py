"""Law of a migration after the destination changed."""

from __future__ import annotations

import shutil

import pytest

from tests.media import mp4
from tests.migrate.stash import Stash, stash
from tests.servers.nginx import StartNginx

__all__ = ["stash"]  # a fixture


@pytest.mark.parametrize("brought", [False, True])
def test_no_link_is_replaced_by_a_url_of_the_old_destination(
    stash: Stash, nginx: StartNginx, *, brought: bool
) -> None:
    stash.put("a.mp4", mp4())
    file = stash.write("a.txt", stash.live("a.mp4"))
    assert stash.migrate(file).code == 0
    url = stash.url("a.mp4")
    other = stash.home.site.root.parent / "moved"
    if brought:
        shutil.copytree(stash.home.site.root, other)
    other.mkdir(exist_ok=True)
    site = nginx(other)
    stash.home.config["origin"]["destination"]["root"] = str(other)
    stash.home.config["origin"]["connect_to"] = site.connect_to
    assert stash.migrate(file).code == 0
    assert (stash.home.folder / "a.migrated.txt").read_text() == url
    assert site.fetch(url).content == mp4()
