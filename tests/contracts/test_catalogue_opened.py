"""The laws of `protocols.Catalogue` about opening it: one origin, readers, a lock, a killed run."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.catalogue import open_catalogue
from syncer.errors import CatalogueError, Locked
from syncer.model import Run
from syncer.protocols import Catalogue
from syncer.protocols.tenure import Tenure
from tests.contracts import catalogues
from tests.contracts.catalogues import NOW, Open, published

open_again = catalogues.open_again
catalogue = catalogues.catalogue


def test_every_write_is_kept_when_it_returns(catalogue: Catalogue, open_again: Open) -> None:
    catalogue.put(published("a"))
    with closing(open_again()) as other:
        assert other.entry("clips", "a") == published("a")


def test_a_catalogue_belongs_to_one_origin_which_may_move(catalogue: Catalogue) -> None:
    assert catalogue.recognise("https://a.example.test/", "local /srv/a") is None
    catalogue.adopt("https://a.example.test/", "local /srv/a")
    catalogue.check()
    catalogue.adopt("https://b.example.test/", "local /srv/a")
    catalogue.adopt("https://b.example.test/", "local /srv/b")
    catalogue.put(published("a"))
    with pytest.raises(CatalogueError, match=r"belongs to https://b\.example\.test/ at local /srv/b"):
        catalogue.adopt("https://c.example.test/", "local /srv/c")


def test_a_catalogue_that_is_only_read_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="no catalogue"):
        open_catalogue(f"sqlite:///{tmp_path / 'none.db'}", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_can_be_read_beside_its_writer_and_after_it(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.put(published("a"))
    for _ in range(2):
        with closing(open_catalogue(f"sqlite:///{tmp_path / 'syncer.db'}", read_only=True)) as reader:
            assert reader.entry("clips", "a") == published("a")
            with pytest.raises(CatalogueError):
                reader.put(published("b"))
        catalogue.close()


def test_tenures_are_remembered_one_for_each_destination(catalogue: Catalogue, open_again: Open) -> None:
    assert catalogue.tenures() == []
    catalogue.put_tenure(Tenure("local /srv/a", "name", "1"))
    catalogue.put_tenure(Tenure("local /srv/b", "name"))
    catalogue.put_tenure(Tenure("local /srv/a", "name", "2", "1"))
    with closing(open_again()) as other:
        assert other.tenures() == [
            Tenure("local /srv/a", "name", "2", "1"),
            Tenure("local /srv/b", "name", None),
        ]


def test_a_copy_is_made_once_a_day_and_only_if_one_is_wanted(catalogue: Catalogue) -> None:
    catalogue.put(published("a"))
    today = NOW.date()
    assert not catalogue.copy(today, 0, lambda: False)
    assert not catalogue.copy(today, 7, lambda: True)
    assert catalogue.copy(today, 7, lambda: False)
    assert not catalogue.copy(today, 7, lambda: False)
    assert catalogue.copy(today + timedelta(days=1), 7, lambda: False)


def test_runs_are_remembered(catalogue: Catalogue) -> None:
    assert catalogue.last_run() is None
    catalogue.begin_run(NOW)
    number = catalogue.begin_run(NOW)
    assert catalogue.last_run() == Run(NOW)
    run = Run(NOW, NOW + timedelta(seconds=1), 3, {"copied": 2}, "why")
    catalogue.end_run(number, run)
    assert catalogue.last_run() == run


def test_the_lock_has_one_holder_and_says_who(catalogue: Catalogue, open_again: Open) -> None:
    assert catalogue.holder() is None
    with catalogue.lock(), closing(open_again()) as other:
        assert re.search(r"process \d+ on .*, since 20\d\d-", str(other.holder()))
        with pytest.raises(Locked, match=r"process \d+ on .*, since 20\d\d-") as caught, other.lock():
            pass
        assert caught.value.code == "locked"
    assert catalogue.holder() is None
    with catalogue.lock():
        pass


def test_the_lock_of_a_killed_run_is_free(catalogue: Catalogue, open_again: Open, tmp_path: Path) -> None:
    """Whatever ended the run."""
    script = (
        "import sys, time; from syncer.catalogue import open_catalogue\n"
        f"with open_catalogue('sqlite:///{tmp_path / 'syncer.db'}').lock():\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Locked, match=f"process {holder.pid} "), catalogue.lock():
            pass
        holder.kill()
        holder.wait()
    assert catalogue.holder() is None
    with closing(open_again()) as other, other.lock():
        pass
