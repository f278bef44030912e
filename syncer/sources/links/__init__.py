"""Media behind a list of URLs: signed, shared or plain.

`lists` and `formats` read the list, `freshest` chooses between several links to one object, `direct` asks for
its bytes, `shared` knows the detours of shared links, `answers` what stores say when they refuse, `refresh`
other ways with keys of our own, `standing` what the clock says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from syncer import fields, weburl
from syncer.connect.web import WebSettings
from syncer.errors import SourceError
from syncer.fields import FilePath, Settings
from syncer.links import asset_key, recognise
from syncer.model import Asset, Finding, Severity
from syncer.seams import Opened, Pace
from syncer.sources.links import formats, lists
from syncer.sources.links.direct import Direct
from syncer.sources.links.formats import Row
from syncer.sources.links.freshest import Freshest
from syncer.sources.links.refresh import Refresh, Way, ways
from syncer.sources.links.standing import expect_valid, standing
from syncer.sources.listing import Listing

__all__ = ["MIGRATED", "LinksSource", "Refresh", "Terms", "standing"]

MIGRATED = "migrated"
"""The source that links of documents are assets of. No run lists it, so none misses what it holds."""

PIPE = "-"
"""As `list`: standard input."""

REFUSED = ("source.expired", "source.denied", "source.quota", "source.signature")
"""What keys of our own may help against."""

R = TypeVar("R")


def _file(value: object, info: ValidationInfo) -> Path:
    return Path(PIPE) if value in (PIPE, Path(PIPE)) else fields.path(value, info)


class Terms(Settings):
    """On what terms links are followed, wherever they stand."""

    refresh: Refresh = Field(
        default=Refresh(), description="Keys of stores, to read what links that have expired lead to."
    )
    allow_private: bool = Field(
        default=False, description="Also fetch from addresses of private networks and of this machine."
    )
    ca: FilePath | None = Field(
        default=None, description="CA file to trust besides the public ones, for private servers."
    )
    connect_to: Annotated[str, AfterValidator(weburl.target)] | None = Field(
        default=None,
        description="host:port to connect to in place of every link's, for tests.",
        examples=["127.0.0.1:8443"],
    )


class LinksSource:
    """An asset for each object that the list links to. Its version is told by a look only."""

    class Config(Listing, Terms):
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
            description="Links that stand here and not in a file; a signed one is as good as a password.",
            repr=False,
        )

        @model_validator(mode="after")
        def _has_links(self) -> Self:
            if self.list is None and not self.urls:
                raise ValueError("set list or urls, else there are no links")
            return self

        def junk(self, key: str) -> None:
            """None is: each link was written down by somebody who means it."""

    def __init__(self, name: str, config: Config, pace: Pace | None = None) -> None:
        self._name = name
        self._config = config
        web = WebSettings(config.ca, config.connect_to, public_only=not config.allow_private)
        self._direct = Direct(web, pace)
        self._ways = ways(config.refresh, pace)
        self._empty = _Empty()

    def assets(self) -> Iterator[Asset]:
        """In the order of the list, which is read twice: of links to one object the freshest is taken."""
        self._empty = _Empty()
        with ExitStack() as handles:
            rows = self._rows(handles)
            freshest = Freshest()
            for number, row in enumerate(rows(), start=1):
                if row.url:
                    link = recognise(row.url)
                    freshest.see(link.place, number, link.expires)
            for number, row in enumerate(rows(), start=1):
                if row.flaw:
                    yield Asset(self._name, key=row.where, locator="", flaw=row.flaw)
                elif not row.url:
                    self._empty.met(row)
                elif freshest.takes((link := recognise(row.url)).place, number):
                    key, nameless = asset_key(link)
                    yield Asset(self._name, key=key, locator=row.url, nameless=nameless)

    def _rows(self, handles: ExitStack) -> Callable[[], Iterator[Row]]:
        config, listed = self._config, None
        if config.list is not None:
            piped = config.list == Path(PIPE)
            opening = lists.piped(config.column) if piped else lists.opened(config.list, config.column)
            listed = handles.enter_context(opening)

        def rows() -> Iterator[Row]:
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
        return self._first(asset, lambda way: way.look(asset))

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        with ExitStack() as handles:
            yield self._first(asset, lambda way: handles.enter_context(way.open(asset, start)))

    def _first(self, asset: Asset, act: Callable[[Direct | Way], R]) -> R:
        """By the link; where it has expired or is refused, by the store's API if we have its keys."""
        other = next((way for way in self._ways if way.leads_to(asset.locator)), None)
        try:
            expect_valid(asset.locator, datetime.now(UTC))
            return act(self._direct)
        except SourceError as error:
            if other is None or error.code not in REFUSED:
                raise
        return act(other)

    def place(self, asset: Asset) -> str | None:  # noqa: ARG002 - what is behind a link is not ours to copy
        return None

    def close(self) -> None:
        self._direct.close()
        for way in self._ways:
            way.close()


Config = LinksSource.Config


@dataclass(slots=True)
class _Empty:
    """Rows of a table without a link."""

    count: int = 0
    first: str = ""

    def met(self, row: Row) -> None:
        self.first = self.first or row.where
        self.count += 1

    def findings(self) -> tuple[Finding, ...]:
        if not self.count:
            return ()
        rows = "row of the list has" if self.count == 1 else "rows of the list have"
        message = f"{self.count} {rows} no link; the first is {self.first}"
        return (Finding("links.empty", Severity.WARN, message),)
