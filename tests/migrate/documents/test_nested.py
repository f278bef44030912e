"""Laws of values of PHP in JSON in a dump or a CSV, as Laravel stores jobs: all lengths are right again."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from syncer.migrate.documents import open_document
from tests.migrate.documents.test_serialized import serialize

LINKS = ("https://cdn.example/films/clip.mp4", "https://b.s3.amazonaws.com/a%20b.mp4?X-Amz-Date=1&x=2")
NEW = "https://m.example/x/1.mp4"


def job(link: str, *, ascii_: bool, slashes: bool) -> str:
    """A row of `jobs`, with links in values of PHP and outside of them."""
    value = serialize({"é": link, "text": f"see {link}, ü “{link}”", "deep": serialize([link]).decode()})
    row = {"displayName": "App\\Job\t1", "url": link, "data": {"command": value.decode()}, "n": [1.50, None]}
    text = json.dumps(row, ensure_ascii=ascii_)
    return text.replace("/", "\\/") if slashes else text


def literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    return f"INSERT INTO `failed_jobs` VALUES (1,'default','{escaped}',0);\n"


def copied(text: str) -> str:
    return "COPY jobs (a, b) FROM stdin;\n1\t" + text.replace("\\", "\\\\") + "\n\\.\n"


def cell(text: str) -> str:
    return '1,"' + text.replace('"', '""') + '",x\r\n'


WRITERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "mysql": ("sql", literal),
    "copy": ("sql", copied),
    "csv": ("csv", cell),
    "json": ("json", str),
}


@pytest.mark.parametrize("container", WRITERS)
@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("ascii_", [True, False])
@pytest.mark.parametrize("slashes", [True, False])
def test_values_of_php_in_json_are_replaced_in_any_container(
    container: str, link: str, *, ascii_: bool, slashes: bool
) -> None:
    format_, write = WRITERS[container]
    text = write(job(link, ascii_=ascii_, slashes=slashes))
    new, hindrances = migrated(text, format_)
    assert new == write(job(NEW, ascii_=ascii_, slashes=slashes))
    assert hindrances == [None] * 5


@pytest.mark.parametrize("container", WRITERS)
def test_a_wrong_length_in_json_stays_and_is_listed(container: str) -> None:
    format_, write = WRITERS[container]
    text = write(json.dumps({"a": f's:9:"{LINKS[0]}";', "b": serialize(LINKS[0]).decode()}))
    new, hindrances = migrated(text, format_)
    assert new == write(json.dumps({"a": f's:9:"{LINKS[0]}";', "b": serialize(NEW).decode()}))
    assert [bool(each) for each in hindrances] == [True, False]


def migrated(text: str, format_: str) -> tuple[str, list[str | None]]:
    stream, out = io.BytesIO(text.encode()), io.BytesIO()
    document = open_document("it", stream, format_)
    found = list(document.links(stream))
    assert all(text.encode()[each.offset :].startswith(b"https:") for each in found)
    document.rewrite(stream, out, lambda _: NEW)
    return out.getvalue().decode(), [each.hindrance for each in found]
