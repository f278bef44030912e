"""The catalogue: what is known of every asset and every draft, in the place that the config's URL names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from syncer.catalogue.sqlite import SqliteCatalogue
from syncer.errors import CatalogueError
from syncer.manifest.atomic import followed
from syncer.protocols import Catalogue

if TYPE_CHECKING:
    from syncer.catalogue.recovery import Recovery
    from syncer.push.model import Pushes


def open_catalogue(url: str, *, read_only: bool = False) -> Catalogue:
    """The catalogue at `sqlite:///relative/path` or `sqlite:////absolute/path`."""
    return SqliteCatalogue(_file(url), read_only=read_only)


def open_pushes(url: str) -> Pushes:
    """The drafts that were sent, in the same file."""
    from syncer.catalogue.pushes import SqlitePushes

    return SqlitePushes(_file(url))


def open_recovery(url: str) -> Recovery:
    """For replacing the catalogue."""
    from syncer.catalogue.recovery import Recovery

    return Recovery(_file(url))


def uploads_folder(url: str) -> Path:
    """The folder beside the catalogue with the files about interrupted uploads and begun commits."""
    file = _file(url)
    return file.with_name(f"{file.name}.uploads")


def _file(url: str) -> Path:
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        raise CatalogueError(
            f"{scheme} is not a kind of catalogue",
            code="catalogue.kind",
            hint="write catalogue: sqlite:///syncer.db, or sqlite:////var/lib/syncer/syncer.db",
        )
    return followed(Path(path))
