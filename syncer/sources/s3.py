"""Media in a bucket of AWS S3 or of any service with its API."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pydantic import Field

from syncer.connect import told
from syncer.connect.circuit import READING
from syncer.connect.course import Course
from syncer.connect.exact import Exact, source_changed
from syncer.connect.s3 import client as aws
from syncer.connect.s3 import prefixes
from syncer.errors import SourceError
from syncer.model import Asset, Digest, Finding
from syncer.protocols import Opened, Pace
from syncer.settings.spelling import counted
from syncer.sources.listing import Placeable

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef, ObjectTypeDef

ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
"""Storage classes whose objects can't be read. The listing shows the class even after a restore."""

GONE = ("source.missing", "source.changed", "source.range")
"""The errors of a read if the object no longer has the expected version."""


class S3Source:
    """One bucket, or a folder in it. The version of an object is its ETag."""

    class Config(Placeable, aws.S3Settings):
        kind: Literal["s3"]
        prefix: str = Field(
            default="",
            description=(
                "Only keys in this folder, with or without a final slash. It is not part of an asset's key."
                " With a final `*` (`exports/clip-*`), only objects of one folder whose names start so."
            ),
        )

    def __init__(self, name: str, config: Config, pace: Pace | None = None) -> None:
        self._name = name
        self._config = config
        self._api = aws.Api(config, SourceError, pace)
        self._remarks: tuple[Finding, ...] = ()

    def assets(self) -> Iterator[Asset]:
        """One page of keys after another, in the bucket's order."""
        prefix, listed = self._config.prefix, False
        for found in self._objects(prefix):
            key = prefixes.key_below(prefix, found["Key"])
            if key and (not found["Key"].endswith("/") or found["Size"]):  # an empty one stands for a folder
                listed = True
                yield self._asset(found, key)
        self._remarks = () if listed or not prefix else tuple(self._beside(prefix))

    def _objects(self, prefix: str) -> Iterator[ObjectTypeDef]:
        """The objects in the bucket's order. An object whose key is the prefix comes first."""
        if not prefixes.is_open(prefix):
            yield from (each for each in self._first(prefix) if each["Key"] == prefix)
        yield from self._below(prefixes.start(prefix))

    def _first(self, start: str) -> Sequence[ObjectTypeDef]:
        """The first object whose key starts so; maybe others too."""
        asked = {"Prefix": start, "MaxKeys": 1}
        what = f"listing {self._uri(start)}"
        return self._api.retrying(partial(self._page, what, asked)).get("Contents", ())

    def _beside(self, prefix: str) -> Iterator[Finding]:
        """A finding about a prefix with nothing below it: it names the folder without leading slashes, or
        else the keys that start so.
        """
        starts, place = list(prefixes.meant(prefix)), self._uri(prefix)
        folders = [f"{start}/" if start else "" for start in starts]
        for folder in folders:
            if folder != prefixes.start(prefix) and (found := self._first(folder)):
                yield prefixes.empty(place, [folder], found[0]["Key"])
                return
        for start in starts:
            near, more = self._near(start, prefixes.start(prefix))
            if near:
                found = self._first(near[0].removesuffix("*"))
                yield prefixes.empty(place, near, found[0]["Key"] if found else near[0], more=more)
                return

    def _near(self, start: str, empty: str) -> tuple[list[str], bool]:
        """The prefixes of keys that start so, without the empty one, and whether there are more."""
        asked = {"Prefix": start, "Delimiter": "/"}
        page = self._api.retrying(partial(self._page, f"listing {self._uri(start)}", asked))
        folders = [each["Prefix"] for each in page.get("CommonPrefixes", ()) if each["Prefix"] != empty]
        keys = [each["Key"] for each in page.get("Contents", ())]
        return prefixes.candidates(start, folders, keys), page.get("IsTruncated", False)

    def _below(self, start: str) -> Iterator[ObjectTypeDef]:
        """All objects whose keys start so. A failed page is retried; its token marks the place, so none comes
        twice.
        """
        what = f"listing {self._uri(start)}"
        course = Course(what, SourceError, self._api.pace.patience)
        follow: dict[str, Any] = {"Prefix": start}
        while True:
            page = course.ask(partial(self._api.retrying, partial(self._page, what, follow)))
            yield from course.new(page.get("Contents", ()), itemgetter("Key"))
            if not page.get("IsTruncated"):
                return
            follow["ContinuationToken"] = page.get("NextContinuationToken")
            course.follow(follow["ContinuationToken"])

    def _page(self, what: str, follow: Mapping[str, Any]) -> ListObjectsV2OutputTypeDef:
        with self._api.asking(what, listing=True) as client:
            page = client.list_objects_v2(Bucket=self._config.bucket, **follow)
            if "Name" not in page:
                raise SourceError(
                    f"{what}: the answer is not a listing of a bucket",
                    code="source.answer",
                    hint="check endpoint",
                    transient=True,
                )
            return page

    def _asset(self, found: ObjectTypeDef, key: str) -> Asset:
        locator, size, modified = found["Key"], found["Size"], found["LastModified"]
        storage = found.get("StorageClass", "")
        return Asset(
            source=self._name,
            key=unicodedata.normalize("NFC", key),
            locator=locator,
            size=size,
            version=found.get("ETag", "").strip('"') or _dated(size, modified),
            modified=modified,
            flaw=f"it is archived ({storage}): copy it to a class that can be read"
            if storage in ARCHIVES
            else self._misplaced(locator, key),
        )

    def _misplaced(self, locator: str, key: str) -> str | None:
        """The flaw of an object in place whose URL does not follow from its key."""
        if not self._config.in_place or prefixes.start(self._config.prefix) + key == locator:
            return None
        return "its name is the prefix itself: set prefix to its folder"

    def look(self, asset: Asset) -> Asset:
        """Listed assets have a version already; one from a link has none yet."""
        if asset.version is not None:
            return asset
        with self._api.asking(f"looking at {self._uri(asset.locator)}") as client:
            found = client.head_object(Bucket=self._config.bucket, Key=asset.locator)
        size, modified = found["ContentLength"], found["LastModified"]
        return replace(
            asset,
            size=size,
            version=found.get("ETag", "").strip('"') or _dated(size, modified),
            modified=modified,
            media_type=found.get("ContentType"),
        )

    def remarks(self) -> tuple[Finding, ...]:
        return self._remarks

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        """One GET, only for the listed ETag. Leaving early drops its connection."""
        what = f"reading {self._uri(asset.locator)}"
        body, headers = self._body(asset, start, what)
        with closing(body):
            circuit = self._api.circuit(READING)

            def read(size: int) -> bytes:
                with self._api.asking(what, READING, proof=False):
                    chunk = body.read(size)
                circuit.moved(len(chunk))
                return chunk

            yield Exact(
                read, max((asset.size or 0) - start, 0), what, tell=partial(self._told, asset, headers)
            )

    def _told(self, asset: Asset, headers: Mapping[str, str]) -> Iterator[Digest]:
        wanted = self._config.checksums != "when_required"
        return told.by_s3(headers, asset.size, partial(self._part_size, asset), checksums=wanted)

    def _part_size(self, asset: Asset) -> int | None:
        """The part size of a multipart upload; `None` if the server does not say, as older ones do not."""
        asked: dict[str, Any] = {"Bucket": self._config.bucket, "Key": asset.locator, "PartNumber": 1}
        try:
            with self._api.asking(f"looking at {self._uri(asset.locator)}") as client:
                first = client.head_object(**asked)
        except SourceError:
            return None
        return first["ContentLength"] if first.get("PartsCount") else None

    def _body(self, asset: Asset, start: int, what: str) -> tuple[_Body, Mapping[str, str]]:
        asked: dict[str, Any] = {"Bucket": self._config.bucket, "Key": asset.locator}
        if _is_tagged(asset):
            asked["IfMatch"] = f'"{asset.version}"'
        nothing_left = 0 < (asset.size or 0) <= start
        try:
            with self._api.asking(what, READING, proof=False) as client:
                if nothing_left:  # a GET of an empty range is an error, but the version must still be checked
                    answer: Mapping[str, Any] = client.head_object(**asked)
                else:
                    if start:
                        asked["Range"] = f"bytes={start}-"
                    answer = client.get_object(**asked)
        except SourceError as error:
            if error.code in GONE:
                raise source_changed(what) from error
            raise
        body: _Body = io.BytesIO() if nothing_left else answer["Body"]
        try:
            _check(answer, asset, 0 if nothing_left else start, what)
        except SourceError:
            body.close()
            raise
        return body, answer["ResponseMetadata"]["HTTPHeaders"]

    def place(self, asset: Asset) -> str | None:
        """`None` too if one CopyObject can't copy it: more than 5 GiB, or a version that is no ETag."""
        if not _is_tagged(asset) or asset.size is None or asset.size > aws.MAX_COPY:
            return None
        with aws.s3_errors(f"opening {self._uri()}", SourceError):
            host = aws.host(aws.s3_client(self._config))
        return str(aws.S3Location(host, self._config.bucket, str(asset.version), asset.locator))

    def close(self) -> None:
        """Nothing to close: the client belongs to the process."""

    def _uri(self, key: str = "") -> str:
        return aws.uri(self._config.bucket, key)


Config = S3Source.Config


class _Body(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


def _check(answer: Mapping[str, Any], asset: Asset, start: int, what: str) -> None:
    """Check that the body is the rest of the listed object: some servers ignore If-Match or Range."""
    range_ = answer.get("ContentRange")
    if start and not range_:
        raise SourceError(f"{what}: the server does not support ranges", code="source.range")
    length = answer.get("ContentLength")
    size = int(range_.rpartition("/")[2]) if range_ else length
    versions = answer.get("ETag", "").strip('"'), _dated(size, answer.get("LastModified"))
    if asset.version not in versions or size not in (asset.size, None):
        raise source_changed(what)
    if range_ and range_ != f"bytes {start}-{asset.size - 1 if asset.size else 0}/{asset.size}":
        raise SourceError(
            f"{what}: asked from byte {start} on, the server returned {range_}", code="source.range"
        )
    if asset.size is not None and length not in (asset.size - start, None):
        raise SourceError(
            f"{what}: {counted(length or 0, 'byte')} announced, {asset.size - start} expected",
            code="source.cut",
        )


def _is_tagged(asset: Asset) -> bool:
    return asset.version != _dated(asset.size, asset.modified)


def _dated(size: int | None, modified: datetime | None) -> str | None:
    """The version of an object without an ETag: size and time, in whole seconds as in HTTP."""
    return f"{size}-{int(modified.timestamp())}" if modified else None
