"""Asset → public path → stable URL: the mapping that must never change by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from syncer.destinations.keys import check, printable
from syncer.errors import OwnershipError, SyncerError
from syncer.media import extension
from syncer.model import Asset, Entry
from syncer.origin import public_url
from syncer.ownership.file import is_signature
from syncer.ownership.property import covers
from syncer.paths import PathTemplate


@dataclass(frozen=True, slots=True)
class OriginAddresses:
    """Addresses at one verified origin. `templates` by name of the source."""

    origin: str
    property: str
    templates: Mapping[str, PathTemplate]
    reserved: frozenset[str] = frozenset()
    """Paths of signature files."""

    def path(self, asset: Asset, sha256: str | None = None, media_type: str | None = None) -> str | None:
        template = self.templates[asset.source]
        if (template.needs_bytes and sha256 is None) or (asset.nameless and media_type is None):
            return None
        if asset.nameless:
            asset = replace(asset, key=asset.key + extension(media_type or ""))
        path = check(template.render(asset, sha256))
        if path in self.reserved or is_signature(path):
            raise SyncerError(
                f"{printable(path)} is the place of a signature file",
                code="plan.signature",
                hint="exclude it from the source, or change the source's path",
            )
        if not self._covered(path):
            raise OwnershipError(
                f"{self.url(path)} is not covered by the property {self.property}",
                code="ownership.uncovered",
                hint="change the source's path so that it is",
            )
        return path

    def serves(self, entry: Entry) -> bool:
        """Whether the entry's URL is one of this origin's, and covered: an origin may move."""
        path = entry.path or ""
        return self.url(path) == entry.url and self._covered(path)

    def url(self, path: str) -> str:
        return public_url(self.origin, path)

    def _covered(self, path: str) -> bool:
        return _covers_all(self.origin, self.property) or covers(self.url(path), self.property)


@lru_cache(maxsize=8)
def _covers_all(origin: str, verified: str) -> bool:
    """Our own URLs hold no `..` and no query, so below a covered root each of them is."""
    return covers(origin, verified)
