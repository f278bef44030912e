"""Whatever runs did on a wrong disk, the files on the right one stay syncer's."""

from __future__ import annotations

import shutil

import pytest

from syncer.destinations.keys import OWNER_MARK
from tests.home import Home
from tests.media import mp4

NAMES = [f"{number}.mp4" for number in range(5)]
ALIKE = {"nothing": 0, "files with other bytes": 0, "some of the same files": 3}


@pytest.fixture(params=ALIKE)
def right(request: pytest.FixtureRequest, home: Home) -> Home:
    """Three runs published to a wrong disk; now the right one is mounted again."""
    root, aside = home.site.root, home.site.root.with_name("right")
    for number, name in enumerate(NAMES):
        home.put(name, mp4(seed=number))
    assert home.sync()["listed"] == len(NAMES)
    home.put(NAMES[0], mp4(seed=10))
    assert home.sync()["counts"]["copied"] == 1
    shutil.copytree(root, aside)
    (root / OWNER_MARK).unlink()
    for name in NAMES:
        if request.param == "nothing":
            (root / "clips" / name).unlink()
        elif name not in NAMES[: ALIKE[request.param]]:
            (root / "clips" / name).write_bytes(mp4(seed=90))
    for number in range(3):
        home.put("new.mp4", mp4(seed=20 + number))
        home.sync("--take-over")
    (home.folder / "urls.json").write_text('{"items": []}')
    shutil.rmtree(root)
    shutil.copytree(aside, root)
    return home


def test_the_right_disks_files_are_replaced_and_deleted_as_before_without_a_manifest(
    right: Home,
) -> None:
    home, root = right, right.site.root
    assert [error["code"] for error in home.sync()["errors"]] == ["destination.owner"]
    done = home.sync("--take-over")
    assert (done["exit_code"], done["listed"], done["counts"]["copied"]) == (0, len(NAMES) + 1, 1)
    home.config |= {"delete": "mirror", "max_delete": "100%"}
    home.put(NAMES[1], mp4(seed=30))
    (home.media / NAMES[2]).unlink()
    done = home.sync()
    assert (done["exit_code"], done["counts"]["copied"], done["counts"]["deleted"]) == (0, 1, 1)
    assert (root / "clips" / NAMES[1]).read_bytes() == mp4(seed=30)
    assert not (root / "clips" / NAMES[2]).exists()


def test_a_file_that_somebody_changed_on_the_right_disk_stays(right: Home) -> None:
    home = right
    theirs = home.site.root / "clips" / NAMES[1]
    theirs.write_bytes(mp4(seed=40))
    done = home.sync("--take-over")
    home.put(NAMES[1], mp4(seed=41))
    for _ in range(2):
        assert home.sync()["exit_code"] == 3
        assert {key: each["code"] for key, each in home.troubles().items()} == {NAMES[1]: "destination.taken"}
    assert (done["listed"], theirs.read_bytes()) == (len(NAMES), mp4(seed=40))
