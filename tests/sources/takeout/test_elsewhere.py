"""Exports on a server, and files that another process has listed."""

from __future__ import annotations

import pickle
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from syncer.errors import SourceChanged
from syncer.sources.takeout import Config, TakeoutSource
from tests.servers.sshd import Sshd
from tests.sources.takeout.exports import lacking, listed, make, part, read, said

OPEN = """
import pickle, sys
from pathlib import Path
from syncer.sources.takeout import TakeoutSource

config, assets = pickle.loads(Path(sys.argv[1]).read_bytes())
for asset in assets:
    with TakeoutSource("photos", config).open(asset) as reader:
        print(reader.read(100).decode())
"""


@pytest.mark.parametrize("ending", ["zip", "tgz"])
def test_archives_on_an_ssh_server_are_read_there(sshd: Sshd, tmp_path: Path, ending: str) -> None:
    make(tmp_path / part(1, ending), {"a_.mp4": b"1" * 300_000, "b.mp4": b"2"})
    make(tmp_path / part(2, ending), {"a_.mp4.json": said("a?.mp4")})
    config = Config(kind="takeout", source=sshd.source(tmp_path, include=("takeout-*",)))
    with closing(TakeoutSource("photos", config)) as source:
        assets = {asset.key: asset for asset in source.assets()}
        assert set(assets) == {"a?.mp4", "b.mp4"}
        with source.open(assets["a?.mp4"], 299_999) as reader:
            assert reader.read(10) == b"1"
        with source.open(assets["b.mp4"]) as reader:
            assert reader.read(10) == b"2"


@pytest.mark.parametrize("ending", ["zip", "tgz"])
def test_a_file_that_another_process_has_listed_is_opened(tmp_path: Path, ending: str) -> None:
    for number in (1, 2):
        make(tmp_path / part(number, ending), {f"{number}.mp4": b"%d" % number})
    config, known = Config(kind="takeout", archives=(tmp_path,)), tmp_path / "known"
    known.write_bytes(pickle.dumps((config, [*listed(tmp_path).values()])))
    ran = subprocess.run(
        [sys.executable, "-c", OPEN, str(known)], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.split() == ["1", "2"]


def test_a_file_of_a_missing_archive_is_gone(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    path = make(tmp_path / "here" / part(1), {"a.mp4": b"1"})
    (asset,) = listed(tmp_path / "here").values()
    path.unlink()
    assert listed(tmp_path / "here") == {}
    with pytest.raises(SourceChanged, match=r"a\.mp4"):
        read(asset, tmp_path / "here")


def test_many_wrong_archives_are_reported_in_a_few_words(tmp_path: Path) -> None:
    for number in range(1, 41):
        (tmp_path / part(number)).write_text("<html>")
    _, error = lacking(tmp_path)
    assert "and 30 more archives" in error.message
    assert len(error.message) < 2000
