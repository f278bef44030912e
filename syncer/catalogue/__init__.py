"""What is known of every asset, and of what was sent. A URL in the config says where it is kept."""

from __future__ import annotations

from pathlib import Path

from syncer.catalogue.pushes import SqlitePushes
from syncer.catalogue.recovery import Recovered, Recovery
from syncer.catalogue.sqlite import SqliteCatalogue
from syncer.errors import CatalogueError
from syncer.protocols import Catalogue
from syncer.push.model import Pushes

__all__ = ["Recovered", "Recovery", "open_catalogue", "open_pushes", "recovery"]


def open_catalogue(url: str, *, read_only: bool = False) -> Catalogue:
    """The catalogue at `sqlite:///relative/path` or `sqlite:////absolute/path`."""
    return SqliteCatalogue(_file(url), read_only=read_only)


def open_pushes(url: str) -> Pushes:
    """What was sent, at the same place."""
    return SqlitePushes(_file(url))


def recovery(url: str) -> Recovery:
    """To put another catalogue in its place."""
    return Recovery(_file(url))


def uploads_folder(url: str) -> Path:
    """Where it is remembered, beside the catalogue, which uploads broke off."""
    file = _file(url)
    return file.with_name(f"{file.name}.uploads")


def _file(url: str) -> Path:
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        raise CatalogueError(f"{scheme} is not a kind of catalogue; sqlite is", code="catalogue.kind")
    return Path(path)
