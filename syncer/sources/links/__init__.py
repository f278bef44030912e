"""Media behind a list of URLs: signed, shared or plain.

`lists` and `formats` read the list. `deduplicate` sorts several links to one object. `direct` downloads it.
`shared` has the rules of shared links, and `answers` the errors of stores. `refresh` reads expired links with
the user's own keys. `link_status` compares links with the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from syncer.connect.web.client import WebSettings
from syncer.errors import SourceError
from syncer.model import Asset, Finding, Severity
from syncer.protocols import Opened, Pace
from syncer.settings import fields
from syncer.sources.link_settings import MIGRATED, LinkSettings
from syncer.sources.links import formats, lists
from syncer.sources.links.deduplicate import Deduplicator
from syncer.sources.links.direct import Direct
from syncer.sources.links.formats import ListRow
from syncer.sources.links.link_status import expect_valid, link_status
from syncer.sources.links.refresh import Way, keys_hint, ways
from syncer.sources.listing import Listing
from syncer.urls.links import asset_key, recognise

__all__ = ["LinksSource", "link_status"]

PIPE = "-"
"""The value of `list` for standard input."""

REFUSED = ("source.expired", "source.denied", "source.quota", "source.signature")
"""Errors that the user's own keys may solve."""

OF_THE_OBJECT = ("source.changed", "source.range")
"""Errors of the object, not of one of its links."""

R = TypeVar("R")


def _file(value: object, info: ValidationInfo) -> Path:
    return Path(PIPE) if value in (PIPE, Path(PIPE)) else fields.path(value, info)


class LinksSource:
    """One asset for each object in the list. Its version is unknown before `look`."""

    class Config(Listing, LinkSettings):
        kind: Literal["links"]
        list: (
            Annotated[Path, BeforeValidator(_file), WithJsonSchema({"type": "string", "minLength": 1})] | None
        ) = Field(
            default=None,
            description='File of links, or "-" for standard input: .txt (one a line), .csv, .json, .jsonl.',
            examples=["links.csv"],
        )
        column: str | None = Field(
            default=None,
            description="The column of a CSV file, or the key in JSON objects, that holds the link.",
            examples=["video_url"],
        )
        urls: tuple[str, ...] = Field(
            default=(),
            description="Links in the config instead of a file. Keep a signed link as secret as a password.",
            repr=False,
        )

        @model_validator(mode="after")
        def _has_links(self) -> Self:
            if self.list is None and not self.urls:
                raise ValueError("set list or urls")
            return self

        def junk(self, key: str) -> None:
            """`None`: the user chose each link, so none is junk."""

    def __init__(self, name: str, config: Config, pace: Pace | None = None) -> None:
        self._name = name
        self._config = config
        web = WebSettings(config.ca, config.connect_to, public_only=not config.allow_private)
        self._direct = Direct(web, pace)
        self._ways = ways(config.refresh, pace)
        self._empty = _Empty()

    def assets(self) -> Iterator[Asset]:
        """Each object once, at the place of its last link. The list is read twice."""
        self._empty = _Empty()
        now = datetime.now(UTC)
        with ExitStack() as handles:
            rows = self._rows(handles)
            several = Deduplicator()
            for row in rows():
                if row.url:
                    several.see(row.url, recognise(row.url).place)
            for row in rows():
                if row.flaw:
                    yield Asset(self._name, key=row.where, locator="", flaw=row.flaw)
                elif not row.url:
                    self._empty.met(row)
                else:
                    link = recognise(row.url)
                    if urls := several.gathered(row.url, link, now):
                        key, nameless = asset_key(link)
                        yield Asset(self._name, key, urls[0], nameless=nameless, others=urls[1:])

    def _rows(self, handles: ExitStack) -> Callable[[], Iterator[ListRow]]:
        config, listed = self._config, None
        if config.list is not None:
            piped = config.list == Path(PIPE)
            opening = lists.piped(config.column) if piped else lists.list_opened(config.list, config.column)
            listed = handles.enter_context(opening)

        def rows() -> Iterator[ListRow]:
            if listed:
                yield from listed.rows()
            for number, url in enumerate(config.urls, start=1):
                yield formats.row(url.strip(), f"item {number} of urls")

        return rows

    def remarks(self) -> tuple[Finding, ...]:
        return self._empty.findings()

    def look(self, asset: Asset) -> Asset:
        if asset.version is not None:
            return asset
        return self._first(asset, lambda way, by: way.look(by))

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        with ExitStack() as handles:
            yield self._first(asset, lambda way, by: handles.enter_context(way.open(by, start)))

    def _first(self, asset: Asset, act: Callable[[Direct | Way, Asset], R]) -> R:
        """Try each link, then the API of a store for which there are keys. Returns the first success.

        The returned asset has that link first. Raises the most informative `SourceError`.
        """
        failures: list[SourceError] = []
        for by in _by_each_link(asset):
            try:
                expect_valid(by.locator, datetime.now(UTC))
                return act(self._direct, by)
            except SourceError as error:
                failures.append(error)
        for by, failure in zip(_by_each_link(asset), failures, strict=True):
            way = next((way for way in self._ways if way.leads_to(by.locator)), None)
            if way and failure.code in REFUSED:
                return act(way, by)
        raise self._told(asset, failures)

    def _told(self, asset: Asset, failures: list[SourceError]) -> SourceError:
        """The error to report: one of the object, else a transient one, else that of its best link."""
        of_it = [error for error in failures if error.code in OF_THE_OBJECT]
        passing = [error for error in failures if error.transient]
        error = [*of_it, *passing, *failures][0]
        if error.hint and error.code in REFUSED:
            place = "migrate" if self._name == MIGRATED else f"sources.{self._name}"
            error.hint += keys_hint(asset, self._config.refresh, place)
        if len(failures) > 1:
            error.message += f"; {len(failures) - 1} other links to it failed too"
        return error

    def place(self, asset: Asset) -> str | None:  # noqa: ARG002 - a bucket behind a link is not ours
        return None

    def close(self) -> None:
        self._direct.close()
        for way in self._ways:
            way.close()


Config = LinksSource.Config


def _by_each_link(asset: Asset) -> Iterator[Asset]:
    """The asset with each of its links in front, in their order."""
    urls = (asset.locator, *asset.others)
    for number, url in enumerate(urls):
        yield replace(asset, locator=url, others=urls[:number] + urls[number + 1 :])


@dataclass(slots=True)
class _Empty:
    """Rows of a list without a link."""

    count: int = 0
    first: str = ""

    def met(self, row: ListRow) -> None:
        self.first = self.first or row.where
        self.count += 1

    def findings(self) -> tuple[Finding, ...]:
        if not self.count:
            return ()
        rows = "row of the list has" if self.count == 1 else "rows of the list have"
        message = f"{self.count} {rows} no link; the first is {self.first}"
        return (Finding("links.empty", Severity.WARN, message),)
