"""The public origin: nginx behind a proxy that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.conftest import Each, Ground
from tests.faults.laws import FAILED
from tests.faults.proxy import KINDS, proxy
from tests.faults.stage import Stage
from tests.faults.suite import Bench
from tests.faults.wires import Http
from tests.home import SIGNATURE, TOKEN
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST


@pytest.fixture(scope="module")
def origin(ground: Ground, certificates: Certificates) -> Iterator[Bench]:
    with ExitStack() as running:
        pem = certificates.leaf(HOST)

        def make() -> tuple[Stage, Http]:
            made = running.enter_context(proxy(("127.0.0.1", ground.site.port), pem=pem, server_name=HOST))
            said = {"connect_to": made.connect_to, "signature_files": [str(signature)]}
            return ground.stage(origin=said, beside={SIGNATURE: signature.read_bytes()}), Http(made)

        signature = ground.folder() / SIGNATURE
        signature.write_text(f"tiktok-developers-site-verification={TOKEN}")
        yield Bench.of("public origin", make, codes=(*FAILED, 5))


@pytest.mark.parametrize("kind", KINDS)
def test_the_look_at_public_urls(origin: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(origin, kind, always)
