"""A folder as a source, for the tests of its special features."""

from __future__ import annotations

from pathlib import Path

from syncer.model import Asset
from syncer.protocols import Reader
from syncer.sources.local import Config, LocalSource


def at(root: Path, exclude: tuple[str, ...] = ()) -> LocalSource:
    return LocalSource("clips", Config(kind="local", root=root, exclude=exclude))


def listed(root: Path) -> dict[str, Asset]:
    return {asset.key: asset for asset in at(root).assets()}


def drain(reader: Reader) -> bytes:
    return b"".join(iter(lambda: reader.read(4), b""))


def read(root: Path, asset: Asset) -> bytes:
    with at(root).open(asset) as reader:
        return drain(reader)


def write(path: Path, data: bytes = b"bytes") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
