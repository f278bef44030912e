"""Files that are visible only in part, or only with a key."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from syncer.connect.drive.client import Drive as Client
from syncer.connect.drive.files import DriveFile
from syncer.errors import SourceChanged, SourceError
from syncer.runners import SharedPace
from syncer.sources.drive import DriveSource
from syncer.sources.drive.names import unique_names
from tests.rigs.source_drive import config
from tests.servers.drive import FOLDER, SHORTCUT, Drive


def test_a_folder_that_may_be_seen_and_not_opened_ends_the_listing_with_an_error(
    drive: Drive, source: DriveSource
) -> None:
    """The API answers as for an empty folder. All other folders are listed."""
    shut = drive.add("shut", FOLDER, can_list=False)
    drive.add("a.mp4", parent=shut.id, data=b"1")
    drive.add("z.mp4", data=b"2")
    assets = source.assets()
    assert next(assets).key == "z.mp4"
    with pytest.raises(SourceError, match="shut") as caught:
        next(assets)
    assert caught.value.code == "source.denied"


def test_a_shared_folder_of_a_drive_is_listed_without_membership(drive: Drive, source: DriveSource) -> None:
    inner = drive.add("inner", FOLDER, parent="shareddrive0", drive="shareddrive0")
    drive.add("a.mp4", parent=inner.id, data=b"1")
    drive.add("in", SHORTCUT, target=inner.id)
    drive.member = False
    assert [asset.key for asset in source.assets()] == ["in/a.mp4"]


@pytest.mark.parametrize("key", [None, "0-target"])
def test_the_target_of_a_shortcut_is_requested_with_its_own_key_only(
    drive: Drive, source: DriveSource, key: str | None
) -> None:
    target = drive.add("far.mp4", parent="elsewhere", data=b"1", resource_key=key)
    drive.add("near.mp4", SHORTCUT, target=target.id, resource_key="0-shortcut")
    (asset,) = source.assets()
    assert asset.locator == (f"{target.id}/{key}" if key else target.id)
    with source.open(asset) as reader:
        assert reader.read(10) == b"1"


def test_a_name_is_found_even_if_older_files_have_the_first_choices() -> None:
    id_ = "AbCdEfGhIjKlMnOp"
    names = ["x.mp4", f"x~{id_[-8:]}.mp4", f"x~{id_}.mp4", f"x~{id_}~{id_}.mp4"]
    older = [DriveFile(f"{number:016}", name, "video/mp4", 1) for number, name in enumerate(names)]
    found = {
        file.id: name for name, file, _ in unique_names([*older, DriveFile(id_, "x.mp4", "video/mp4", 1)])
    }
    assert len(set(found.values())) == 5
    assert [found[file.id] for file in older] == names


def test_a_file_that_got_shorter_between_the_look_and_the_read_was_changed(
    drive: Drive, tmp_path: Path
) -> None:
    item = drive.add("clip.mp4", data=b"0123456789")
    with closing(Client(config(drive, tmp_path), SharedPace())) as client:
        found = client.metadata(item.id)
        item.data = b"01"
        with pytest.raises(SourceError) as caught, client.open(found, 5):
            pass
    assert caught.value.code == SourceChanged.default_code
