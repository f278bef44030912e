"""A source and a destination of the same kind: whether the files of one are inside the other.

It reads the settings by their names, so that no kind is loaded that the config does not use.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Protocol

from syncer.origin.paths import PathTemplate


class _Account(Protocol):
    """The settings of SFTP."""

    host: str
    port: int
    user: str | None
    root: str


@dataclass(frozen=True, slots=True)
class SameKind:
    """Each function takes the settings of the source, then those of the destination."""

    place: Callable[[Any, Any], str | None]
    """The path of the source's root below the destination's; `None` if it is outside, or that is unknown."""
    feeds_on_itself: Callable[[Any, Any, str], bool]
    """Whether the source, of this name, would list its own copies."""


def _local_place(source: Any, destination: Any) -> str | None:
    # Web servers follow a link inside their root, so the names count before the link's target.
    written = _below(os.path.normpath(source.root), os.path.normpath(destination.root))
    return _below(os.path.realpath(source.root), os.path.realpath(destination.root), written)


def _local_loop(source: Any, destination: Any, _: str) -> bool:
    return _overlap(Path(os.path.realpath(source.root)), Path(os.path.realpath(destination.root)))


def _sftp_place(source: _Account, destination: _Account) -> str | None:
    if _machine(source) != _machine(destination):
        return None
    roots = _remote(source.root), _remote(destination.root)
    same_home = source.user == destination.user or all(root.startswith("/") for root in roots)
    return _below(*roots) if same_home else None


def _sftp_loop(source: _Account, destination: _Account, _: str) -> bool:
    # Two that are relative to the same user's home can be compared; a relative one and another can't.
    same = (*_machine(source), source.user) == (*_machine(destination), destination.user)
    roots = (PurePosixPath(_remote(part.root)) for part in (source, destination))
    return same and _overlap(*roots)


def _s3_place(source: Any, destination: Any) -> str | None:
    from syncer.connect.s3 import prefixes

    if _bucket(source) != _bucket(destination):
        return None
    root, start = _prefix(destination), prefixes.start(source.prefix)
    return start.removeprefix(root) if start.startswith(root) else None


def _s3_loop(source: Any, destination: Any, name: str) -> bool:
    from syncer.connect.s3 import prefixes

    if _bucket(source) != _bucket(destination):
        return False
    try:
        head = PathTemplate.parse(source.path).head(name)
    except ValueError:
        return False  # another check reports this
    return (_prefix(destination) + head).startswith(prefixes.start(source.prefix))


SAME_KINDS: Mapping[str, SameKind] = {
    "local": SameKind(_local_place, _local_loop),
    "sftp": SameKind(_sftp_place, _sftp_loop),
    "s3": SameKind(_s3_place, _s3_loop),
}


def _machine(part: _Account) -> tuple[str, int]:
    return part.host.lower().rstrip("."), part.port


def _bucket(part: Any) -> tuple[str, str]:
    from syncer.urls.canonical import canonical_url

    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    endpoint = part.endpoint or next(filter(None, map(os.environ.get, names)), "")
    return canonical_url(endpoint.rstrip("/")), part.bucket


def _prefix(destination: Any) -> str:
    """The start of all keys of the destination."""
    return f"{destination.prefix.rstrip('/')}/" if destination.prefix else ""


def _remote(root: str) -> str:
    return posixpath.normpath(root).replace("//", "/")


def _below(root: str, above: str, found: str | None = None) -> str | None:
    """`root` relative to `above`, with a slash at its end; or `found`, if it is given."""
    if found is not None:
        return found
    one, other = PurePosixPath(root), PurePosixPath(above)
    if not one.is_relative_to(other):
        return None
    inside = str(one.relative_to(other))
    return "" if inside == "." else f"{inside}/"


def _overlap(one: PurePath, other: PurePath) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
