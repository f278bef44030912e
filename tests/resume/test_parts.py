"""What is special about resuming in a bucket, on Ceph; and what small files cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from syncer.connect.retry import Policy
from syncer.connect.s3 import client as aws
from syncer.connect.ssh.sftp import Client
from syncer.destinations.sftp import SftpDestination
from syncer.model import PART, Asset
from syncer.protocols import Stopped
from syncer.runners import SharedPace
from syncer.sync.uploads import Upload, Uploads
from tests.contracts.stores import publish
from tests.contracts.test_resume import PATH, body, content, interrupt, pour
from tests.media import mp4
from tests.rigs.bucket import Bench
from tests.servers.rgw import S3Service
from tests.servers.sshd import Sshd

SIZE = 2 * PART + 5


@pytest.fixture
def bench(rgw: S3Service) -> Iterator[Bench]:
    made = Bench(rgw)
    with closing(made.eyes):
        yield made


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    uploads, policy = Uploads(tmp_path / "uploads", "here"), Policy(attempts=2, first_wait=0.01)
    return uploads.of(Asset("clips", "a.mp4", "a.mp4", SIZE, "v1"), PATH, "video/mp4", SharedPace(), policy)


def store(bench: Bench, upload: Upload, data: bytes) -> None:
    with bench.destination.stage(PATH, "video/mp4", resume=upload) as staged:
        pour(staged, data)
        staged.commit(content(data))


def after(bench: Bench, operation: str, do: Callable[..., None]) -> None:
    """Once, when the bucket has answered."""

    def hook(**answer: Any) -> None:
        events.unregister(f"after-call.s3.{operation}", hook)
        do(**answer)

    events = aws.s3_client(bench.settings).meta.events
    events.register(f"after-call.s3.{operation}", hook)


def lose_the_answer(**_: object) -> None:
    raise ConnectionClosedError(endpoint_url="http://127.0.0.1")


def test_a_small_object_is_one_request_and_a_large_one_asks_for_no_parts(
    bench: Bench, upload: Upload
) -> None:
    store(bench, upload, body(size=PART))
    assert bench.requests == ["PutObject"]
    store(bench, upload, body(size=SIZE))
    assert bench.requests[1:] == ["CreateMultipartUpload", *["UploadPart"] * 3, "CompleteMultipartUpload"]


def test_parts_that_are_there_are_not_sent_again(bench: Bench, upload: Upload) -> None:
    interrupt(bench.destination, upload, body(size=SIZE), Stopped())
    bench.requests.clear()
    store(bench, upload, body(size=SIZE))
    assert bench.requests == ["ListParts", "UploadPart", "CompleteMultipartUpload"]
    assert bench.body(PATH) == body(size=SIZE)


def test_a_part_whose_answer_was_lost_is_sent_again_alone(bench: Bench, upload: Upload) -> None:
    after(bench, "UploadPart", lose_the_answer)
    store(bench, upload, body(size=SIZE))
    assert bench.requests == ["CreateMultipartUpload", *["UploadPart"] * 4, "CompleteMultipartUpload"]
    assert bench.body(PATH) == body(size=SIZE)


def test_an_upload_whose_last_answer_was_lost_is_not_sent_again(bench: Bench, upload: Upload) -> None:
    after(bench, "CompleteMultipartUpload", lose_the_answer)
    store(bench, upload, body(size=SIZE))
    assert bench.requests.count("UploadPart") == 3
    assert bench.names() == [PATH]
    assert bench.body(PATH) == body(size=SIZE)


def test_where_etags_are_no_md5s_nothing_is_proven_and_all_is_sent(bench: Bench, upload: Upload) -> None:
    """As with SSE-KMS."""

    def encrypt(parsed: dict[str, Any], **_: object) -> None:
        for part in parsed["Parts"]:
            part["ETag"] = '"' + "0" * 32 + '"'

    interrupt(bench.destination, upload, body(size=SIZE), Stopped())
    bench.requests.clear()
    after(bench, "ListParts", encrypt)
    store(bench, upload, body(size=SIZE))
    assert bench.requests.count("UploadPart") == 3
    assert bench.body(PATH) == body(size=SIZE)


def test_who_may_not_list_parts_starts_over(bench: Bench, upload: Upload) -> None:
    def deny(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "ListParts")

    interrupt(bench.destination, upload, body(size=SIZE), Stopped())
    after(bench, "ListParts", deny)
    store(bench, upload, body(size=SIZE))
    assert bench.names() == [PATH]
    assert bench.body(PATH) == body(size=SIZE)


def test_a_small_file_costs_sftp_no_packet_more(
    sshd: Sshd, web_root: Path, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    packets: list[int] = []
    send = Client._send_packet  # noqa: SLF001 - every request passes here

    def counted(client: Client, kind: int, packet: Any) -> None:
        packets.append(kind)
        send(client, kind, packet)

    monkeypatch.setattr(Client, "_send_packet", counted)
    data = mp4(100_000)
    with closing(SftpDestination(sshd.destination(web_root))) as destination:
        publish(destination, PATH, b"its folders are there from now on")
        packets.clear()
        publish(destination, PATH, data)
        plain, packets[:] = [*packets], []
        with destination.stage(PATH, "video/mp4", resume=upload) as staged:
            staged.write(data)
            staged.commit(content(data))
    assert packets == plain
