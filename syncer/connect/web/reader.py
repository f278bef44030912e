"""Reads the bytes behind a URL from any position on, all of one version."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from syncer.connect.web.errors import translating
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
    """The bytes of the URL from `start` on. Raises `OriginError`: `origin.changed` if `size` or `etag`
    changed, `origin.range` if it can't be read from `start`.
    """
    headers = {"Range": f"bytes={start}-"} if start else None
    with ExitStack() as handles:
        with translating(url):
            response = handles.enter_context(http.stream("GET", url, headers=headers))
        skip = start - _begins(response, url, start, size, etag)
        reader = WebReader(response.iter_raw(), partial(translating, url))
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


def _begins(response: httpx.Response, url: str, start: int, size: int | None, etag: str | None) -> int:
    """The position at which the body starts."""
    status, headers = response.status_code, response.headers
    if etag and headers.get("etag", etag) != etag:
        raise _changed(url)
    if status == HTTPStatus.OK and start <= MOST_SKIPPED:
        return 0
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("content-range", ""))
    if status != HTTPStatus.PARTIAL_CONTENT or not found or int(found[1]) != start:
        raise OriginError(
            f"{bare_url(url)} can't be read from byte {start} on: it answers {status}",
            code="origin.range",
            hint="let the web server serve files directly, with support for ranges",
        )
    if size not in (None, int(found[2])):
        raise _changed(url)
    return start


def _changed(url: str) -> OriginError:
    return OriginError(f"{bare_url(url)} was replaced while it was read", code="origin.changed")
