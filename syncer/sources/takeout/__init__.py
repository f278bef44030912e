"""Media in an export of Google Takeout, or a download of Google Drive: archives, read without unpacking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from syncer.connect.pace import SharedPace
from syncer.errors import SourceChanged, SourceError
from syncer.model import Asset, Digest, Finding, Severity
from syncer.protocols import Opened, Pace, Reader
from syncer.settings.spelling import counted
from syncer.sources.takeout import parts, settings, shelf
from syncer.sources.takeout.archives import archives
from syncer.sources.takeout.library import INSIDE, IndexedArchive, Library
from syncer.sources.takeout.shelf import Archive
from syncer.sources.takeout.streams import Broken

MOST_NAMED = 10
"""Parts in one message."""
SEEN = {
    "duplicate": (
        "file is in the export several times, such as in an album and a year, and is taken once",
        "files are in the export several times, such as in an album and a year, and are taken once",
    ),
    "orphan": (
        "sidecar has no photo or video beside it",
        "sidecars have no photo or video beside them",
    ),
    "trashed": (
        "file was in the trash, and is skipped",
        "files were in the trash, and are skipped",
    ),
}
REPEATED = ("part was downloaded twice, and is taken once", "parts were downloaded twice, and are taken once")


class TakeoutSource:
    """All media of the archives, as one library. The version of a file is its checksum and its size."""

    Config = settings.TakeoutSettings

    def __init__(self, name: str, config: settings.TakeoutSettings, pace: Pace | None = None) -> None:
        self._name = name
        self._config = config
        self._pace = pace or SharedPace()
        self._archives = archives(config, self._pace)
        self._remarks: tuple[Finding, ...] = ()

    def assets(self) -> Iterator[Asset]:
        """The assets, after all archives are read: a file and its sidecar may be in different ones."""
        found = [parts.part_of(asset) for asset in self._archives.assets()]
        total = sum(each.archive.size or 0 for each in found)
        groups = parts.gathered(found)
        broken: list[tuple[str, SourceError]] = []
        repeated: list[str] = []
        read: list[tuple[parts.Part, Archive]] = []
        for copies in groups:
            best = self._best(copies, total)
            read.append(best)
            repeated += [each.name for each in copies if each is not best[0]]
            if trouble := best[1].index.trouble:
                broken.append((best[0].name, trouble))
        shelf.keep_only(self._config, [part.archive.key for part, _ in read])
        library = Library(
            [IndexedArchive(part.export, part.archive.key, archive.index) for part, archive in read],
            lambda part, rows: shelf.read_sidecars(read[part][1], self._archives, rows, self._pace),
        )
        yield from library.assets(self._name)
        self._remarks = tuple(_remarks(library, repeated))
        _raise_lacking(parts.missing_parts(found), broken)

    def _best(self, copies: list[parts.Part], total: int) -> tuple[parts.Part, Archive]:
        """The first complete download of a part; else the one with the most readable files."""
        read = []
        for part in copies:
            archive = shelf.indexed(self._config, self._archives, part.archive, total, self._pace)
            if archive.index.trouble is None:
                return part, archive
            read.append((part, archive))
        return max(read, key=lambda each: len(each[1].index))

    def look(self, asset: Asset) -> Asset:
        return asset

    def remarks(self) -> tuple[Finding, ...]:
        return self._remarks

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        """The listed member. The archive must still have the version that was indexed."""
        archive = self._archive(asset)
        name = asset.locator.removeprefix(archive.asset.key + INSIDE)
        row = archive.index.row(name, asset.version)
        if row is None:
            raise _changed(asset, "the archive no longer has it as it was listed")
        told = _Told(asset, on_the_way=self._config.source is not None)
        with ExitStack() as stack:
            with told():
                reader = stack.enter_context(archive.member(self._archives, row, start))
            yield _NamedReader(reader, told, archive.index.proof(row))

    def _archive(self, asset: Asset) -> Archive:
        for archive in shelf.known_archives(self._config):
            if asset.locator.startswith(archive.asset.key + INSIDE):
                return archive
        found = [*self._archives.assets()]  # it was listed by another process
        total = sum(each.size or 0 for each in found)
        for each in found:
            if asset.locator.startswith(each.key + INSIDE):
                return shelf.indexed(self._config, self._archives, each, total, self._pace)
        raise _changed(asset, "the archive that held it is gone")

    def place(self, asset: Asset) -> str | None:  # noqa: ARG002 - a copy would need a whole object
        return None

    def close(self) -> None:
        self._archives.close()


Config = TakeoutSource.Config


class _NamedReader:
    """A reader whose errors name the asset."""

    def __init__(self, reader: Reader, told: _Told, digest: Digest) -> None:
        self._reader = reader
        self._told = told
        self._digest = digest

    def digests(self) -> tuple[Digest, ...]:
        return (self._digest,)

    def read(self, size: int, /) -> bytes:
        with self._told():
            return self._reader.read(size)


@dataclass(frozen=True, slots=True)
class _Told:
    """Turns errors into ones that name the asset."""

    asset: Asset
    on_the_way: bool
    """Whether the archive comes from another source, so that damage may be temporary."""

    @contextmanager
    def __call__(self) -> Iterator[None]:
        try:
            yield
        except Broken as error:
            raise SourceError(
                f"'{self.asset.key}' is damaged in its archive: {error}",
                code="source.corrupt",
                hint="download that part again",
                transient=self.on_the_way,
            ) from None
        except SourceChanged as error:
            raise _changed(self.asset, error.message) from error
        except SourceError as error:
            error.message = f"'{self.asset.key}': {error.message}"
            raise


def _changed(asset: Asset, why: str) -> SourceChanged:
    return SourceChanged(f"'{asset.key}' can't be read: {why}", hint="the next run sees what is there")


def _remarks(library: Library, repeated: list[str]) -> Iterator[Finding]:
    if repeated:
        yield _remark("repeated", REPEATED, len(repeated), repeated[0])
    for word, what in SEEN.items():
        if number := library.seen[word]:
            yield _remark(word, what, number, library.samples[word])


def _remark(word: str, what: tuple[str, str], number: int, sample: str) -> Finding:
    return Finding(f"takeout.{word}", Severity.WARN, f"{counted(number, *what)}; '{sample}' for one")


def _raise_lacking(missing: list[str], broken: list[tuple[str, SourceError]]) -> None:
    """Raises one error with all that makes the listing incomplete."""
    if not missing and not broken:
        return
    told = [f"{_some(missing)} missing"] if missing else []
    told += [f"{name}: {error.message}" for name, error in broken[:MOST_NAMED]]
    if len(broken) > MOST_NAMED:
        told.append(f"and {counted(len(broken) - MOST_NAMED, 'more archive')} can't be read")
    first = broken[0][1] if broken else None
    raise SourceError(
        "; ".join(told),
        code="source.incomplete" if missing or first is None else first.code,
        hint="download what is missing; all other files were listed"
        if missing or first is None
        else first.hint,
        transient=first.transient if first and not missing else False,
    )


def _some(missing: list[str]) -> str:
    named = ", ".join(missing[:MOST_NAMED])
    more = f" and {counted(len(missing) - MOST_NAMED, 'more part')}" if len(missing) > MOST_NAMED else ""
    return f"{named}{more} {'is' if len(missing) == 1 else 'are'}"
