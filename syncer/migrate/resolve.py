"""Finds the stable URL of each link in a document: its asset, and the result."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from syncer.connect.s3.prefixes import key_below
from syncer.migrate.documents import Document, LinkKind, Occurrence, reason
from syncer.model import Entry, Finding, State, against, rejects
from syncer.origin.ownership.property import covers
from syncer.protocols import Addresses, Catalogue
from syncer.sources import Listing
from syncer.sources.link_settings import MIGRATED
from syncer.sources.links.refresh import bucket_and_key
from syncer.sources.s3 import S3Source
from syncer.urls.links import asset_key, shown_url

COLUMNS = ("link", "url", "state", "reason", "source", "key", "occurrences")


class Fate(StrEnum):
    REPLACED = "replaced"
    EXPIRED = "expired"
    GONE = "gone"
    REFUSED = "refused"
    """By the link's server, by syncer because of its address, or because somebody unpublished it."""
    REJECTED = "rejected"
    """The platform would refuse the file."""
    FAILED = "failed"


@dataclass(slots=True)
class LinkUse:
    """The uses of one distinct link in a document."""

    line: int
    """Of the first place, or of the first place where it can't be replaced."""
    occurrences: int = 0
    hindered: int = 0
    """In how many of its places it can't be replaced."""
    hindrance: str | None = None
    """Why, for the first of them."""
    unrequested: str | None = None
    """Why it is not requested."""

    def add(self, found: Occurrence) -> None:
        self.occurrences += 1
        if found.hindrance:
            self.line = self.line if self.hindrance else found.line
            self.hindrance = self.hindrance or found.hindrance
            self.hindered += 1


Links = Mapping[str, LinkUse]
"""In the order of the document."""


@dataclass(frozen=True, slots=True)
class MapRow:
    """One distinct link of a document: a line of the map."""

    link: str
    """As in the document, with its signature: only for the map."""
    url: str
    """The stable URL; empty if the link stays."""
    state: Fate
    reason: str
    source: str
    key: str
    occurrences: int
    hint: str | None = None
    """The hint of its error; not in the map."""
    left: int = 0
    """In how many places it was not replaced; not in the map."""
    line: int = 0
    """The line of the first of these places; not in the map."""


def links_of(
    document: Document, stream: IO[bytes], owned: str, *, every: bool
) -> tuple[Links, tuple[str, ...]]:
    """The links that lead to media or may do so, and the other links. Links that the verified property
    covers are in neither. With `every`, all links count as media.
    """
    links: dict[str, LinkUse] = {}
    others: dict[str, None] = {}
    for found in document.links(stream):
        url = found.url
        if (url in others and not found.listed and not found.longer) or covers(url, owned):
            continue
        if url not in links and not every and not found.listed and found.kind is LinkKind.OTHER:
            others[url] = None
            continue
        if url not in links:
            links[url] = LinkUse(found.line, unrequested=None if every else reason(url))
        links[url].add(found)
    return links, tuple(url for url in others if url not in links)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Finds the entry of the object behind a link, in any source."""

    catalogue: Catalogue
    sources: Mapping[str, Listing]
    """The sources of the config, by name."""
    addresses: Addresses

    def entry(self, url: str) -> Entry | None:
        """A published entry if there is one, or else any entry."""
        found = [entry for name in self._names(url) if (entry := self.catalogue.entry(*name))]
        return next(filter(self.serves, found), found[0] if found else None)

    def serves(self, entry: Entry) -> bool:
        return entry.state is State.PUBLISHED and self.addresses.serves(entry)

    def is_withdrawn(self, url: str) -> bool:
        """Whether somebody unpublished it."""
        return any(self.catalogue.withdrawn(*name) for name in self._names(url))

    def _names(self, url: str) -> Iterator[tuple[str, str]]:
        key = asset_key(url).key
        yield MIGRATED, key
        for name, source in self.sources.items():
            if source.kind == "links":
                yield name, key
            elif inside := _inside(source, url):
                yield name, inside


def _inside(source: Listing, url: str) -> str | None:
    """The key that a bucket's source gives the link's object; `None` if the object is not in this source."""
    found = bucket_and_key(url, source.endpoint) if isinstance(source, S3Source.Config) else None
    if found is None or not isinstance(source, S3Source.Config) or found.bucket != source.bucket:
        return None
    key = unicodedata.normalize("NFC", found.key)
    return key_below(source.prefix, key)


def rows(links: Links, where: Whereabouts) -> Iterator[MapRow]:
    for link, place in links.items():
        entry = where.entry(link)
        fate, reason = _fate(entry, where.serves)
        if place.hindrance and (fate is Fate.REPLACED or place.hindered == place.occurrences):
            fate, reason = _hindered(place, place.hindrance)
        if place.unrequested and (entry is None or not where.serves(entry)):
            fate, reason = Fate.FAILED, place.unrequested
        elif entry is None and where.is_withdrawn(link):
            fate, reason = Fate.REFUSED, "it was unpublished; `syncer unpublish --undo` allows it again"
        source, key = (entry.source, entry.key) if entry else (MIGRATED, asset_key(link).key)
        url = (entry.url or "") if entry and fate is Fate.REPLACED else ""
        hint = entry.error.hint if entry and entry.error and reason == entry.error.message else None
        reason = reason.removeprefix(f"{shown_url(link)}: ")  # the row already shows the link
        left = place.hindered if fate is Fate.REPLACED else place.occurrences
        yield MapRow(link, url, fate, reason, source, key, place.occurrences, hint, left, place.line)


def _hindered(place: LinkUse, hindrance: str) -> tuple[Fate, str]:
    """The link is replaced in the other places, if there are any."""
    if place.hindered == place.occurrences:
        return Fate.FAILED, hindrance
    return Fate.REPLACED, f"it stays in {place.hindered} of {place.occurrences} places: {hindrance}"


def missing_links(links: Links, where: Whereabouts) -> Iterator[str]:
    """The links that may be requested, can be replaced somewhere, and have no stable URL yet."""
    for link, place in links.items():
        useful = place.unrequested is None and place.hindered < place.occurrences
        if useful and not is_served(link, where):
            yield link


def is_served(link: str, where: Whereabouts) -> bool:
    """Whether it has a stable URL."""
    entry = where.entry(link)
    return entry is not None and where.serves(entry)


def _fate(entry: Entry | None, serves: Callable[[Entry], bool]) -> tuple[Fate, str]:
    if entry is None:
        return Fate.FAILED, "not tried: the run ended before"
    if serves(entry):
        return Fate.REPLACED, ""
    if entry.error:
        return _FATES.get(entry.error.code, Fate.FAILED), entry.error.message
    if entry.state is State.REJECTED:
        return Fate.REJECTED, _first(rejects(entry.findings))
    reason = _first(against(entry.findings, seen=False))
    stored = "" if entry.in_place else "is stored, but "
    return Fate.FAILED, f"it {stored}was not seen at its URL: {reason}"


def _first(findings: tuple[Finding, ...]) -> str:
    return findings[0].message if findings else "the reason is unknown"


_FATES = {
    "source.expired": Fate.EXPIRED,
    "source.missing": Fate.GONE,
    "source.denied": Fate.REFUSED,
    "source.private": Fate.REFUSED,
    "source.quota": Fate.REFUSED,
    "source.signature": Fate.REFUSED,
}
