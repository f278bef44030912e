"""A bucket of Ceph's S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from syncer.sources.s3 import Config
from tests.rigs.source import Rig
from tests.servers.ports import free_port
from tests.servers.rgw import S3Service


@contextmanager
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with on(request.getfixturevalue("rgw"), request, names_any_key=True) as made:
        yield made


@contextmanager
def on(service: S3Service, request: pytest.FixtureRequest, *, names_any_key: bool) -> Iterator[Rig]:
    request.getfixturevalue("monkeypatch").setenv("SYNCER_TEST_WRONG", "WRONGWRONG")
    bucket = service.bucket()

    def config(**others: str) -> Config:
        return Config(kind="s3", **service.settings(bucket) | others)

    with closing(service.client()) as client:
        yield Rig(
            config=config(),
            put=lambda key, data: _ignore(client.put_object(Bucket=bucket, Key=key, Body=data)),
            remove=lambda key: _ignore(client.delete_object(Bucket=bucket, Key=key)),
            broken={
                "bucket is missing": (config(bucket="nowhere"), "source.bucket"),
                "access key is unknown": (config(access_key="env:SYNCER_TEST_WRONG"), "source.credentials"),
                "secret key is wrong": (config(secret_key="env:SYNCER_TEST_WRONG"), "source.credentials"),
                "nobody listens": (config(endpoint=f"http://127.0.0.1:{free_port()}"), "source.unreachable"),
            },
            names_any_key=names_any_key,
        )


def _ignore(_answer: object) -> None:
    """The result of the second client is not needed."""
