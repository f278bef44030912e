"""The real servers that the tests talk to; each starts when a test first asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # a busy one is slow
settings.load_profile("any machine")

pytest.register_assert_rewrite("tests.bad_input", "tests.configs")

# In this order: pytest rewrites the assertions of a module only if nobody imported it before.
pytest_plugins = [
    "tests.garbage",
    "tests.servers.certificates",
    "tests.servers.knot",
    "tests.servers.nginx",
    "tests.servers.proftpd",
    "tests.servers.rgw",
    "tests.servers.sshd",
    "tests.servers.rclone",
    "tests.servers.tiktok",
    "tests.lanes",
    "tests.home",
    "tests.servers.printed",
    "tests.faults.report",
    "tests.faults.spread",
    "tests.faults.benches",
    "tests.faults.benches_in_place",
]


@pytest.fixture(autouse=True)
def own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The secrets of one test are no secrets in the next: messages there may have the same words."""
    monkeypatch.setattr("syncer.unsaid._known", {})


@pytest.fixture(scope="session", autouse=True)
def readers_of_media() -> Iterator[None]:
    """The children that read media serve all tests: each takes half a second of a core to start."""
    from syncer.probe import pool  # only now, or pytest rewrites nothing of what it imports

    pool.ours().join()
    yield
    pool.ours().leave()
