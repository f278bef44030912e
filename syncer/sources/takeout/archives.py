"""The archives: files on this machine, or assets of another source."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from syncer.connect.reasons import reason_of
from syncer.errors import SourceError
from syncer.model import Asset
from syncer.protocols import Pace, Reader
from syncer.sources import open_source
from syncer.sources.folders import shortened
from syncer.sources.listing import Listing
from syncer.sources.local import LocalSource
from syncer.sources.takeout import globs
from syncer.sources.takeout.parts import is_archive
from syncer.sources.takeout.settings import TakeoutSettings


class Archives(Protocol):
    def assets(self) -> Iterator[Asset]: ...

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Reader]: ...

    def close(self) -> None: ...


def archives(config: TakeoutSettings, pace: Pace | None) -> Archives:
    return SourceArchives(config.source, pace) if config.source else ArchiveFiles(config.archives)


class ArchiveFiles:
    """Archives on this machine, by globs or in folders. The key of an archive is its path."""

    def __init__(self, patterns: tuple[Path, ...]) -> None:
        self._patterns = patterns

    def assets(self) -> Iterator[Asset]:
        seen: set[Path] = set()
        for pattern in self._patterns:
            try:
                found = sorted(set(_matching(pattern)) - seen)
            except OSError as error:
                where = shortened(str(error.filename or pattern))
                raise SourceError(
                    f"{pattern} can't be searched: {where}: {reason_of(error)}",
                    code="source.denied" if isinstance(error, PermissionError) else "source.io",
                    hint="let this user read that folder, or move the archives elsewhere",
                ) from error
            for path in found:
                seen.add(path)
                for asset in self._folder(path.parent).at(path.name):
                    yield replace(asset, key=os.fsencode(path).decode("utf-8", "backslashreplace"))

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Reader]:
        return self._folder(Path(asset.key).parent).open(asset, start)

    def _folder(self, folder: Path) -> LocalSource:
        return LocalSource("archives", LocalSource.Config(kind="local", root=folder))

    def close(self) -> None:
        """Nothing is kept open."""


def _matching(pattern: Path) -> Iterator[Path]:
    """The archives in a folder, a file, or the matches of a glob. An existing path is never a glob."""
    root = pattern
    while not root.exists() and root != root.parent:
        root = root.parent
    if root != pattern:
        found = list(globs.matching(root, pattern.relative_to(root).parts))
        if not found:
            raise SourceError(
                f"no file matches {pattern}",
                code="source.missing",
                hint="check `archives`, and that its disk is mounted",
            )
        yield from found
    elif root.is_dir():
        yield from (path for path in root.iterdir() if is_archive(path.name) and not path.is_dir())
    else:
        yield root


class SourceArchives:
    """Archives in another source that its filters take."""

    def __init__(self, config: Listing, pace: Pace | None) -> None:
        self._config = config
        self._source = open_source("archives", config, pace)

    def assets(self) -> Iterator[Asset]:
        now = datetime.now(UTC)
        for asset in self._source.assets():
            if is_archive(asset.key) and self._config.takes(asset, now):
                yield asset

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Reader]:
        return self._source.open(asset, start)

    def close(self) -> None:
        self._source.close()
