"""The grounds that the laws are asked of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.home import Home
from tests.in_place.ground import Ground, folder, ground, settle


@pytest.fixture(params=["local", "sftp", "s3"])
def anywhere(request: pytest.FixtureRequest, home: Home) -> Iterator[Ground]:
    """Each kind of place."""
    yield from ground(request.param, home, request)


@pytest.fixture
def web(home: Home) -> Ground:
    """A web root on this machine."""
    made, root = folder(home), str(home.site.root)
    settle(home, {"kind": "local", "root": root}, {"kind": "local", "root": f"{root}/storage/uploads"})
    return made
