"""Real Knot DNS with zones for the tests, on the loopback device."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

from syncer.connect.dns import DnsSettings
from tests.servers.ports import free_port, stop, wait_for

CONFIG = """
server:
    rundir: {own}
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: {own}/control
log:
  - target: {own}/log
    any: info
database:
    storage: {own}
template:
  - id: default
    storage: {own}
    file: "%s.zone"
    zonefile-sync: -1
    journal-content: none
zone:
"""

ZONE = """\
$ORIGIN {name}.
$TTL 60
@ SOA ns1.{name}. hostmaster.{name}. 1 3600 600 86400 60
"""


RELOADS = 10


@dataclass(frozen=True)
class NameServer:
    """One running Knot DNS."""

    address: str
    port: int
    own: Path

    @property
    def dns(self) -> str:
        """The value for `origin.dns`."""
        return f"{self.address}:{self.port}"

    @property
    def settings(self) -> DnsSettings:
        return DnsSettings.at(self.dns)

    def hold(self, zone: str, records: str) -> None:
        """Replace the records of the zone, besides its SOA. Returns when they are served."""
        self.write(zone, records)
        control = ["knotc", "--socket", str(self.own / "control"), "--blocking", "zone-reload", zone]
        for attempt in range(RELOADS):  # it refuses while it loads the previous zone
            done = subprocess.run(control, check=False, capture_output=True, text=True)
            if not done.returncode:
                return
            time.sleep(0.1 * (attempt + 1))
        raise AssertionError(f"Knot does not load the zone: {done.stderr}")

    def write(self, zone: str, records: str) -> None:
        (self.own / f"{zone}.zone").write_text(ZONE.format(name=zone) + records + "\n")


class StartKnot(Protocol):
    """Serves zones, given by name with their records but the SOA. `None` is a zone that can't be loaded.

    The name servers of a zone have the same `port`, so several servers share it.
    """

    def __call__(
        self, zones: Mapping[str, str | None], *, address: str = "127.0.0.1", port: int | None = None
    ) -> NameServer: ...


@pytest.fixture
def knot() -> Iterator[StartKnot]:
    """A factory: each call starts another server; all of them end with the test."""
    with ExitStack() as running:

        def start(
            zones: Mapping[str, str | None], *, address: str = "127.0.0.1", port: int | None = None
        ) -> NameServer:
            return running.enter_context(serving(zones, address, port))

        yield start


@contextmanager
def serving(
    zones: Mapping[str, str | None], address: str = "127.0.0.1", port: int | None = None
) -> Iterator[NameServer]:
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="syncer-test-knot-") as folder, ExitStack() as closing:
        server = NameServer(address, port, Path(folder))
        for zone, records in zones.items():
            if records is not None:
                server.write(zone, records)
        config = server.own / "knot.conf"
        listed = "".join(f"  - domain: {zone}\n" for zone in zones)
        config.write_text(CONFIG.format(own=folder, address=address, port=port) + listed)
        process = subprocess.Popen(["knotd", "-c", config], stdout=subprocess.DEVNULL)
        closing.callback(stop, process)
        wait_for(port, process, address=address)
        yield server
