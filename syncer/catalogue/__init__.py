"""What is known of every asset. A URL in the config says where it is kept."""

from __future__ import annotations

from pathlib import Path

from syncer.catalogue.sqlite import SqliteCatalogue
from syncer.errors import CatalogueError
from syncer.seams import Catalogue


def open_catalogue(url: str, *, read_only: bool = False) -> Catalogue:
    """The catalogue at `sqlite:///relative/path` or `sqlite:////absolute/path`."""
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        raise CatalogueError(f"{scheme} is not a kind of catalogue; sqlite is", code="catalogue.kind")
    return SqliteCatalogue(Path(path), read_only=read_only)
