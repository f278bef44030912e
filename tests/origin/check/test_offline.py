"""`syncer check` on a machine that can't reach the origin."""

from __future__ import annotations

import pytest

from tests.home import Home
from tests.media import mp4
from tests.servers.ports import free_port


@pytest.mark.parametrize("way", ["nobody listens", "its name is unknown"])
def test_a_local_outage_removes_no_url_from_the_manifest(home: Home, way: str) -> None:
    for name in "ab":
        home.put(f"{name}.mp4", mp4(seed=ord(name)))
    assert home.sync()["listed"] == 2
    before = home.manifest()
    port = home.config["origin"]["connect_to"].rpartition(":")[2]
    home.config["origin"]["connect_to"] = {
        "nobody listens": f"127.0.0.1:{free_port()}",
        "its name is unknown": f"no-such-host.test.invalid:{port}",
    }[way]
    ran = home.syncer("check", "--json")
    assert ran.code == 4
    assert home.manifest() == before
    home.config["origin"]["connect_to"] = f"127.0.0.1:{port}"
    assert home.syncer("check").code == 0
    assert home.manifest().keys() == before.keys()
