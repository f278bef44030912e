"""A running local origin, with files of many names and sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from syncer.serving import LocalOrigin, Running
from tests.home import SIGNATURE
from tests.serving.visitors import ODD_NAMES, big, stranger


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("origin")


@pytest.fixture(scope="module")
def root(folder: Path) -> Path:
    root = folder / "root"
    (root / "clips" / "deep").mkdir(parents=True)
    (root / "big.mp4").write_bytes(big())
    (root / "empty.mp4").touch()
    (root / SIGNATURE).write_bytes(b"tiktok-developers-site-verification=abc")
    (root / "clips" / "deep" / "one.webm").write_bytes(b"webm")
    for name in ODD_NAMES:
        (root / "clips" / name).write_text(name, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def origin(folder: Path, root: Path, lines: list[str]) -> Iterator[Running]:
    wanted = LocalOrigin(
        root,
        folder / "ca",
        port=0,
        names=("media.example.test",),
        signatures=frozenset({"my proof.txt"}),
        log=lines.append,
    )
    with wanted.start() as running:
        yield running


@pytest.fixture(scope="module")
def client(origin: Running) -> Iterator[httpx.Client]:
    with stranger(origin) as client:
        yield client
