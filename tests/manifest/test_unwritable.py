"""A manifest that can't be written leaves the old one."""

from __future__ import annotations

from tests import bad_input
from tests.bad_input import failed, immutable
from tests.home import Home
from tests.media import mp4

quick_retries = bad_input.quick_retries


def test_a_manifest_that_cant_be_written_leaves_the_old_one(home: Home) -> None:
    home.put("a.mp4", mp4())
    (home.folder / "lists").mkdir()
    home.config["manifest"] = ["urls.json", "lists/urls.csv"]
    assert home.sync()["exit_code"] == 0
    home.put("b.mp4", mp4(seed=1))
    with immutable(home.folder / "lists"):
        (line,) = failed(home.sync())
    assert f"the manifest {home.folder}/lists/urls.csv can't be written" in line
    assert set(home.manifest()) == {"a.mp4"}, "all of them, or none"
    assert [file.name for file in (home.folder / "lists").iterdir()] == ["urls.csv"]
    assert home.sync()["counts"] == {"kept": 2}
    assert set(home.manifest()) == {"a.mp4", "b.mp4"}
