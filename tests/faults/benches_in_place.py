"""Benches of files in place: the source is inside the destination, and is only read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.faults.benches import COMPLAINTS, S3_REFUSALS
from tests.faults.conftest import Ground
from tests.faults.proxy import proxy
from tests.faults.requests import LOGIN, Requests, filtered
from tests.faults.stage import Stage
from tests.faults.suite import Bench
from tests.faults.uploads import UPLOADS, InPlace, Objects, Uploads
from tests.faults.wires import Calls, Http
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

MOST = 1
"""Each wire has another bench too, so here each kind hits other operations."""


def _stage(ground: Ground, mine: Uploads | Objects, source: dict[str, Any]) -> Stage:
    url = mine.url.removesuffix(UPLOADS)
    origin = {"url": url, "property": url}
    return ground.stage(InPlace(mine, source | {"in_place": True}), mine, origin=origin, mine=mine)


def _folder(ground: Ground, login: dict[str, Any]) -> Stage:
    top = ground.local()
    top.settings |= login
    mine = Uploads(top)
    return _stage(ground, mine, {**top.settings, "root": str(mine.root)})


@pytest.fixture(scope="module")
def local_in_place(ground: Ground) -> Bench:
    return _calls("local in place", [_folder(ground, {}) for _ in range(2)], "root", most=MOST)


def _calls(name: str, stages: list[Stage], which: str, **others: Any) -> Bench:
    def wire(stage: Stage) -> Calls:
        paths = {"root": stage.place.settings["root"], "catalogue": stage.state, "manifest": stage.lists}
        return Calls((str(paths[which]),), stage.folder / "calls")

    return Bench(name, [(stage, wire(stage)) for stage in stages], **others)


@pytest.fixture(scope="module")
def catalogue_in_place(local_in_place: Bench) -> Bench:
    return _beside(local_in_place, "catalogue")


@pytest.fixture(scope="module")
def manifest_in_place(local_in_place: Bench) -> Bench:
    return _beside(local_in_place, "manifest")


def _beside(bench: Bench, which: str) -> Bench:
    stages = [stage for stage, _ in bench.pairs]
    return _calls(f"{which} in place", stages, which, most=MOST, more_codes=COMPLAINTS)


@pytest.fixture(scope="module")
def sftp_in_place(ground: Ground, filtered_sshd: Sshd) -> Bench:
    def make() -> tuple[Stage, Requests]:
        settings, requests = filtered(filtered_sshd, ground.folder())
        login = {name: settings[name] for name in LOGIN} | {"kind": "sftp"}
        return _folder(ground, login), requests

    return Bench.of("SFTP in place", make, at_once=1, most=MOST)


@pytest.fixture(scope="module")
def s3_in_place(ground: Ground, rgw: S3Service) -> Iterator[Bench]:
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            # A listing has no hash, so corruption in it can't be found.
            made = proxy(rgw.address, refusals=S3_REFUSALS, checked=lambda target: "list-type=" not in target)
            wire = running.enter_context(made)
            mine = Objects(ground.bucket(rgw, wire.endpoint))
            source = {name: value for name, value in mine.settings.items() if name != "acl"}
            return _stage(ground, mine, source | {"prefix": UPLOADS}), Http(wire)

        yield Bench.of("S3 in place", make, at_once=1, most=MOST)
