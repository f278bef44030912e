"""The local destination's own laws: its root, its staged names, and system errors."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.destinations.local import LocalDestination
from syncer.destinations.staging import TRIES, file_error
from syncer.errors import DestinationError
from tests.contracts.stores import publish
from tests.destinations.folders import refusal
from tests.rigs.destination_local import names

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks and be somebody else")


class TestLocalRoot:
    def test_its_last_folder_is_made_when_needed_and_not_before(self, web_root: Path) -> None:
        root = web_root / "new"
        destination = LocalDestination(LocalDestination.Config(kind="local", root=root))
        assert destination.stat("a/b.mp4") is None
        destination.delete("a/b.mp4")
        assert list(destination.litter(timedelta(0))) == []
        assert names(web_root) == []
        publish(destination, "a/b.mp4", b"abc")
        assert names(web_root) == ["new/", "new/a/", "new/a/b.mp4"]
        assert root.stat().st_mode & 0o777 == 0o755

    @pytest.mark.parametrize("name", ["file", "link", "no/such"])
    def test_a_file_or_a_dead_link_is_refused_as_a_root(self, web_root: Path, name: str) -> None:
        (web_root / "file").touch()
        (web_root / "link").symlink_to("nowhere")
        destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root / name))
        for call in (destination.check, lambda: destination.stat("a"), lambda: list(destination.litter())):
            assert refusal(call).code == "destination.root"

    def test_folders_that_vanish_again_and_again_are_given_up(
        self, web_root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tried = []

        def vanished(path: Path) -> bool:
            tried.append(path)
            return True

        monkeypatch.setattr("syncer.destinations.local.tree._make", vanished)
        destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
        error = refusal_without_hint(lambda: publish(destination, "a/b.mp4", b"abc"))
        assert (error.code, error.transient) == ("destination.vanished", True)
        assert len(tried) == TRIES


def refusal_without_hint(call: Callable[[], object]) -> DestinationError:
    with pytest.raises(DestinationError) as caught:
        call()
    return caught.value


def test_a_staged_name_can_not_be_guessed(web_root: Path) -> None:
    destination = LocalDestination(LocalDestination.Config(kind="local", root=web_root))
    seen = set()
    for _ in range(20):
        with destination.stage("a.mp4", "video/mp4"):
            seen.update(names(web_root))
    assert len(seen) == 20
    assert all(name.startswith(".syncer-") and len(name) == len(".syncer-.part") + 32 for name in seen)


def test_each_errno_has_its_sentence() -> None:
    """Errors that no disk gives on demand."""
    codes = {
        errno.EDQUOT: "destination.full",
        errno.EROFS: "destination.denied",
        errno.ENAMETOOLONG: "destination.path",
        errno.ESTALE: "destination.vanished",
        errno.EIO: "destination.failed",
    }
    for number, code in codes.items():
        error = file_error(OSError(number, os.strerror(number)), "a/b.mp4", "/srv")
        assert error.code == code
        assert "'a/b.mp4'" in error.message
        assert "/srv" in error.message
    assert file_error(OSError("no number"), "", "/srv").code == "destination.failed"


def test_temporary_folders_of_the_tests_are_open_to_visitors(web_root: Path) -> None:
    """Otherwise the rigs would prove nothing."""
    assert web_root.is_relative_to(tempfile.gettempdir())
    (web_root / "a").write_bytes(b"abc")
    assert (
        subprocess.run(
            ["setpriv", "--reuid=www-data", "--clear-groups", "cat", web_root / "a"],
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        == b"abc"
    )
