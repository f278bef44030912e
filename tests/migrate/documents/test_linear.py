"""Laws of cost: reading any document takes time in proportion to its bytes, and little memory.

The CPU time is compared with a plain loop over as many bytes on the same machine, not with a clock.
"""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from syncer.errors import ConfigError, SourceError
from syncer.migrate.documents import open_document
from syncer.sources.links import formats
from syncer.urls.links import recognise

BYTES = 16 * 1024
MOST = 90
"""Times the cost of the plain loop. The slowest case now costs 50; quadratic cases cost hundreds."""
TRIES = 3

UNITS = (
    b'"', b'""', b"'", b"''", b"`", b"\\", b'\\"', b"{", b"}", b"[", b"[]", b"(", b")", b",", b'","', b";",
    b":", b'":"', b"/", b"://", b"\n", b"\r", b"\r\n", b'\n"', b" ", b"\t", b"-", b"#", b"/*", b"*", b"=",
    b"&amp;", b"\\u0068", b"\\u002f", b"\xff", b"\xc2\xa0", b"http", b"http://", b"http://a.b/c,",
    b"http://a.b/c\xe3\x80\x80", b"http:\\/\\/a.b\\/c", b"http:\\u002f\\u002fa.b/c\xe3\x80\x80\\u0068",
    b'"http://a.b/c d', b"'http://a.b/c d ", b"<http://a.b/c d", b"\nKEY=http://a.b/c d?", b")http://a.b/c",
    b'"url":[', b'"url":"', b's:9:"', b's:999999999:"', b"a:1:{", b'a:9:{s:1:"', b'O:1:"a":1:{',
    b"http://a.b/c.mp4,", b"http://a.b/c?d=e,", b"http://a.b/c.jpg?d\xe8\xb0\xa2", b"http://a.b/c", b"=\n",
    b"http://a.b/?c=3D1&", b"https\\u003a//a.b/c", b"//a.b/c.jpg ", b"s3://a/b.mp4", b"https%3A%2F%2Fa.b%2F",
    b"\nCOPY a FROM stdin;\n", b"COPY ", b"\\.\n", b"http://a.b/c%", b"&#65;", b"http://a.b/c&hellip;d",
    b"http://a.b/c--", b"#t=5,", b"ahttp://a.b/c", b"'http://a.b/c''d", b"http://b.s3.amazonaws.com/c''d e",
    b"http://a.b/c\\_d", b"http://b.s3.amazonaws.com/c\\x26", b"&amp;amp;#x2F;", b"http\\://a.b/c",
    b"\x1b[1mhttp://a.b/c", b"\\n//a.b/c.jpg",
)  # fmt: skip
"""The repeated parts of a document."""
BEGINNINGS = (
    b"",
    b"http://a.b/c.mp4?d=1",
    b"http:\\u002f\\u002fa.b/c d",
    b'{"url":["',
    b"INSERT INTO t VALUES ('",
)
SHAPES = ("csv", "csv:1", "json", "json:url", "sql", "text")
"""A format, and a column if there is one."""


def found(data: bytes, shape: str) -> int:
    """The number of links; 0 for a refused document."""
    format_, _, column = shape.partition(":")
    stream = io.BytesIO(data)
    try:
        return sum(1 for _ in open_document("it", stream, format_, column or None).links(stream))
    except ConfigError:
        return 0


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process, which do not depend on other load."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def steps(data: bytes) -> int:
    return sum(1 for _ in re.finditer(rb"(?s).", data))


def too_dear(data: bytes, work: Callable[[], object]) -> bool:
    """Whether each of several measurements is too high."""
    return all(cpu(work) > MOST * cpu(lambda: steps(data)) for _ in range(TRIES))


@pytest.mark.scale
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_the_cost_of_any_bytes_is_linear(beginning: bytes, shape: str) -> None:
    header = b"url\n" if shape == "csv:1" else b""
    documents = [header + beginning + unit * (BYTES // len(unit)) for unit in UNITS]
    assert [each[:80] for each in documents if too_dear(each, lambda: found(each, shape))] == []  # noqa: B023 - called at once


NEVER_ENDING = {
    "quotes of a CSV": ("csv", b'"'),
    "quotes of SQL": ("sql", b"''"),
    "backslashes in JSON": ("json", b"\\"),
    "escapes in JSON": ("json", b"\\u0068"),
    "a line of text": ("text", b"a"),
    "strings of PHP": ("sql", b's:999999999:"'),
}


PROGRAM = """
import resource, sys
from tests.migrate.documents.test_linear import NEVER_ENDING, found
shape, unit = NEVER_ENDING[sys.argv[1]]
start = {"json": b'"', "sql": b"'"}.get(shape, b"")
data = start + unit * (3_000_000 // len(unit))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert found(data, shape) == 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.scale
@pytest.mark.parametrize("name", NEVER_ENDING)
def test_an_endless_place_is_never_held_in_memory(name: str) -> None:
    command = [sys.executable, "-c", PROGRAM, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 48 * 1024, "KiB more than before"


@pytest.mark.scale
@pytest.mark.parametrize("shape", ["json", "json:url", "sql", "csv", "text"])
def test_deep_nesting_is_read_or_refused(shape: str) -> None:
    for unit in (b"[", b'{"url":', b'{"url":[', b"a:1:{i:0;"):
        found(unit * 200_000, shape)


HOSTS = ("a.b/", "b.s3.amazonaws.com/", "drive.google.com/", "x.blob.core.windows.net/", "d1.cloudfront.net/")
PARTS = (
    "a",
    "/",
    ".",
    "%41",
    "?",
    "&",
    "=",
    "hdnea=exp=0",
    "exp=0",
    "0",
    "hmac=",
    "eyJ",
    "eyJ.",
    "/s--",
    "~",
)


@pytest.mark.scale
@pytest.mark.parametrize("host", HOSTS)
def test_the_cost_of_any_url_is_linear(host: str) -> None:
    urls = [
        f"https://{host}{first}{part * (8000 // len(part))}" for first in ("", "hdnea=exp=") for part in PARTS
    ]
    assert [url[:60] for url in urls if too_dear(url.encode(), lambda: recognise(url))] == []  # noqa: B023 - called at once


def rows(shape: Callable[..., Iterator[formats.ListRow]], text: str) -> None:
    with suppress(SourceError):
        for _ in shape(io.StringIO(text), "it", None):
            pass


@pytest.mark.scale
@pytest.mark.parametrize("shape", [formats.text_rows, formats.objects, formats.array, formats.table])
def test_the_cost_of_any_list_of_links_is_linear(shape: Callable[..., Iterator[formats.ListRow]]) -> None:
    texts = [
        start + unit.decode("latin-1") * (BYTES // len(unit))
        for start in ("", '["', '{"urls":[')
        for unit in UNITS
    ]
    assert [text[:60] for text in texts if too_dear(text.encode(), lambda: rows(shape, text))] == []  # noqa: B023 - called at once


def test_an_endlessly_nested_policy_is_no_policy() -> None:
    policy = base64.urlsafe_b64encode(b"[" * 5000).decode()
    assert recognise(f"https://d1.cloudfront.net/a.mp4?Policy={policy}&Signature=1").expires is None
