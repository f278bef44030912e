"""Asset → public path → stable URL. This mapping must never change by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from unicodedata import normalize

from syncer.destinations.keys import check_path, path_error, printable
from syncer.errors import DestinationError, OwnershipError, SyncerError
from syncer.model import Asset, Entry
from syncer.origin.ownership.property import covers
from syncer.origin.ownership.shapes import is_signature
from syncer.origin.paths import PathTemplate, lies_in
from syncer.probe.media_types import MEDIA, extension, fits
from syncer.urls import safe_names
from syncer.urls.canonical import under

_ANY_HASH = "0" * 64
_ANY_ENDING = ".mp4"
"""In place of unknown values: a bad path is refused before anything is read."""
_SOURCES_PATH = re.compile(r"(?:the|each) source's `?path`?")
"""How hints name the key."""


@dataclass(frozen=True, slots=True)
class OriginAddresses:
    """Addresses at one verified origin. `templates` by name of the source.

    A path keeps an ending of media that its template gives it. Otherwise it gets the ending of the key, or
    the ending of the bytes' type (`Asset.ending`) if the key has none or a wrong one. `safe_names` makes the
    name harmless.
    """

    origin: str
    property: str
    templates: Mapping[str, PathTemplate]
    reserved: frozenset[str] = frozenset()
    """Paths of signature files."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Folders of sources in place, by name of the source: all of their paths begin with it."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The config key that sets the path, by name, for anything that is not one of the config's sources."""

    def path(self, asset: Asset, sha256: str | None = None, media_type: str | None = None) -> str | None:
        try:
            return self._path(asset, sha256, media_type)
        except SyncerError as error:
            if error.hint and asset.source in self.keys:
                error.hint = _SOURCES_PATH.sub(f"`{self.keys[asset.source]}`", error.hint)
            raise

    def _path(self, asset: Asset, sha256: str | None, media_type: str | None) -> str | None:
        if asset.source in self.places:
            return self._in_place(asset)
        if media_type is not None and not extension(media_type):
            raise SyncerError(
                f"{asset.source}:{asset.key} is {media_type}, and only media gets a public name",
                code="plan.media",
                hint="exclude it from the source",
            )
        template, own = self.templates[asset.source], _own_ending(asset)
        path, ending = (
            self._rendered(asset, sha256 or _ANY_HASH),
            own or asset.ending or extension(media_type or ""),
        )
        lacking = asset.nameless or not safe_names.is_media(path) or (template.ends_as_key and not own)
        if lacking and not own:
            longer = replace(asset, key=asset.key + (ending or _ANY_ENDING))
            path = self._rendered(longer, sha256 or _ANY_HASH)
        path = self._public(path if safe_names.is_media(path) else path + (ending or _ANY_ENDING))
        incomplete = (lacking and not ending) or (template.needs_bytes and not sha256)
        return None if incomplete else path

    def _in_place(self, asset: Asset) -> str:
        """The asset's path in place. Raises `SyncerError` if a file of that name must not be published."""
        path = self.places[asset.source] + asset.key
        try:
            self._spare_signatures(path)
            check_path(path)
        except DestinationError as error:
            error.hint = "rename it there (syncer never renames your files), or `exclude` it"
            raise
        self._refuse_uncovered(path, "verify a property that covers it, or `exclude` it")
        return path

    def fitting(self, asset: Asset, media_type: str) -> Asset:
        """The asset with the ending of its bytes' type, if its path would have an ending of another type."""
        ending = extension(media_type)
        if asset.source in self.places or asset.ending is not None or not ending or not _own_ending(asset):
            return asset
        named = replace(asset, ending=ending)
        return asset if self.path(named, _ANY_HASH) == self.path(asset, _ANY_HASH) else named

    def needs_head(self, asset: Asset) -> bool:
        if asset.source in self.places:
            return False
        if asset.ending is not None or self.templates[asset.source].needs_bytes or _own_ending(asset):
            return False
        return asset.nameless or not safe_names.is_media(self._rendered(asset, _ANY_HASH))

    def _rendered(self, asset: Asset, sha256: str) -> str:
        """The path by the template. Raises `SyncerError` if it can't be public with any ending."""
        path = self.templates[asset.source].render(asset, sha256)
        if flaw := safe_names.path_flaw(path):
            raise path_error(path, flaw)
        self._spare_signatures(path)
        return path

    def _public(self, path: str) -> str:
        """The path in its harmless form. Raises `SyncerError` if it must not be published."""
        path = check_path(normalize("NFC", safe_names.harmless(path)))
        self._spare_signatures(path)
        if lies_in(self.places.values(), path):
            raise SyncerError(
                f"{printable(path)} lies in the folder of a source in place, whose files are never replaced",
                code="plan.in_place",
                hint="change the source's path so that it begins with another folder",
            )
        self._refuse_uncovered(path, "change the source's path so that it is")
        return path

    def _refuse_uncovered(self, path: str, hint: str) -> None:
        if not self._covered(path):
            raise OwnershipError(
                f"{self.url(path)} is not covered by the property {self.property}",
                code="ownership.uncovered",
                hint=hint,
            )

    def _spare_signatures(self, path: str) -> None:
        if path in self.reserved or is_signature(path):
            raise SyncerError(
                f"{printable(path)} is the place of a signature file",
                code="plan.signature",
                hint="exclude it from the source, or change the source's path",
            )

    def serves(self, entry: Entry) -> bool:
        """Whether the entry's URL is at this origin and covered: the origin may have moved since."""
        path = entry.path or ""
        return self.url(path) == entry.url and self._covered(path)

    def url(self, path: str) -> str:
        return under(self.origin, path)

    def _covered(self, path: str) -> bool:
        return _covers_all(self.origin, self.property) or covers(self.url(path), self.property)


def _own_ending(asset: Asset) -> str | None:
    """The key's ending of media, with its dot; `None` if it has none, or the bytes are of another type."""
    named = not asset.nameless and safe_names.is_media(asset.key)
    own = "." + asset.key.rpartition(".")[2]
    return own if named and (not asset.ending or fits(own, MEDIA[asset.ending[1:].lower()])) else None


@lru_cache(maxsize=8)
def _covers_all(origin: str, verified: str) -> bool:
    """Our own URLs contain no `..` and no query, so a covered root covers each of them."""
    return covers(origin, verified)
