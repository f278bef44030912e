"""The indexes of archives, shared in a process: a listing makes them, and workers use them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass

from syncer.errors import SourceError
from syncer.model import Asset
from syncer.protocols import Pace, Reader
from syncer.sources.takeout import tgz, zips
from syncer.sources.takeout.archives import Archives
from syncer.sources.takeout.index import CRC32, Index
from syncer.sources.takeout.settings import TakeoutSettings
from syncer.sources.takeout.sidecars import Sidecar, read_sidecar
from syncer.sources.takeout.streams import Broken, Onward, Steady

MOST_POINTS = 1024
"""The most states of zlib for all archives of a source: up to 45 MB."""

DAMAGED = "source.archive"


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive, in the version that was indexed."""

    asset: Asset
    index: Index
    points: tgz.Points | None = None
    """`None` for a zip."""

    @contextmanager
    def member(self, archives: Archives, row: int, start: int) -> Iterator[Reader]:
        def open_at(place: int) -> AbstractContextManager[Reader]:
            return archives.open(self.asset, place)

        if self.points:
            with tgz.tgz_member(open_at, self.index, self.points, row, start) as reader:
                yield reader
        else:
            with zips.zip_member(open_at, self.index, row, start) as reader:
                yield reader


_lock = threading.Lock()
_locks: dict[tuple[TakeoutSettings, str], threading.Lock] = defaultdict(threading.Lock)
"""A lock for each archive: one worker reads it while the others wait."""
_shelves: dict[TakeoutSettings, dict[str, Archive]] = defaultdict(dict)
"""By settings, then by the archive's key."""


def known_archives(config: TakeoutSettings) -> list[Archive]:
    with _lock:
        return [*_shelves[config].values()]


def keep_only(config: TakeoutSettings, keys: Iterable[str]) -> None:
    """Forget archives that no longer exist."""
    with _lock:
        shelf = _shelves[config]
        for key in set(shelf) - set(keys):
            del shelf[key]


def indexed(config: TakeoutSettings, archives: Archives, asset: Asset, total: int, pace: Pace) -> Archive:
    """The archive; this version of it is read only once. `total` is the size of all archives."""
    with _lock:
        turn = _locks[config, asset.key]
    with turn:
        archive = _shelves[config].get(asset.key)
        if archive is None or archive.asset != asset or _may_pass(archive):
            archive = _shelves[config][asset.key] = _read(archives, asset, total, pace)
        return archive


def _may_pass(archive: Archive) -> bool:
    trouble = archive.index.trouble
    return trouble is not None and trouble.code != DAMAGED


def read_sidecars(archive: Archive, archives: Archives, rows: Iterable[int], pace: Pace) -> None:
    """Read the sidecars in these rows, in the order of the archive, to read neighbours at once."""
    index = archive.index
    wanted = sorted((row for row in rows if row not in index.said), key=index.places.__getitem__)
    if not wanted:
        return
    with closing(_steady(archives, archive.asset, pace)) as steady:
        for row in wanted:
            index.said[row] = _sidecar(steady, index, row)


def _steady(archives: Archives, asset: Asset, pace: Pace) -> Steady:
    return Steady(lambda place: archives.open(asset, place), asset.size or 0, pace)


def _sidecar(steady: Steady, index: Index, row: int) -> Sidecar | None:
    try:
        return read_sidecar(zips.small(steady, index, row))
    except Broken:
        return None


def _read(archives: Archives, asset: Asset, total: int, pace: Pace) -> Archive:
    with closing(_steady(archives, asset, pace)) as steady:
        try:
            return _by_its_start(asset, steady, max(tgz.SPACING, total // MOST_POINTS))
        except Broken as error:
            trouble = SourceError(str(error), code=DAMAGED, hint="download that part again, or leave it out")
        except SourceError as error:
            trouble = error
    return Archive(asset, Index(width=CRC32, trouble=trouble))


def _by_its_start(asset: Asset, steady: Steady, spacing: int) -> Archive:
    if asset.flaw:
        raise Broken(asset.flaw)
    head = steady.read(0, 64)
    if head.startswith(b"\x1f\x8b"):
        return Archive(asset, *tgz.index_tgz(Onward(steady), asset.size or 0, spacing))
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return Archive(asset, zips.index_zip(steady, asset.size or 0))
    raise Broken(_what(head))


def _what(head: bytes) -> str:
    if not head:
        return "it is empty"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype", b"<html")):
        return "it is a web page, not an archive: the login expired before the download"
    return "it is neither a zip nor a tgz"
