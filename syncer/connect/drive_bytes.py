"""One answer of the Drive API on its way: its body, and that it is what was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from syncer.connect.google import translated
from syncer.errors import SourceChanged, SourceError

if TYPE_CHECKING:
    import httpx

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of JSON; a full page has about one million."""
CHUNK = 256 * 1024


class Opened:
    """An answer whose body has not been read. Closing it early drops its connection."""

    def __init__(
        self, http: httpx.Client, url: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> None:
        self.url = url
        self._handles = ExitStack()
        with translated(url):
            self.response = self._handles.enter_context(
                http.stream("GET", url, params=dict(params), headers=dict(headers))
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._handles.close()

    def body(self) -> bytes:
        whole = bytearray()
        with translated(self.url):
            for chunk in self.response.iter_raw():
                whole += chunk
                if len(whole) > LARGEST_ANSWER:
                    return b""
        return bytes(whole)

    def json(self, what: str) -> Mapping[str, Any]:
        try:
            said = json.loads(self.body())
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise SourceError(
                f"{what}: the answer is no JSON", code="source.answer", hint="check endpoint", transient=True
            )
        return said

    def media(self, start: int, size: int, what: str) -> Media:
        """The body as the bytes from `start` on of a file that has `size`."""
        status, headers = self.response.status_code, self.response.headers
        left = size - start
        if start:
            ranged = headers.get("content-range", "")
            if status != HTTPStatus.PARTIAL_CONTENT or not ranged.startswith(f"bytes {start}-"):
                raise SourceError(
                    f"{what}: asked from byte {start} on, it answered {status} {ranged or 'without a range'}",
                    code="source.range",
                )
            if ranged != f"bytes {start}-{size - 1}/{size}":
                raise changed(what)
        length = headers.get("content-length", str(left))
        if length != str(left):
            raise SourceError(
                f"{what}: {length} bytes announced, {left} expected", code="source.cut", transient=True
            )
        return Media(self.response.iter_raw(CHUNK), left, self.url, what)


class Media:
    """A `Reader` that gives as many bytes as were expected, or raises."""

    def __init__(self, chunks: Iterator[bytes], left: int, url: str, what: str) -> None:
        self._chunks = chunks
        self._left = left
        self._url = url
        self._what = what
        self._chunk = b""

    def read(self, size: int, /) -> bytes:
        while not self._chunk:
            chunk = self._next()
            if chunk is None:
                return b""
            self._chunk = chunk
        given, self._chunk = self._chunk[:size], self._chunk[size:]
        return given

    def _next(self) -> bytes | None:
        try:
            with translated(self._url):
                chunk = next(self._chunks, None)
        except SourceError as error:
            raise self._cut(error.message) from error
        if chunk is None and self._left:
            raise self._cut(f"the body ended {self._left} bytes early")
        self._left -= len(chunk or b"")
        if self._left < 0:
            raise changed(self._what)
        return chunk

    def _cut(self, why: str) -> SourceError:
        return SourceError(f"{self._what}: {why}", code="source.cut", transient=True)


def changed(what: str) -> SourceChanged:
    return SourceChanged(
        f"{what}: it was changed or deleted since it was listed", hint="the next run sees what is there"
    )
