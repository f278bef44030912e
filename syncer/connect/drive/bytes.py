"""One answer of the Drive API: reads its body, and checks that it is the requested one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from syncer.connect.drive.account import network_errors
from syncer.connect.exact import Exact, cut_short, source_changed
from syncer.connect.web.reader import WebReader
from syncer.errors import SourceError
from syncer.settings.spelling import counted

if TYPE_CHECKING:
    import httpx

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of JSON; a full page has about 1 MB."""
CHUNK = 256 * 1024
LONGEST_REFUSAL = 60.0
"""Seconds for reading the text of a refusal."""


class DriveResponse:
    """An answer with its body still to be read. Closing it early drops its connection."""

    def __init__(
        self, http: httpx.Client, url: str, params: Mapping[str, str], headers: Mapping[str, str]
    ) -> None:
        self.url = url
        self._handles = ExitStack()
        with network_errors(url):
            self.response = self._handles.enter_context(
                http.stream("GET", url, params=dict(params), headers=dict(headers))
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._handles.close()

    def body(self, longest: float = LONGEST_REFUSAL) -> bytes:
        """The whole body; raises `SourceError` after `longest` seconds. Empty if it is too long."""
        import httpx

        whole, begun = bytearray(), time.monotonic()
        with network_errors(self.url):
            for chunk in self.response.iter_raw():
                if time.monotonic() - begun > longest:
                    raise httpx.ReadTimeout(f"the answer did not end in {longest:g} s")
                whole += chunk
                if len(whole) > LARGEST_ANSWER:
                    return b""
        return bytes(whole)

    def json(self, what: str, longest: float) -> Mapping[str, Any]:
        try:
            said = json.loads(self.body(longest))
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise SourceError(
                f"{what}: the answer is not JSON", code="source.answer", hint="check endpoint", transient=True
            )
        return said

    def media(self, start: int, size: int, what: str) -> Exact:
        """The body as a file's bytes from `start` to `size`."""
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
                raise source_changed(what)
        length = headers.get("content-length", str(left))
        if length != str(left):
            raise cut_short(what, f"{counted(length, 'byte')} announced, {left} expected")
        body = WebReader(self.response.iter_raw(CHUNK), partial(_of_a_body, self.url, what))
        return Exact(body.read, left, what)


@contextmanager
def _of_a_body(url: str, what: str) -> Iterator[None]:
    """A body that ends early is a cut connection, not a host that can't be reached."""
    try:
        with network_errors(url):
            yield
    except SourceError as error:
        raise cut_short(what, error.message) from error
