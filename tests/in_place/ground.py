"""Files under a domain of the user's: in a web root, behind SSH, in a bucket; real nginx serves each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from syncer.probe.media_types import by_name
from tests.home import Home, plain
from tests.servers.nginx import StartNginx

UPLOADS = "storage/uploads/"


@dataclass(frozen=True)
class Ground:
    home: Home
    put: Callable[[str, bytes], None]
    """At a path below the destination's root."""
    remove: Callable[[str], None]
    everything: Callable[[], Mapping[str, object]]
    """All that is there, with all that a write would change."""

    def upload(self, **files: bytes) -> None:
        """Files of the user, by their names without `.mp4`."""
        for name, content in files.items():
            self.put(f"{UPLOADS}{name}.mp4", content)

    def url(self, path: str) -> str:
        return f"{self.home.site.url}{quote(path)}"


def settle(home: Home, destination: dict[str, Any], source: dict[str, Any]) -> None:
    """One source in place, and no other."""
    home.config["origin"]["destination"] = destination
    home.config["sources"] = {"uploads": source | {"in_place": True}}


def folder(home: Home) -> Ground:
    root = home.site.root

    def put(path: str, content: bytes) -> None:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def everything() -> dict[str, object]:
        """A file that was made and taken away again leaves another time in its folder."""
        found = [root, *sorted(root.rglob("*"))]
        return {str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns, _content(path)) for path in found}

    (root / UPLOADS).mkdir(parents=True, exist_ok=True)
    return Ground(home, put, lambda path: (root / path).unlink(), everything)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def ground(kind: str, home: Home, request: pytest.FixtureRequest) -> Iterator[Ground]:
    if kind == "s3":
        yield from _bucket(home, request)
        return
    made = folder(home)
    root = home.site.root
    if kind == "local":
        settle(
            home,
            {"kind": "local", "root": str(root)},
            {"kind": "local", "root": str(root / "storage/uploads")},
        )
    else:
        server = request.getfixturevalue("sshd")
        there = plain(server.destination(root))
        settle(home, there, there | {"root": f"{root}/storage/uploads"})
    yield made


def _bucket(home: Home, request: pytest.FixtureRequest) -> Iterator[Ground]:
    service, start = request.getfixturevalue("rgw"), request.getfixturevalue("nginx")
    assert callable(start)
    bucket, nginx = service.bucket(), _starting(start)
    home.site = nginx(
        home.site.root, server=f"location ~ ^/. {{ proxy_pass {service.endpoint}/{bucket}$request_uri; }}"
    )
    home.config["origin"]["connect_to"] = home.site.connect_to
    with ExitStack() as stack:
        client = stack.enter_context(closing(service.client()))

        def put(path: str, content: bytes) -> None:
            client.put_object(
                Bucket=bucket, Key=path, Body=content, ContentType=by_name(path), ACL="public-read"
            )

        def everything() -> dict[str, object]:
            listed = client.list_objects_v2(Bucket=bucket).get("Contents", ())
            uploads = client.list_multipart_uploads(Bucket=bucket).get("Uploads", ())
            held: dict[str, object] = {each["Key"]: (each["ETag"], each["LastModified"]) for each in listed}
            return held | {f"{each['Key']} (unfinished)": each["UploadId"] for each in uploads}

        settings = {"kind": "s3", **service.settings(bucket)}
        settle(home, settings, settings | {"prefix": UPLOADS})
        yield Ground(home, put, lambda path: _delete(client, bucket, path), everything)


def _starting(start: StartNginx) -> StartNginx:
    return start


def _delete(client: Any, bucket: str, path: str) -> None:
    client.delete_object(Bucket=bucket, Key=path)
