"""`tidy`: removes staged files of dead runs, and nothing else."""

from __future__ import annotations

from syncer.manifest import atomic
from tests.home import Home


def test_tidy_removes_only_staged_files(synced: Home) -> None:
    litter = synced.site.root / "clips" / ".syncer-0123456789abcdef0123456789abcdef.part"
    litter.write_bytes(b"half")
    other = synced.site.root / "clips" / "other.txt"
    other.write_bytes(b"not ours")
    assert "no files of killed runs" in synced.syncer("tidy", "--older-than", "1d").out
    ran = synced.syncer("tidy")
    assert ran.out == "1 file removed\n"
    assert not litter.exists()
    assert other.exists()
    assert synced.syncer("tidy").out == "no files of killed runs were found\n"


def test_tidy_removes_staged_files_beside_a_manifest(home: Home) -> None:
    staged = atomic.staged(home.folder / "urls.json")
    staged.write_text("half")
    assert home.syncer("tidy", "--older-than", "1h").out == "no files of killed runs were found\n"
    ran = home.syncer("tidy", "--json")
    assert ran.json == {"removed": [str(staged)]}
    assert f"removed {staged}" in ran.err
    assert not staged.exists()


def test_tidy_reports_files_that_it_can_not_remove(home: Home) -> None:
    staged = atomic.staged(home.folder / "urls.json")
    staged.mkdir()
    ran = home.syncer("tidy")
    assert ran.code == 1
    assert f"{staged} can't be removed: Is a directory" in ran.err
