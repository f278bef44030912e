"""Reading an object back from a bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from syncer.connect.circuit import READING
from syncer.connect.s3 import client as aws
from syncer.destinations.reading import StoredReader, changed_meanwhile, not_stored
from syncer.destinations.s3.answers import etag
from syncer.errors import DestinationError
from syncer.model import Stored
from syncer.protocols import Reader


@contextmanager
def reading_object(api: aws.Api, bucket: str, key: str, stored: Stored) -> Iterator[Reader]:
    """One GET, pinned to the version: what replaces the object meanwhile is not what comes."""
    what = f"reading {aws.uri(bucket, key)}"
    answer = _answer(api, bucket, key, stored, what)
    with closing(answer["Body"]) as body:
        if (answer.get("ContentLength"), etag(answer)) != (stored.size, stored.version):
            raise changed_meanwhile(stored.path)  # some services ignore If-Match
        circuit = api.circuit(READING)

        def read(size: int) -> bytes:
            with api.asking(what, READING, proof=False):
                chunk: bytes = body.read(size)
            circuit.moved(len(chunk))
            return chunk

        yield StoredReader(stored, read, lambda: None)


def _answer(api: aws.Api, bucket: str, key: str, stored: Stored, what: str) -> Any:
    asked: dict[str, Any] = {"Bucket": bucket, "Key": key}
    if stored.version:
        asked["IfMatch"] = f'"{stored.version}"'
    try:
        with api.asking(what, READING, proof=False) as client:
            return client.get_object(**asked)
    except DestinationError as error:
        if error.code == "destination.missing":
            raise not_stored(stored.path) from error
        if error.code == "destination.changed":
            raise changed_meanwhile(stored.path) from error
        raise
