"""Real S3: Ceph's RADOS gateway on the loopback device, over HTTP and over TLS."""

from __future__ import annotations

import itertools
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.certificates import Certificates
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SCRIPT = Path(__file__).with_suffix(".sh")
PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "curl")
STARTS = 3
"""Tries, as another program may take a free port first."""

KEYS = {"SYNCER_TEST_RGW_ACCESS": "AKTEST", "SYNCER_TEST_RGW_SECRET": "SKTESTSECRET"}
"""The environment that `S3Service.settings` needs."""


@dataclass(frozen=True)
class S3Service:
    """An S3 API somewhere on the loopback device."""

    endpoint: str
    access_key: str
    secret_key: str = field(repr=False)
    tls_endpoint: str | None = None
    ca: Path | None = None
    """CA file of `tls_endpoint`."""
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)

    @property
    def address(self) -> tuple[str, int]:
        """Of `endpoint`."""
        host, _, port = self.endpoint.removeprefix("http://").partition(":")
        return host, int(port)

    def signed(self, bucket: str, key: str, seconds: int = 86400, scheme: str = "s3v4") -> str:
        """A signed URL of the object for some seconds; `s3` is the older scheme."""
        with closing(self.client(scheme=scheme)) as client:
            asked = {"Bucket": bucket, "Key": key}
            return client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds)

    def expired(self, bucket: str, key: str) -> str:
        """A URL signed two hours ago for one second."""
        from botocore import auth

        now = auth.get_current_datetime  # type: ignore[attr-defined]  # the stubs lack it
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(auth, "get_current_datetime", lambda *said: now(*said) - timedelta(hours=2))
            return self.signed(bucket, key, 1)

    def client(
        self, *, anonymous: bool = False, scheme: str | None = None, endpoint: str | None = None
    ) -> S3Client:
        """A client that is independent of the code under test."""
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config

        made: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint or self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(
                signature_version=UNSIGNED if anonymous else scheme,
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        return made

    def bucket(self) -> str:
        """The name of a new, empty bucket."""
        name = f"bucket-{next(self._numbers)}"
        with closing(self.client()) as client:
            client.create_bucket(Bucket=name)
        return name

    def settings(self, bucket: str, **others: Any) -> dict[str, Any]:
        """The fields of `S3Settings`; the keys are those of `KEYS`."""
        return {
            "bucket": bucket,
            "endpoint": self.endpoint,
            "access_key": "env:SYNCER_TEST_RGW_ACCESS",
            "secret_key": "env:SYNCER_TEST_RGW_SECRET",
        } | others


@pytest.fixture(scope="session")
def rgw(certificates: Certificates) -> Iterator[S3Service]:
    lacking = [program for program in PROGRAMS if not shutil.which(program)]
    assert not lacking, (
        f"{', '.join(lacking)} not found; as root: "
        "apt-get install --no-install-recommends ceph-mon ceph-osd radosgw ceph-common curl"
    )
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory(prefix="syncer-test-rgw-") as folder,
    ):
        for name, value in KEYS.items():
            patch.setenv(name, value)
        pem = certificates.leaf("127.0.0.1", "localhost")
        for attempt in range(1, STARTS + 1):
            own, port, tls_port = Path(folder) / str(attempt), free_port(), free_port()
            command = [SCRIPT, "start", own, port, _two_free_ports(), pem, tls_port]
            try:
                failed = subprocess.run(["bash", *map(str, command)], check=False, timeout=120).returncode
                if failed and attempt < STARTS:
                    continue
                assert not failed, f"Ceph did not start:\n{(own / 'start.log').read_text()}"
                yield S3Service(
                    endpoint=f"http://127.0.0.1:{port}",
                    access_key=KEYS["SYNCER_TEST_RGW_ACCESS"],
                    secret_key=KEYS["SYNCER_TEST_RGW_SECRET"],
                    tls_endpoint=f"https://127.0.0.1:{tls_port}",
                    ca=certificates.ca,
                )
                return
            finally:
                subprocess.run(["bash", SCRIPT, "stop", own], check=True, timeout=60)


def _two_free_ports() -> int:
    """The first of two neighbours."""
    while True:
        first = free_port()
        try:
            _claim(first + 1)
        except OSError:
            continue
        return first


def _claim(port: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
