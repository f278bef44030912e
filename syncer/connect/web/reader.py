"""Reads the bytes behind a URL from any position on, all of one version."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from syncer.connect.headers import content_length
from syncer.connect.web.errors import translating, translating_body
from syncer.errors import OriginError
from syncer.urls.canonical import bare_url

if TYPE_CHECKING:
    import httpx

MOST_SKIPPED = 64 * 1024 * 1024
"""Bytes that are read and dropped to reach a position, if a server has no ranges."""


@contextmanager
def read_from(
    http: httpx.Client, url: str, start: int, size: int | None, etag: str | None
) -> Iterator[WebReader]:
    """The bytes of the URL from `start` on. A server that does not serve the range is asked for all bytes.

    Raises `OriginError`: `origin.changed` if `size` or `etag` changed, `origin.range` if it can't be read
    from `start`.
    """
    headers = {"Range": f"bytes={start}-"} if start else None
    with ExitStack() as handles:
        with translating(url):
            response = handles.enter_context(http.stream("GET", url, headers=headers))
            if 0 < start <= MOST_SKIPPED and not _is_usable(response, start, size):
                handles.close()
                response = handles.enter_context(http.stream("GET", url))
        skip = start - _begins(response, url, start, size, etag)
        reader = WebReader(response.iter_raw(), partial(translating_body, url))
        while skip > 0:
            skip -= len(reader.read(skip)) or skip
        yield reader


class WebReader:
    """A `Reader` of a body. `translated` turns network errors into ours."""

    def __init__(
        self, chunks: Iterator[bytes], translated: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._chunks = chunks
        self._translated = translated
        self._left = b""

    def read(self, size: int, /) -> bytes:
        left = self.peek()
        given, self._left = left[:size], left[size:]
        return given

    def peek(self, least: int = 1) -> bytes:
        """The next bytes, which `read` returns again: at least `least`, unless the body ends before."""
        while len(self._left) < least:
            with self._translated():
                chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._left += chunk
        return self._left


_RANGE = re.compile(r"bytes (\d{1,18})-\d+/(\d{1,18}|\*)")
"""The total may be unknown (`*`)."""


def _is_usable(response: httpx.Response, start: int, size: int | None) -> bool:
    """Whether it is the requested range or, as far as its length shows, the whole file."""
    if response.status_code == HTTPStatus.OK:
        return content_length(response.headers) in (None, size) or size is None
    found = _RANGE.fullmatch(response.headers.get("content-range", ""))
    return bool(response.status_code == HTTPStatus.PARTIAL_CONTENT and found and int(found[1]) == start)


def _begins(response: httpx.Response, url: str, start: int, size: int | None, etag: str | None) -> int:
    """The position at which the body starts."""
    status, headers = response.status_code, response.headers
    if etag and headers.get("etag", etag) != etag:
        raise _changed(url)
    if status == HTTPStatus.OK and start <= MOST_SKIPPED:
        return 0
    found = _RANGE.fullmatch(headers.get("content-range", ""))
    if status != HTTPStatus.PARTIAL_CONTENT or not found or int(found[1]) != start:
        raise OriginError(
            f"{bare_url(url)} can't be read from byte {start} on: the server {_refusal(status)}",
            code="origin.range",
            hint="let the web server serve files directly, with support for ranges",
        )
    if size is not None and found[2] not in ("*", str(size)):
        raise _changed(url)
    return start


def _refusal(status: int) -> str:
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return "refuses requests for a part of it (416)"
    if status == HTTPStatus.PARTIAL_CONTENT:
        return "answers with another part of it (206)"
    return "ignores ranges (200)" if status == HTTPStatus.OK else f"answers {status}"


def _changed(url: str) -> OriginError:
    return OriginError(f"{bare_url(url)} was replaced while it was read", code="origin.changed")
