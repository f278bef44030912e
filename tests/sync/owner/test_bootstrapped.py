"""`syncer bootstrap` looks at the owner mark, too, and may come to a destination before the first run."""

from __future__ import annotations

from tests.home import Home
from tests.media import mp4
from tests.servers.nginx import StartNginx
from tests.sync.owner.test_brought import serve


def test_bootstrap_at_an_earlier_destination_does_not_look_for_what_was_published_elsewhere(
    home: Home, nginx: StartNginx
) -> None:
    first = dict(home.config["origin"])
    home.sign()
    assert home.syncer("bootstrap").code == 0
    second = home.site.root.with_name("second")
    second.mkdir()
    serve(home, nginx, second, {"kind": "local", "root": str(second)})
    assert home.syncer("bootstrap").code == 0
    for number in range(5):
        home.put(f"{number}.mp4", mp4(seed=number))
    assert home.sync()["listed"] == 5
    home.config["origin"] |= first
    assert home.syncer("bootstrap").code == 0
