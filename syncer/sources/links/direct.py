"""Reads an object by its link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from syncer.connect import told
from syncer.connect.circuit import READING, Guarded, circuit_for
from syncer.connect.exact import Exact, cut_short, source_changed
from syncer.connect.pace import SharedPace
from syncer.connect.web.client import WebSettings, http_client
from syncer.connect.web.fetch import Cookies, Fetched, fetch
from syncer.errors import SourceError
from syncer.model import Asset, Digest
from syncer.protocols import Opened, Pace
from syncer.settings.spelling import counted
from syncer.sources.links import shared
from syncer.sources.links.answers import link_error
from syncer.urls.canonical import authority
from syncer.urls.links import recognise, shown_url

if TYPE_CHECKING:
    import httpx

FIRST_BYTE = {"Range": "bytes=0-0"}
"""The range for a look. HEAD can't be used, as the signature is for GET."""
FIRST_BYTES = {"Range": f"bytes=0-{shared.SNIFFED - 1}"}
"""The range for a look at a possible page."""
WEAK = "W/"
PACKED = ("gzip", "br", "deflate", "zstd", "compress")
NO_VERSION = "unknown"
"""The version if a server gives nothing that would change with the bytes."""


class Direct:
    def __init__(self, web: WebSettings, pace: Pace | None = None) -> None:
        self._web = web
        self._pace = pace or SharedPace()
        self._http: httpx.Client | None = None

    def look(self, asset: Asset) -> Asset:
        with self._answer(asset.locator, FIRST_BYTE) as answer:
            if answer.status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return _seen(asset, answer)
        with self._answer(asset.locator, {}) as answer:  # an empty object has no first byte
            return _seen(asset, answer)

    @contextmanager
    def open(self, asset: Asset, start: int = 0) -> Iterator[Opened]:
        """The bytes of the seen version. The answer is checked too, as servers may ignore If-Match."""
        over = asset.size is not None and 0 < asset.size <= start
        headers = FIRST_BYTE if over else {"Range": f"bytes={start}-"} if start else {}
        if _is_strong(asset):
            headers = headers | {"If-Match": f'"{asset.version}"'}
        with self._pinned(asset, headers) as answer:
            _check(asset, answer, 0 if over else start)
            left = None if asset.size is None else asset.size - start
            circuit = circuit_for(self._pace, authority(answer.url), READING)
            body = Guarded(answer, circuit, SourceError, NOT_ASKED)
            tell = partial(_told, asset, answer, whole=not headers.get("Range"))
            yield (
                Exact(_nothing, 0, answer.shown)
                if over
                else Exact(body.read, left, answer.shown, LOOKED, tell)
            )

    @contextmanager
    def _pinned(self, asset: Asset, headers: Mapping[str, str]) -> Iterator[Fetched]:
        with ExitStack() as handles:
            try:
                answer = handles.enter_context(self._answer(asset.locator, headers))
            except SourceError as error:
                if error.code == "source.missing":
                    raise source_changed(shown_url(asset.locator), LOOKED) from error
                raise
            yield answer

    @contextmanager
    def _answer(self, url: str, headers: Mapping[str, str]) -> Iterator[Fetched]:
        """An answer with bytes, or one about the requested range or version."""
        link, name = recognise(url), shown_url(url)
        target, cookies = shared.address(url, link, name), Cookies()
        with ExitStack() as handles:
            answer = self._fetched(handles, target, name, headers, cookies)
            further = shared.onward(answer, link) if answer.status == HTTPStatus.OK else None
            if further:
                handles.close()
                answer = self._fetched(handles, further, name, headers, cookies)
            if answer.status == HTTPStatus.PARTIAL_CONTENT and shared.is_unsure(answer):
                handles.close()
                answer = self._fetched(handles, further or target, name, {**headers, **FIRST_BYTES}, cookies)
            if answer.status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                shared.refuse_page(answer, link)
                _refuse_packed(answer)
            elif answer.status not in ABOUT:
                raise link_error(answer, link, datetime.now(UTC))
            yield answer

    def _fetched(
        self, handles: ExitStack, url: str, name: str, headers: Mapping[str, str], cookies: Cookies
    ) -> Fetched:
        with self._pace.circuit(authority(url)).asking(SourceError, NOT_ASKED, rests=True):
            return handles.enter_context(fetch(self._client(), url, name, headers, cookies))

    def close(self) -> None:
        if self._http:
            self._http.close()

    def _client(self) -> httpx.Client:
        self._http = self._http or http_client(self._web, self._pace)
        return self._http


NOT_ASKED = "not_asked"
"""The second word of the error code for a link whose host is left alone: a list may have thousands of links
to one dead host.
"""
LOOKED = "looked at"
"""When the version was seen, for messages."""


S3_TELLS = ("x-amz-request-id", "x-amz-id-2", "x-rgw-object-type")
"""Headers of S3 APIs."""


def _told(asset: Asset, answer: Fetched, *, whole: bool) -> Iterator[Digest]:
    headers = answer.headers
    yield from told.by_web(headers, whole=whole)
    is_s3 = recognise(asset.locator).kind.startswith("s3-") or headers.get("server") == "AmazonS3"
    if is_s3 or any(name in headers for name in S3_TELLS):
        yield from told.by_s3(headers, asset.size, lambda: None)


def _nothing(_size: int) -> bytes:
    """Reads nothing, at the end."""
    return b""


ABOUT = (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)


def _seen(asset: Asset, answer: Fetched) -> Asset:
    size = _size(answer)
    media_type = answer.media_type or None
    return replace(
        asset, size=size, version=_version(answer, size), modified=answer.modified, media_type=media_type
    )


def _size(answer: Fetched) -> int | None:
    """The size of the whole object."""
    if answer.range:
        return answer.range[1]
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        raise SourceError(f"{answer.shown}: it returned a range without Content-Range", code="source.answer")
    return answer.length


def _refuse_packed(answer: Fetched) -> None:
    packed = answer.headers.get("content-encoding", "").lower()
    if packed in PACKED:
        raise SourceError(
            f"{answer.shown}: the server compresses the bytes ({packed})",
            code="source.answer",
            hint="disable compression for media at that server",
        )


def _version(answer: Fetched, size: int | None) -> str:
    """The ETag, as S3 lists it; else size and time."""
    etag = answer.headers.get("etag", "").replace('"', "")
    return etag or _untagged(size, answer.modified)


def _untagged(size: int | None, modified: datetime | None) -> str:
    if modified:
        return f"{size}-{int(modified.timestamp())}"
    return NO_VERSION if size is None else f"{size} bytes"


def _check(asset: Asset, answer: Fetched, start: int) -> None:
    """Check that the body is the rest of the version that was seen."""
    size = _size(answer)
    if answer.status == HTTPStatus.PRECONDITION_FAILED or size not in (asset.size, None):
        raise source_changed(answer.shown, LOOKED)
    if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise _unranged(answer.shown, "it answers that nothing is there")
    if _version(answer, asset.size) != asset.version:
        raise source_changed(answer.shown, LOOKED)
    begins = answer.range[0] if answer.range else 0
    if begins != start:
        raise _unranged(
            answer.shown, "it returns the whole file" if not answer.range else f"it starts at {begins}"
        )
    expected = None if asset.size is None else asset.size - start
    if not answer.range and None not in (answer.length, expected) and answer.length != expected:
        raise cut_short(answer.shown, f"{counted(answer.length or 0, 'byte')} announced, {expected} expected")


def _is_strong(asset: Asset) -> bool:
    """Whether its version is an ETag for If-Match; a weak one can only be compared."""
    version = asset.version or WEAK
    return not version.startswith(WEAK) and version != _untagged(asset.size, asset.modified)


def _unranged(name: str, what: str) -> SourceError:
    return SourceError(f"{name}: the server does not support ranges: {what}", code="source.range")
