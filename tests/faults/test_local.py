"""Disks of this machine: where media comes from, where it goes, the catalogue and the manifest."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Each, Ground
from tests.faults.stage import Stage
from tests.faults.suite import Bench
from tests.faults.wires import KINDS, Calls

WRITING = [kind for kind in KINDS if kind != "end"]

COMPLAINTS = {"EIO": 2, "EACCES": 2}
"""A folder that can't even be looked at is a mistake of the config, as far as can be told."""


@pytest.fixture(scope="module")
def source(ground: Ground) -> Bench:
    def make() -> tuple[Stage, Calls]:
        stage = ground.stage()
        return stage, Calls((stage.source.settings["root"],), stage.folder / "calls")

    return Bench.of("local source", make)


@pytest.fixture(scope="module")
def destination(ground: Ground) -> Bench:
    def make() -> tuple[Stage, Calls]:
        stage = ground.stage()
        return stage, Calls((stage.place.settings["root"],), stage.folder / "calls")

    return Bench.of("local destination", make)


@pytest.fixture(scope="module")
def catalogue(ground: Ground) -> Bench:
    def make() -> tuple[Stage, Calls]:
        stage = ground.stage()
        return stage, Calls((str(stage.state),), stage.folder / "calls")

    return Bench.of("catalogue", make, more_codes=COMPLAINTS)


@pytest.fixture(scope="module")
def manifest(ground: Ground) -> Bench:
    def make() -> tuple[Stage, Calls]:
        stage = ground.stage()
        return stage, Calls((str(stage.lists),), stage.folder / "calls")

    return Bench.of("manifest", make, more_codes=COMPLAINTS)


@pytest.mark.parametrize("kind", ["EIO", "EMFILE", "EACCES", "short", "end"])
def test_reading_from_a_folder(source: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(source, kind, always)


@pytest.mark.parametrize("kind", WRITING)
def test_writing_to_a_folder(destination: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(destination, kind, always)


@pytest.mark.parametrize("kind", KINDS)
def test_the_catalogue(catalogue: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(catalogue, kind, always)


@pytest.mark.parametrize("kind", WRITING)
def test_the_manifest(manifest: Bench, kind: str, always: bool, check: Each) -> None:  # noqa: FBT001 - a fixture
    check(manifest, kind, always)
