"""Links: signed and plain ones to objects of Ceph, behind a proxy that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.conftest import Each, Ground
from tests.faults.places import Objects
from tests.faults.proxy import KINDS, proxy
from tests.faults.stage import Stage
from tests.faults.suite import Bench
from tests.faults.wires import Http
from tests.servers.rgw import S3Service


@dataclass
class Links:
    """Every second one is signed."""

    objects: Objects
    endpoint: str
    settings: dict[str, Any]

    def hold(self, media: dict[str, bytes]) -> None:
        self.objects.hold(media)
        self.settings["urls"] = [self._link(name, signed=number % 2 == 0) for number, name in enumerate(media)]

    def _link(self, name: str, *, signed: bool) -> str:
        if not signed:
            return f"{self.endpoint}/{self.objects.bucket}/{name}"
        with closing(self.objects.service.client(endpoint=self.endpoint)) as client:
            asked = {"Bucket": self.objects.bucket, "Key": name}
            return client.generate_presigned_url("get_object", Params=asked, ExpiresIn=86400)


@pytest.fixture(scope="module")
def source(ground: Ground, rgw: S3Service) -> Iterator[Bench]:
    with ExitStack() as running:

        def make() -> tuple[Stage, Http]:
            made = running.enter_context(proxy(rgw.address))
            objects = ground.objects(rgw, rgw.endpoint, acl="public-read")
            links = Links(objects, made.endpoint, {"kind": "links", "allow_private": True})
            return ground.stage(links), Http(made)

        yield Bench.of("links", make, more_codes={"empty": 4})


@pytest.mark.parametrize("kind", KINDS)
def test_reading_links(source: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(source, kind, always)
