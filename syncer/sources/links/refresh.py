"""Reads the object behind a link by the API of its store, with the user's own keys.

For another kind of store, add a class with the methods of `Way`, a field of `Refresh`, and a line in `ways`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from syncer.connect.drive.settings import DriveSettings
from syncer.connect.s3 import client as aws
from syncer.errors import SourceError
from syncer.model import Asset
from syncer.protocols import Opened, Pace
from syncer.settings.spelling import named_first
from syncer.sources.drive import DriveSource
from syncer.sources.drive.folder import MY_DRIVE
from syncer.sources.link_settings import Refresh
from syncer.sources.s3 import S3Source
from syncer.urls.canonical import web_url
from syncer.urls.links import Link, recognise
from syncer.urls.links.naming import DIGEST

AWS = "Amazon S3"


def keys_hint(asset: Asset, refresh: Refresh, place: str) -> str:
    """An addition to the hint about expired or refused links: the YAML, below `place`, of keys that would
    read the object; empty if none would. Pure; it contains no value of a link's query.
    """
    for url in (asset.locator, *asset.others):
        link = recognise(url)
        if _shared(url) and refresh.drive is None:
            yaml = _under(place, "drive: {credentials: service-account.json}")
            return f", or give syncer credentials for Google Drive that may read it: {yaml}"
        if link.bucket and link.key and link.api and DIGEST in link.place:
            return ": keys in refresh can't read a single version of an object"
        if link.bucket and link.key and link.api:
            return f", or {_s3_hint(url, link, refresh, place)}"
    return ""


def _s3_hint(url: str, link: Link, refresh: Refresh, place: str) -> str:
    api = None if link.store == AWS else f"{urlsplit(url).scheme}://{link.api}"
    settings = f"{{{f'endpoint: {api}, ' if api else ''}access_key: env:NAME, secret_key: env:NAME}}"
    if not refresh.s3:
        return f"let syncer read it with keys of {api or AWS}: {_under(place, f's3: {settings}')}"
    known = named_first([each.endpoint or AWS for each in refresh.s3])
    return (
        f"add keys of {api or AWS} to {place}.refresh.s3, which has keys of {known} and may be a list: "
        f"- {settings}"
    )


def _under(place: str, yaml: str) -> str:
    """The YAML on one line, from the top of the config."""
    for name in reversed((*place.split("."), "refresh")):
        yaml = f"{name}: {{{yaml}}}"
    return yaml


class Way(Protocol):
    def leads_to(self, url: str) -> bool:
        """Whether the link is for an object in this store, by its text alone."""

    def look(self, asset: Asset) -> Asset: ...

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]: ...

    def close(self) -> None: ...


def ways(refresh: Refresh, pace: Pace | None = None) -> tuple[Way, ...]:
    """The ways for which there are keys. No connection is made before it is needed."""
    drive = (DriveWay(refresh.drive, pace),) if refresh.drive else ()
    return (*(S3Way(access, pace) for access in refresh.s3), *drive)


class DriveWay:
    """Google Drive's API, for shared links to one file."""

    def __init__(self, settings: DriveSettings, pace: Pace | None) -> None:
        self._settings = settings
        self._pace = pace
        self._opened: DriveSource | None = None

    def leads_to(self, url: str) -> bool:
        return _shared(url) is not None

    def look(self, asset: Asset) -> Asset:
        source, found = self._there(asset)
        return replace(source.look(found), locator=asset.locator)

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]:
        source, found = self._there(asset)
        return source.open(found, start)

    def _there(self, asset: Asset) -> tuple[DriveSource, Asset]:
        if self._opened is None:
            settings = dict(self._settings)
            config = DriveSource.Config(kind="drive", folder=MY_DRIVE, **settings)
            self._opened = DriveSource(asset.source, config, self._pace)
        return self._opened, replace(asset, locator=_shared(asset.locator) or "")

    def close(self) -> None:
        if self._opened:
            self._opened.close()


def _shared(url: str) -> str | None:
    """The id in a shared link, and its resource key, as a locator of the drive source."""
    link = recognise(url)
    if not link.kind.startswith("drive-") or not link.file:
        return None
    asked = {name.lower(): value for name, value in parse_qsl(urlsplit(url).query)}
    key = asked.get("resourcekey", "")
    return link.identity.rpartition("/")[2] + (f"/{key}" if key else "")


class S3Way:
    """The S3 API of the link, with the user's own keys. They are sent only to its endpoint."""

    def __init__(self, access: aws.S3Access, pace: Pace | None) -> None:
        self._access = access
        self._pace = pace

    def leads_to(self, url: str) -> bool:
        return bucket_and_key(url, self._access.endpoint) is not None

    def look(self, asset: Asset) -> Asset:
        source, found = self._there(asset)
        return replace(source.look(found), locator=asset.locator)

    def open(self, asset: Asset, start: int = 0) -> AbstractContextManager[Opened]:
        source, found = self._there(asset)
        return source.open(found, start)

    def close(self) -> None:
        """The client belongs to the process."""

    def _there(self, asset: Asset) -> tuple[S3Source, Asset]:
        found = bucket_and_key(asset.locator, self._access.endpoint)
        if found is None:
            raise SourceError("the link can't be read by its store's API")
        with aws.s3_errors(f"looking at {aws.uri(*found)}", SourceError):
            elsewhere = self._access.endpoint is None and not aws.is_aws(aws.s3_client(self._access))
        if elsewhere:
            raise SourceError(
                "AWS's own settings set another endpoint, but the link is for AWS",
                code="source.credentials",
                hint="set endpoint in refresh.s3",
            )
        settings = {field: value for field, value in self._access if value is not None}
        source = S3Source(
            asset.source, S3Source.Config(kind="s3", bucket=found.bucket, **settings), self._pace
        )
        return source, replace(asset, locator=found.key)


class BucketAndKey(NamedTuple):
    bucket: str
    key: str


def bucket_and_key(url: str, endpoint: str | None) -> BucketAndKey | None:
    """Bucket and key of the URL at the endpoint; `None` if it has none, or has a version."""
    link = recognise(url)
    if DIGEST in link.place:
        return None
    if endpoint is None:
        return BucketAndKey(link.bucket, link.key) if link.store == AWS and link.bucket and link.key else None
    parts, home = web_url(url), web_url(endpoint)
    above = f"{home.path.rstrip('/')}/" if home else ""
    if parts is None or home is None or not parts.path.startswith(above):
        return None
    host, place = parts.authority, home.authority
    path = unquote(parts.path.removeprefix(above))
    bucket, _, key = path.partition("/") if host == place else (host.removesuffix(f".{place}"), "", path)
    return BucketAndKey(bucket, key) if bucket and key and bucket != host else None
