"""Files that an output must not replace: the config, files that it names, and files in its folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.config.yamlfile import Loc
from syncer.destinations import Store
from syncer.manifest.atomic import followed
from syncer.settings.fields import Settings
from syncer.settings.secret import Reference
from syncer.sources import Listing

if TYPE_CHECKING:
    from syncer.config import Config

_BESIDE_CATALOGUE = ("", "-wal", "-shm", "-journal", ".lock", ".push.lock", ".uploads")


def file_claim(config: Config, file: Path) -> str | None:
    """The role of this file in the config; `None` if it has none."""
    return next((what for what, other in claimed_files(config) if is_same(file, other)), None)


def folder_claim(config: Config, file: Path, *, named: bool) -> str | None:
    """The folder of the config that contains it; `None` if there is none. `named`: the user gave its name, so
    it may be a file of a source.
    """
    catalogue = catalogue_file(config)
    for name in ("copies", "uploads"):
        if _inside(file, catalogue.with_name(f"{catalogue.name}.{name}")):
            return f"in the folder of the catalogue's {name}"
    destination = config.origin.destination
    if (root := _local_root(destination)) and _inside(file, root):
        return "below the destination's root"
    return _source_of(config, file) if named else None


def claimed_files(config: Config) -> Iterator[tuple[str, Path]]:
    """Each with its role."""
    yield "the config", config.file
    yield from catalogue_files(config)
    for loc, path in named_files(config):
        files = glob(str(path)) if has_magic(str(path)) else ()  # noqa: PTH207 - absolute
        yield from ((name_of(loc), each) for each in (path, *map(Path, files)))


def name_of(loc: Loc) -> str:
    return _NAMES.get(loc[:2]) or _NAMES.get(loc[:1]) or f"the file of {'.'.join(map(str, loc))}"


_NAMES: dict[Loc, str] = {
    ("manifest",): "a manifest",
    ("origin", "signature_files"): "a signature file",
}


def catalogue_files(config: Config) -> Iterator[tuple[str, Path]]:
    file = catalogue_file(config)
    for suffix in _BESIDE_CATALOGUE:
        yield "a file of the catalogue" if suffix else "the catalogue", file.with_name(file.name + suffix)


def catalogue_file(config: Config) -> Path:
    """The file itself, if the config names a symbolic link."""
    return followed(Path(config.catalogue.removeprefix("sqlite:///")))


def named_files(config: Config) -> Iterator[tuple[Loc, Path]]:
    """All files that its settings name, each with the place of the setting; no folders."""
    return ((loc, path) for loc, path in _paths((), config) if not os.path.isdir(path))  # noqa: PTH112 - never raises


def _paths(loc: Loc, value: object) -> Iterator[tuple[Loc, Path]]:
    if isinstance(value, Path):
        yield loc, value
    elif isinstance(value, Reference) and value.startswith("file:"):
        yield loc, Path(value.removeprefix("file:"))
    elif isinstance(value, Settings):
        for name, part in value:
            yield from _paths((*loc, name), part)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _paths((*loc, name), part)
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _paths((*loc, index), part)


def _source_of(config: Config, file: Path) -> str | None:
    """The source that lists this file. It must exist, and the source's settings must not exclude it."""
    if not os.path.exists(file):  # noqa: PTH110 - never raises
        return None
    for name, source in config.sources.items():
        holder = getattr(source, "source", None)  # of archives
        if any(_lists(each, file) for each in (source, holder)):
            return f"a file of the source {name}"
    return None


def _lists(source: Listing | None, file: Path) -> bool:
    if source is None or (folder := _local_root(source)) is None:
        return False
    return any(
        one.is_relative_to(root) and source.names(str(one.relative_to(root)))
        for one, root in _spellings(file, folder)
    )


def _local_root(part: Listing | Store) -> Path | None:
    return getattr(part, "root", None) if part.kind == "local" else None


def is_same(one: Path, other: Path) -> bool:
    """Whether both names are the same file, which may be missing."""
    try:
        return os.path.realpath(one) == os.path.realpath(other) or one.samefile(other)
    except (OSError, ValueError):
        return False


def _inside(file: Path, folder: Path) -> bool:
    return any(one.is_relative_to(root) for one, root in _spellings(file, folder))


def _spellings(file: Path, folder: Path) -> Iterator[tuple[Path, Path]]:
    """Both as they are written, and with symbolic links resolved. A link is a file of its own folder too."""
    place = Path(os.path.realpath(file.parent)) / file.name
    root = Path(os.path.realpath(folder))
    yield Path(os.path.abspath(file)), Path(os.path.abspath(folder))  # noqa: PTH100 - resolves no links
    yield place, root
    yield Path(os.path.realpath(file)), root
