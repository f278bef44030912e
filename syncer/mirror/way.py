"""Whether the public URL leads to the destination: what a URL serves proves nothing of a file elsewhere."""

from __future__ import annotations

from contextlib import closing

from syncer.config import Config
from syncer.doctor.probefile import ProbeFile
from syncer.errors import OriginError
from syncer.mirror import layout
from syncer.model import Finding, acceptance, against
from syncer.protocols import Pace

ELSEWHERE = "origin.elsewhere"


def see_way(config: Config, pace: Pace, path: str) -> None:
    """Puts a small file of a random name beside the path at the destination, asks for it by its URL, and
    deletes it. Raises `OriginError` unless the URL surely serves it, and `DestinationError`.
    """
    store = config.origin.destination
    with closing(ProbeFile(store, layout.origin(config), pace, path.rpartition("/")[0])) as probe:
        probe.write()
        found = probe.looked()
        if acceptance(found) is not True:
            raise _elsewhere(probe.url, store.identity(), against(found, seen=False)[0])


def _elsewhere(url: str, place: str, why: Finding) -> OriginError:
    return OriginError(
        f"{url} does not serve the file that syncer has just written to the destination ({place}):"
        f" {why.message}; so nothing was copied, listed or deleted",
        code=ELSEWHERE,
        hint="let the web server serve this destination at origin.url, then run `syncer sync` again; `syncer"
        " doctor` examines the whole way",
    )
