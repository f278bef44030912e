"""A source in place from the flag --in-place: the files are already at the destination."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from syncer.errors import ConfigError
from syncer.sources import KINDS
from syncer.sources.link_settings import MIGRATED

_NAME = "uploads"
"""The source's name if its folder's name is not allowed for a source."""


def in_place_source(folder: str, destination: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """The source as in a config, by its name. `folder` is relative to the destination's root, or absolute.

    Raises `ConfigError` if it is outside the root, or (for a local destination) does not exist.
    """
    if destination["kind"] not in KINDS:
        raise ConfigError(
            f"--in-place: there is no source of the kind {destination['kind']}, which the destination has",
            hint="leave --in-place out, and copy from a local folder, a bucket or an SSH server",
        )
    root = str(destination.get(_key(destination)) or "")
    if destination["kind"] == "local":
        root = _whole(root)
        below = _here(folder, root)
    else:
        below = _below(folder, root)
    return {_name(below or root): lying_at(below, {**destination, _key(destination): root})}


def lying_at(below: str, destination: Mapping[str, object]) -> dict[str, object]:
    """The source whose root is at that path below the destination's root."""
    root = str(destination.get(_key(destination)) or "")
    where = posixpath.join(root, below) if below else root
    if destination["kind"] == "s3":
        where = f"{where.rstrip('/')}/" if where else ""
    return {**destination, _key(destination): where, "in_place": True}


def _key(destination: Mapping[str, object]) -> str:
    return "prefix" if destination["kind"] == "s3" else "root"


def _here(folder: str, root: str) -> str:
    """The path below the root of a local folder, which may also be relative to the current folder."""
    given = Path(root, folder)
    if not given.is_dir() and Path(folder).is_dir():
        given = Path(folder)
    below = _below(_whole(given), root)
    if not given.is_dir():
        raise ConfigError(f"--in-place: there is no folder {given}", hint="name the folder with your files")
    return below


def _whole(path: str | Path) -> str:
    """The absolute path; links are not followed, because a URL has their names."""
    return posixpath.normpath(str(Path(path).expanduser().absolute()))


def _below(folder: str, root: str) -> str:
    """Its path below the root, empty for the root itself."""
    top = root.rstrip("/")
    if f"{folder}/".startswith(f"{top}/"):
        folder = folder[len(top) :]
    elif folder.startswith("/"):
        raise _outside(folder, root)
    below = posixpath.normpath(folder.strip("/") or ".")
    if below.split("/")[0] == ".." or "://" in folder:
        raise _outside(folder, root)
    return "" if below == "." else below


def _outside(folder: str, root: str) -> ConfigError:
    return ConfigError(
        f"--in-place: {folder} is not inside the destination {root}",
        hint="name a folder below the destination, such as storage/uploads; to copy files from elsewhere,"
        " leave --in-place out",
    )


def _name(folder: str) -> str:
    name = re.sub("[^A-Za-z0-9_-]+", "-", folder.rstrip("/").rpartition("/")[2]).strip("-_")[:64]
    return name if name and name != MIGRATED else _NAME
