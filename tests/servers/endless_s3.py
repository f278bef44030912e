"""An S3 API with endless listings of several kinds. Its objects can be read.

alternate  the continuation tokens are A, B, A, B, …, and no page has a key
barren     each page has a new token, and no key
same       each page has a new token, and the same key
back       pages of two keys, which start again after three pages
more       each page has new keys
drip       the body of a page never ends, just above the lowest rate
crawl      each page has one new key, and takes `pause` seconds
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, urlsplit

KINDS = ("alternate", "barren", "same", "back", "drip", "crawl")
"""All kinds that end before the limit of names."""


def _keys(kind: str, number: int) -> list[str]:
    return {
        "same": ["a.mp4"],
        "back": [f"{number % 3}{each}.mp4" for each in "ab"],
        "more": [f"{number:09}-{each}.mp4" for each in range(2)],
        "crawl": [f"{number:09}.mp4"],
    }.get(kind, [])


def _page(kind: str, number: int, size: int, uploads: bool) -> bytes:  # noqa: FBT001 - one caller
    place = "AB"[number % 2] if kind == "alternate" else f"place{number}"
    when = "2026-01-02T03:04:05.000Z"
    if uploads:
        root, tail = "ListMultipartUploadsResult", f"<Bucket>b</Bucket><NextKeyMarker>{place}</NextKeyMarker>"
        tail += f"<NextUploadIdMarker>{place}</NextUploadIdMarker>"
        each = "<Upload><Key>{0}</Key><UploadId>1</UploadId><Initiated>{1}</Initiated></Upload>"
    else:
        root, tail = (
            "ListBucketResult",
            f"<Name>b</Name><NextContinuationToken>{place}</NextContinuationToken>",
        )
        each = '<Contents><Key>{0}</Key><Size>{2}</Size><ETag>"{0}"</ETag>'
        each += "<LastModified>{1}</LastModified></Contents>"
    found = "".join(each.format(key, when, size) for key in _keys(kind, number))
    return f"<{root}>{tail}<IsTruncated>true</IsTruncated>{found}</{root}>".encode()


@contextmanager
def serving(kind: str, data: bytes = b"", pause: float = 0.0, rate: int = 2000) -> Iterator[str]:
    """Its URL. `data` is the content of each object."""
    numbers, ended = count(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with suppress(OSError):
                self._answer(parse_qs(urlsplit(self.path).query, keep_blank_values=True))

        def _answer(self, query: dict[str, list[str]]) -> None:
            listing = "list-type" in query or "uploads" in query
            ended.wait(pause if listing else 0)
            if listing and "max-keys" in query and query["max-keys"] == ["1"]:
                return self._send(b"<ListBucketResult><Name>b</Name></ListBucketResult>")
            if listing and kind == "drip":
                return self._drip()
            if listing:
                return self._send(_page(kind, next(numbers), len(data), "uploads" in query))
            return self._send(data)

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{urlsplit(self.path).path.rpartition("/")[2]}"')
            self.end_headers()
            self.wfile.write(body)

        def _drip(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<ListBucketResult><!--")
            while not ended.is_set():
                self.wfile.write(b" " * (rate // 20))
                time.sleep(0.05)

        def log_message(self, *_: object) -> None:
            """No log, as tests check the requests themselves."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            ended.set()
            server.shutdown()
