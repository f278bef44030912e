"""Links in a folder on this machine's disk or on an SFTP server's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from syncer.model import Litter
from tests.contracts.stores import publish
from tests.destinations.folders import Open, refusal
from tests.rigs.destination_local import names

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount disks and be somebody else")


class TestLinks:
    @pytest.fixture
    def elsewhere(self, web_root: Path) -> Path:
        folder = web_root.with_name("elsewhere")
        folder.mkdir()
        (folder / "kept").write_bytes(b"kept")
        return folder

    @pytest.mark.parametrize("target", ["../elsewhere", "absolute", "..", "/"])
    def test_a_link_that_leaves_the_root_is_not_followed(
        self, on: Open, web_root: Path, elsewhere: Path, target: str
    ) -> None:
        (web_root / "link").symlink_to(elsewhere if target == "absolute" else target)
        before = names(web_root.parent)
        destination = on(web_root)
        for call in (
            lambda: publish(destination, "link/new/a.mp4", b"abc"),
            lambda: destination.delete("link/kept"),
            lambda: destination.stat("link/kept"),
            lambda: destination.discard(Litter("x", "link/.syncer-" + "0" * 32 + ".part")),
        ):
            error = refusal(call)
            assert error.code == "destination.outside"
            assert "'link'" in error.message
        assert names(web_root.parent) == before

    def test_a_link_to_a_sibling_whose_name_begins_like_the_root(self, on: Open, web_root: Path) -> None:
        web_root.with_name("root-other").mkdir()
        (web_root / "link").symlink_to("../root-other")
        assert refusal(lambda: publish(on(web_root), "link/a.mp4", b"abc")).code == "destination.outside"

    def test_a_link_within_the_root_is_a_folder_like_any_other(self, on: Open, web_root: Path) -> None:
        (web_root / "real").mkdir()
        (web_root / "link").symlink_to("real")
        destination = on(web_root)
        publish(destination, "link/sub/a.mp4", b"abc")
        assert names(web_root) == ["link", "real/", "real/sub/", "real/sub/a.mp4"]
        destination.delete("link/sub/a.mp4")
        assert "link" in names(web_root)
        assert "real/sub/" not in names(web_root)

    @pytest.mark.parametrize("target", ["nowhere", "link", "file"])
    def test_a_link_to_no_folder_is_in_the_way(self, on: Open, web_root: Path, target: str) -> None:
        (web_root / "file").touch()
        (web_root / "link").symlink_to(target)
        destination = on(web_root)
        assert refusal(lambda: publish(destination, "link/a.mp4", b"abc")).code == "destination.in_the_way"
        assert destination.stat("link/a.mp4") is None
        destination.delete("link/a.mp4")

    def test_a_link_in_the_place_of_the_file_is_seen_and_if_replaced_its_target_is_kept(
        self, on: Open, web_root: Path, elsewhere: Path
    ) -> None:
        (web_root / "a.mp4").symlink_to(elsewhere / "kept")
        destination = on(web_root)
        seen = destination.stat("a.mp4")
        assert seen
        assert seen.size == len(str(elsewhere / "kept"))
        publish(destination, "a.mp4", b"abc")
        assert not (web_root / "a.mp4").is_symlink()
        assert (elsewhere / "kept").read_bytes() == b"kept"
        (web_root / "b.mp4").symlink_to(elsewhere / "kept")
        destination.delete("b.mp4")
        assert names(web_root) == ["a.mp4"]
        assert (elsewhere / "kept").read_bytes() == b"kept"

    def test_litter_behind_a_link_is_not_ours(self, on: Open, web_root: Path, elsewhere: Path) -> None:
        (elsewhere / (".syncer-" + "0" * 32 + ".part")).touch()
        (web_root / "link").symlink_to(elsewhere)
        assert list(on(web_root).litter()) == []
