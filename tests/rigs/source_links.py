"""URLs to objects of Ceph's S3, each signed once, in a list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from syncer.sources.links import Config
from tests.rigs.source import Rig
from tests.servers.rgw import S3Service


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with on(request.getfixturevalue("rgw"), request, names_any_key=True) as made:
        yield made


@contextmanager
def on(service: S3Service, request: pytest.FixtureRequest, *, names_any_key: bool) -> Iterator[Rig]:
    folder: Path = request.getfixturevalue("tmp_path")
    listed, bucket = folder / "links.txt", service.bucket()
    listed.touch()
    signed: set[str] = set()

    def config(**others: Path | str) -> Config:
        return Config.model_validate({"kind": "links", "list": listed, "allow_private": True} | others)

    def broken(name: str, text: str, **others: str) -> Config:
        (folder / name).write_text(text)
        return config(list=folder / name, **others)

    with closing(service.client(scheme="s3v4")) as client:

        def put(key: str, data: bytes) -> None:
            client.put_object(Bucket=bucket, Key=key, Body=data)
            if key not in signed:
                signed.add(key)
                asked = {"Bucket": bucket, "Key": key}
                url = client.generate_presigned_url("get_object", Params=asked, ExpiresIn=86400)
                with listed.open("a") as file:
                    file.write(f"{url}\n")

        def remove(key: str) -> None:
            client.delete_object(Bucket=bucket, Key=key)

        yield Rig(
            config=config(),
            put=put,
            remove=remove,
            broken={
                "list is missing": (config(list=folder / "nowhere.txt"), "source.missing"),
                "list is a folder": (config(list=folder), "source.io"),
                "no such column": (broken("a.csv", "name,url\n", column="link"), "source.list"),
                "broken JSON": (broken("a.json", "[\n{]"), "source.list"),
                "broken CSV": (broken("b.csv", 'url\n"a\n'), "source.list"),
            },
            names_any_key=names_any_key,
            prefix=f"{service.endpoint.partition('://')[2]}/{bucket}/",
        )
