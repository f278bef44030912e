"""The settings of every S3 API, the client for them, and the codes of its errors."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pydantic import ValidationError

from syncer.connect.pace import SharedPace
from syncer.connect.s3 import client as aws
from syncer.errors import DestinationError, SourceError, SyncerError
from syncer.protocols.patience import Patience, Policy
from syncer.sources.s3 import Config, S3Source
from tests.servers.ports import free_port
from tests.servers.rgw import S3Service
from tests.servers.wire import Answer, scripted

KEYS = {"access_key": "env:SYNCER_TEST_ACCESS", "secret_key": "env:SYNCER_TEST_SECRET"}
SECRET = "hunter2hunter2"


@pytest.fixture(autouse=True)
def no_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials only from the test, none from this machine."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("SYNCER_TEST_ACCESS", "AKHUNTER")
    monkeypatch.setenv("SYNCER_TEST_SECRET", SECRET)
    aws._make.cache_clear()  # each test has an environment of its own


def settings(**fields: Any) -> aws.S3Settings:
    return aws.S3Settings(**({"bucket": "clips"} | fields))


def listing_error(**fields: Any) -> SyncerError:
    """The error of one attempt."""
    once = SharedPace(patience=Patience(retry=Policy(attempts=1)))
    with pytest.raises(SourceError) as caught:
        list(S3Source("clips", Config(kind="s3", **({"bucket": "clips"} | fields)), once).assets())
    return caught.value


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"endpoint": "s3.example.com"}, "write https://s3.example.com"),
        ({"endpoint": "ftp://s3.example.com"}, "with its scheme"),
        ({"endpoint": "https://"}, "with its scheme"),
        ({"endpoint": "https://s3.example.com:99999"}, "with its scheme"),
        ({"endpoint": f"https://me:{SECRET}@s3.example.com"}, "without user"),
        ({"endpoint": f"https://s3.example.com?key={SECRET}"}, "without user or query"),
        ({"bucket": ""}, "must not be empty"),
        ({"bucket": "s3://clips"}, "bucket's name alone"),
        ({"bucket": "clips/raw"}, "bucket's name alone"),
        ({"access_key": "env:A"}, "belong together"),
        ({"secret_key": "env:A"}, "belong together"),
        ({**KEYS, "anonymous": True}, "set one of"),
        ({"profile": "me", "anonymous": True}, "set one of"),
        ({"access_key": SECRET, "secret_key": SECRET}, "must be a reference"),
        ({"addressing": "host"}, "auto"),
        ({"checksums": "never"}, "when_required"),
    ],
)
def test_settings_that_can_not_be_right_are_refused_without_an_echo(
    fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint) as caught:
        settings(**fields)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:9000", "https://x.supabase.co/storage/v1/s3"])
def test_settings_that_may_be_right_are_taken(endpoint: str | None) -> None:
    assert settings(endpoint=endpoint, bucket="arn:aws:s3:eu-west-1:1:accesspoint/x").endpoint == endpoint


@pytest.mark.parametrize(
    ("fields", "environment", "expected"),
    [
        ({"region": "eu-west-1"}, {}, "when_supported"),
        ({"endpoint": "https://s3.example.com"}, {}, "when_required"),
        ({}, {"AWS_ENDPOINT_URL_S3": "https://s3.example.com"}, "when_required"),
        ({"endpoint": "https://s3.example.com", "checksums": "when_supported"}, {}, "when_supported"),
        ({"checksums": "when_required"}, {}, "when_required"),
    ],
)
def test_checksums_are_sent_unasked_only_to_aws(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], environment: dict[str, str], expected: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    config: Any = aws.s3_client(settings(**fields)).meta.config
    assert config.request_checksum_calculation == expected
    # We compare the whole object, also over several answers; the SDK would check each answer alone.
    assert config.response_checksum_validation == "when_required"


def test_threads_share_one_client_for_the_same_settings() -> None:
    same = [settings(endpoint="https://s3.example.com", **KEYS) for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        clients = {id(client) for client in pool.map(aws.s3_client, same)}
    assert len(clients) == 1
    assert id(aws.s3_client(settings(endpoint="https://other.example.com"))) not in clients


def test_a_place_survives_being_text() -> None:
    place = aws.S3Location("h:1", "arn:aws:s3:x:1:accesspoint/y", 'odd/"etag"', "a//b/../c?d")
    assert aws.S3Location.parse(str(place)) == place


def xml(code: str, **more: str) -> bytes:
    rest = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
    return f"<Error><Code>{code}</Code>{rest}</Error>".encode()


@pytest.mark.parametrize(
    ("status", "body", "code", "transient"),
    [
        (404, xml("NoSuchBucket"), "bucket", False),
        (403, xml("AccessDenied", Message="no s3:ListBucket for you"), "denied", False),
        (403, xml("InvalidAccessKeyId"), "credentials", False),
        (403, xml("SignatureDoesNotMatch"), "credentials", False),
        (403, xml("RequestTimeTooSkewed"), "clock", False),
        (400, xml("ExpiredToken"), "expired", False),
        (400, xml("AuthorizationHeaderMalformed", Region="eu-south-2"), "region", False),
        (307, xml("TemporaryRedirect"), "region", False),
        (301, b"", "region", False),
        (412, xml("PreconditionFailed"), "changed", False),
        (416, xml("InvalidRange"), "range", False),
        (403, xml("InvalidObjectState"), "archived", False),
        (400, xml("KeyTooLongError"), "refused", False),
        (507, xml("XMinioStorageFull"), "full", False),
        (501, xml("NotImplemented"), "unsupported", False),
        (400, xml("XAmzContentSHA256Mismatch"), "corrupt", True),
        (400, xml("RequestTimeout"), "timeout", True),
        (500, xml("InternalError"), "unavailable", True),
        (503, xml("SlowDown"), "busy", True),
        (429, b"", "busy", True),
        (502, b"<html>Bad gateway</html>", "unavailable", True),
        (403, b"", "denied", False),
        (418, xml("Teapot", Message="short and stout"), "refused", False),
    ],
)
def test_each_answer_of_a_server_has_one_code(
    status: int, body: bytes, code: str, *, transient: bool
) -> None:
    with scripted(Answer(status, body=body)) as endpoint:
        error = listing_error(endpoint=endpoint, **KEYS)
    assert (error.code, error.transient) == (f"source.{code}", transient)
    assert f"HTTP {status}" in error.message
    assert "s3://clips/" in error.message


def test_retry_after_of_a_server_is_read() -> None:
    for said, seconds in (("7", 7), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", None)):
        with scripted(Answer(503, {"Retry-After": said}, xml("SlowDown"))) as endpoint:
            assert listing_error(endpoint=endpoint, **KEYS).retry_after == seconds


@pytest.mark.parametrize(
    "answer",
    [
        Answer(400, body=xml("AuthorizationHeaderMalformed", Region="eu-south-2")),
        Answer(301, {"x-amz-bucket-region": "eu-south-2"}, xml("PermanentRedirect")),
    ],
)
def test_a_wrong_region_is_reported_with_the_right_one(answer: Answer) -> None:
    with scripted(answer) as endpoint:
        assert listing_error(endpoint=endpoint, **KEYS).hint == "set region: eu-south-2"


def test_a_long_message_becomes_one_short_line_without_a_query() -> None:
    error = aws.s3_error(
        OSError("see https://h/k?X-Amz-Signature=abc\nand\t" + "x" * 9_000), "doing", DestinationError
    )
    assert error.code == "destination.cut"
    assert "Signature" not in error.message
    assert len(error.message) < 300


@pytest.fixture
def elsewhere() -> str:
    return f"http://127.0.0.1:{free_port()}"


def test_an_endpoint_without_a_listener(elsewhere: str) -> None:
    error = listing_error(endpoint=elsewhere, **KEYS)
    assert (error.code, error.transient) == ("source.unreachable", True)
    assert elsewhere in error.message


def test_a_web_page_in_place_of_s3() -> None:
    with scripted(Answer(200, body=b"<!DOCTYPE html><p>Hello<br>")) as endpoint:
        assert listing_error(endpoint=endpoint, **KEYS).code == "source.answer"
    with scripted(Answer(200, body=b"<html><body>well-formed</body></html>")) as endpoint:
        assert listing_error(endpoint=endpoint, **KEYS).code == "source.answer"


def test_a_profile_that_is_not_there() -> None:
    error = listing_error(profile="nobody")
    assert error.code == "source.credentials"
    assert "nobody" in error.message


def test_no_credentials_anywhere(elsewhere: str) -> None:
    error = listing_error(endpoint=elsewhere)
    assert error.code == "source.credentials"
    assert "anonymous" in str(error)


def test_a_credential_program_that_fails_is_not_quoted(elsewhere: str, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho {SECRET} >&2\nexit 1\n")
    program.chmod(0o700)
    (tmp_path / "config").write_text(f"[profile broken]\ncredential_process = {program}\n")
    error = listing_error(endpoint=elsewhere, profile="broken")
    assert error.code == "source.credentials"
    assert SECRET not in f"{error!r}{error}"


def test_a_name_that_no_bucket_can_have(elsewhere: str) -> None:
    error = listing_error(endpoint=elsewhere, bucket="no bucket", **KEYS)
    assert error.code == "source.refused"
    assert "no bucket" in error.message


def test_an_unknown_ca_is_refused_until_it_is_set(rgw: S3Service, tmp_path: Path) -> None:
    there = rgw.settings(rgw.bucket(), endpoint=rgw.tls_endpoint)
    error = listing_error(**there)
    assert (error.code, error.transient) == ("source.tls", False)
    assert listing_error(**there, ca=tmp_path / "none.pem").code == "source.tls"
    assert list(S3Source("clips", Config(kind="s3", **there, ca=rgw.ca)).assets()) == []


def test_the_real_server_tells_whose_fault_it_is(rgw: S3Service, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = rgw.bucket()
    assert listing_error(**rgw.settings("nowhere")).code == "source.bucket"
    assert "access key" in listing_error(**rgw.settings(bucket) | KEYS).message
    monkeypatch.setenv("SYNCER_TEST_ACCESS", rgw.access_key)
    aws._make.cache_clear()
    assert "secret key" in listing_error(**rgw.settings(bucket) | KEYS).message
    anonymous = {"access_key": None, "secret_key": None, "anonymous": True}
    assert listing_error(**rgw.settings(bucket) | anonymous).code == "source.denied"


def test_a_clock_that_is_wrong_is_reported(rgw: S3Service, monkeypatch: pytest.MonkeyPatch) -> None:
    there = rgw.settings(rgw.bucket())
    late = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda **_: late.replace(tzinfo=None))
    assert listing_error(**there).code == "source.clock"


def test_no_error_holds_a_secret(rgw: S3Service) -> None:
    error = listing_error(**rgw.settings(rgw.bucket()) | KEYS)
    seen = f"{error!r} {error} {pickle.dumps(error)!r} {error.__cause__!r}"
    assert SECRET not in seen
    assert rgw.secret_key not in seen


def test_a_status_is_not_repeated_in_a_message() -> None:
    for status, code, message, said in (
        (403, "403", "Forbidden", "(HTTP 403 Forbidden)"),
        (412, "412", "Precondition Failed", "(HTTP 412 Precondition Failed)"),
        (403, "AccessDenied", "Access Denied", "(HTTP 403 AccessDenied Access Denied)"),
        (500, "500", "500", "(HTTP 500)"),
    ):
        answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
        error = ClientError(answer, "HeadObject")  # type: ignore[arg-type] # its stubs want all of an answer
        assert said in aws.s3_error(error, "reading s3://b/k", SourceError).message
