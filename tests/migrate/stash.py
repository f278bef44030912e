"""A user's folder with documents full of links: to a Ceph bucket, to another web server, to missing files."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.home import Home, Ran
from tests.media import mp4
from tests.servers.rgw import S3Service
from tests.servers.wire import Answer, scripted

PAST = "20200101T000000Z"
AWS_EXPIRED = (
    "https://old.s3.amazonaws.com/{}.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20200101"
    f"%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date={PAST}&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=abcdef0123456789"
)


class Stash:
    def __init__(self, home: Home, store: S3Service) -> None:
        self.home, self.store, self.bucket = home, store, store.bucket()
        self.client = store.client()
        home.config["sources"] = {}
        home.config["migrate"] = {"allow_private": True}

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def live(self, key: str, seconds: int = 3600) -> str:
        return self.store.signed(self.bucket, key, seconds)

    def over(self, key: str) -> str:
        """A link that expired long ago."""
        return re.sub(r"X-Amz-Date=\w+", f"X-Amz-Date={PAST}", self.live(key))

    def refresh(self) -> None:
        """Adds the keys of the store to the config."""
        settings = self.store.settings("any")
        del settings["bucket"]
        self.home.config["migrate"]["refresh"] = {"s3": settings}

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        file = self.home.folder / name
        file.write_bytes(text.encode(encoding))
        return file

    def migrate(self, file: Path, *options: str) -> Ran:
        return self.home.syncer("migrate", str(file), *options)

    def map(self, file: Path, *options: str) -> tuple[dict[str, dict[str, str]], Ran]:
        """The rows of the map by link."""
        ran = self.migrate(file, "--map", str(self.home.folder / "map.csv"), *options)
        with (self.home.folder / "map.csv").open(newline="") as stream:
            return {row["link"]: row for row in csv.DictReader(stream)}, ran

    def url(self, key: str) -> str:
        """The stable URL of an object in the bucket."""
        host = urlsplit(self.store.endpoint).netloc.replace(":", "%3A")
        found: dict[str, Any] = self.home.manifest()
        (item,) = (item for name, item in found.items() if name.endswith(f"{self.bucket}/{key}"))
        assert host.partition("%")[0] in item["url"]
        return str(item["url"])


@contextmanager
def stashed(home: Home, store: S3Service) -> Iterator[Stash]:
    made = Stash(home, store)
    with closing(made.client):
        yield made


@pytest.fixture
def stash(home: Home, rgw: S3Service) -> Iterator[Stash]:
    with stashed(home, rgw) as made:
        yield made


@pytest.fixture
def cdn() -> Iterator[str]:
    """The URL of another web server, which serves one video at every path."""
    with scripted(Answer(headers={"Content-Type": "video/mp4"}, body=mp4(seed=77))) as url:
        yield url
