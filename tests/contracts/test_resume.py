"""The laws of `protocols.Resume` and of kept parts, for every kind of destination, on real servers."""

from __future__ import annotations

import hashlib
import importlib
import pickle
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from syncer.connect.retry import Policy
from syncer.destinations import KINDS, open_destination
from syncer.errors import DestinationError, SourceChanged, SourceError, SyncerError
from syncer.model import HEAD_SIZE, PART, Asset, Content
from syncer.protocols import Destination, Staged, Stopped
from syncer.runners import SharedPace
from syncer.sync.uploads import Upload, Uploads
from tests.rigs.destination import Rig

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CHUNK = 1024 * 1024
SIZE = 2 * PART + 3 * CHUNK + 17
PATH = "new/folder/a.mp4"


@lru_cache
def body(seed: int = 0, size: int = SIZE) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - any bytes will do, if they come again


SERVERS = [*KINDS, "sftp_only"]
"""One of them can't compute the hash of a file, so the file is read back."""


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with importlib.import_module(f"tests.rigs.destination_{request.param}").rig(request) as made:
        yield made


@pytest.fixture
def destination(rig: Rig) -> Iterator[Destination]:
    with closing(open_destination(rig.config)) as opened:
        yield opened


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "uploads", "here")


def upload(uploads: Uploads, version: str = "v1", size: int | None = SIZE) -> Upload:
    asset = Asset("clips", "a.mp4", "a.mp4", size, version)
    policy = Policy(attempts=2, first_wait=0.01)
    return uploads.of(asset, PATH, "video/mp4", SharedPace(), policy)


def pour(staged: Staged, data: bytes) -> None:
    for start in range(0, len(data), CHUNK):
        staged.write(data[start : start + CHUNK])


def content(data: bytes) -> Content:
    digest, head = hashlib.sha256(data).hexdigest(), hashlib.sha256(data[:HEAD_SIZE]).hexdigest()
    return Content(len(data), digest, head, "video/mp4")


def publish(destination: Destination, resume: Upload, data: bytes) -> None:
    """Publish as a worker does: from the start if the kept part is not of this file."""
    try:
        _publish(destination, resume, data)
    except DestinationError as error:
        if error.code != "destination.kept":
            raise
        _publish(destination, resume, data)


def _publish(destination: Destination, resume: Upload, data: bytes) -> None:
    with destination.stage(PATH, "video/mp4", resume=resume) as staged:
        pour(staged, data)
        staged.commit(content(data))


def interrupt(destination: Destination, resume: Upload, data: bytes, error: BaseException) -> None:
    def fail() -> None:
        with destination.stage(PATH, "video/mp4", resume=resume) as staged:
            pour(staged, data)
            raise error

    with pytest.raises(type(error)) as caught:
        fail()
    assert caught.value is error


def assert_published(rig: Rig, data: bytes) -> None:
    found = rig.visit(PATH)
    assert found is not None
    assert hashlib.sha256(found.body).digest() == hashlib.sha256(data).digest()
    assert [name for name in rig.names() if not name.endswith("/")] == [PATH]


def test_an_interrupted_upload_is_kept_and_resumed(
    rig: Rig, destination: Destination, uploads: Uploads
) -> None:
    retried = SyncerError("it gave up")
    retried.attempts = 4
    for kept, error in enumerate(
        (
            DestinationError("x", code="destination.lost", transient=True),
            SourceError("x", code="source.cut", transient=True),
            retried,
            Stopped(),
            KeyboardInterrupt(),
        )
    ):
        interrupt(destination, upload(uploads), body()[: PART + (kept + 1) * CHUNK], error)
        assert rig.visit(PATH) is None
        (litter,) = destination.litter(timedelta())
        assert uploads.resumable() == {litter.locator} == {upload(uploads).kept()}
    publish(destination, upload(uploads), body())
    assert_published(rig, body())
    assert uploads.resumable() == set()


def test_an_upload_that_can_not_continue_leaves_no_trace(
    rig: Rig, destination: Destination, uploads: Uploads
) -> None:
    for error in (SourceChanged("x"), DestinationError("x", code="destination.full"), OSError("x")):
        interrupt(destination, upload(uploads), body(), error)
        assert rig.names() == []
    with destination.stage(PATH, "video/mp4", resume=upload(uploads)) as staged:
        pour(staged, body())
    assert rig.names() == []
    assert uploads.resumable() == set()


def test_a_kept_part_that_can_not_continue_leaves_no_trace(
    rig: Rig, destination: Destination, uploads: Uploads
) -> None:
    for data in (b"", body()[:CHUNK], body()):
        interrupt(destination, upload(uploads), body()[: PART + CHUNK], Stopped())
        interrupt(destination, upload(uploads), data, SourceChanged("x"))
        assert rig.names() == []
        assert uploads.resumable() == set()


@pytest.mark.parametrize("rig", SERVERS, indirect=True)
def test_a_corrupted_part_is_never_published(rig: Rig, destination: Destination, uploads: Uploads) -> None:
    for at in (CHUNK // 2, PART + 5):
        interrupt(destination, upload(uploads), body()[: 2 * PART + CHUNK], Stopped())
        corrupt(rig, destination, at)
        publish(destination, upload(uploads), body())
        assert_published(rig, body())


def corrupt(rig: Rig, destination: Destination, at: int) -> None:
    """Flip one bit of the staged file."""
    (litter,) = destination.litter(timedelta())
    if rig.config.kind == "s3":
        key, upload_id = litter.locator.split("\n")
        number, settings = at // PART + 1, rig.config
        part = bytearray(body()[(number - 1) * PART : number * PART])
        part[at % PART] ^= 1
        bucket, client = settings.bucket, eyes(settings.endpoint)  # type: ignore[attr-defined] # of an S3 rig
        client.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=bytes(part))
        return
    with (Path(rig.config.root) / litter.locator).open("r+b") as file:  # type: ignore[attr-defined] # no S3 rig
        file.seek(at)
        flipped = bytes([file.read(1)[0] ^ 1])
        file.seek(at)
        file.write(flipped)


def eyes(endpoint: str) -> S3Client:
    made: S3Client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="AKTEST",
        aws_secret_access_key="SKTESTSECRET",
    )
    return made


def test_other_bytes_of_the_same_version_are_published_whole(
    rig: Rig, destination: Destination, uploads: Uploads
) -> None:
    """A source may not see the difference. The other bytes start the same, and some end earlier."""
    for size in (CHUNK, PART + 5, 2 * PART):
        interrupt(destination, upload(uploads), body()[: 2 * PART + CHUNK], Stopped())
        data = body()[: size - 1] + b"!"
        publish(destination, upload(uploads), data)
        assert_published(rig, data)


def test_another_version_does_not_know_of_it(uploads: Uploads) -> None:
    upload(uploads, "v1").keep("part")
    assert upload(uploads, "v1").kept() == "part"
    assert upload(uploads, "v1").outdated() is None
    for other in (upload(uploads, "v2"), upload(uploads, size=SIZE + 1), upload(uploads, size=5)):
        assert other.kept() is None
        assert other.outdated() == "part"
    elsewhere = upload(Uploads(uploads.folder, "elsewhere"), "v2")
    assert (elsewhere.kept(), elsewhere.outdated()) == (None, None)


def test_an_upload_of_one_part_is_never_kept(rig: Rig, destination: Destination, uploads: Uploads) -> None:
    interrupt(destination, upload(uploads, size=None), body()[:PART], Stopped())
    assert rig.names() == []
    assert not uploads.folder.exists()


def test_a_part_that_was_tidied_away_is_sent_again(
    rig: Rig, destination: Destination, uploads: Uploads
) -> None:
    interrupt(destination, upload(uploads), body()[: PART + CHUNK], Stopped())
    for litter in destination.litter(timedelta()):
        destination.discard(litter)
    publish(destination, upload(uploads), body())
    assert_published(rig, body())


KILLED = """
import pickle, sys, time
from tests.contracts.test_resume import PART, PATH, body, open_destination, pour, upload
config, uploads = pickle.load(sys.stdin.buffer)
staged = open_destination(config).stage(PATH, "video/mp4", resume=upload(uploads)).__enter__()
pour(staged, body()[: 2 * PART])
print("staged", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("rig", SERVERS, indirect=True)
def test_what_a_killed_process_left_is_resumed(rig: Rig, destination: Destination, uploads: Uploads) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    with process, process.stdin:
        process.stdin.write(pickle.dumps((rig.config, uploads)))
        process.stdin.close()
        assert process.stdout.readline() == b"staged\n"
        process.send_signal(signal.SIGKILL)
    assert len(uploads.resumable()) == 1
    publish(destination, upload(uploads), body())
    assert_published(rig, body())
    assert uploads.resumable() == set()
