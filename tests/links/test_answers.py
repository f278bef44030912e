"""Laws of refusals: what stores say, by their documents, is told apart; nothing of a URL is repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.links.asked import refusal
from tests.servers.certificates import Certificates
from tests.servers.scripted import answer, scripted

S3 = "https://raw.s3.amazonaws.com/a.mp4?X-Amz-Signature=hunter2&X-Amz-Date=20990101T000000Z&X-Amz-Expires=3600"
TEMPORARY = f"{S3}&X-Amz-Security-Token=hunter2"
GCS = "https://storage.googleapis.com/raw/a.mp4?GoogleAccessId=me&Expires=4070908800&Signature=hunter2"
FRONT = "https://d1.cloudfront.net/a.mp4?Expires=4070908800&Signature=hunter2&Key-Pair-Id=K2JC"
AZURE = "https://account.blob.core.windows.net/c/a.mp4?sv=2021-06-08&sr=b&sp=r&se=2099-01-01&sig=hunter2"
SUPABASE = "https://abcdefgh.supabase.co/storage/v1/object/sign/clips/a.mp4?token=hunter2"
B2 = "https://f001.backblazeb2.com/file/raw/a.mp4?Authorization=hunter2"
PLAIN = "https://cdn.example.com/a.mp4"
API = "https://www.googleapis.com/drive/v3/files/1AbC?alt=media&key=hunter2"


def xml(code: str, message: str = "", more: str = "") -> bytes:
    told = f"<Code>{code}</Code><Message>{message}</Message>{more}<StringToSign>hunter2</StringToSign>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{told}</Error>'.encode()


AZURE_LATE = (
    "<AuthenticationErrorDetail>Signature not valid in the specified time frame: Start [] - Expiry []"
)
AZURE_WRONG = "<AuthenticationErrorDetail>Signature did not match. String to sign used was hunter2"
NOT_AUTHENTICATED = "Server failed to authenticate the request."

SAID = {
    "S3 expired": (S3, "403 Forbidden", xml("AccessDenied", "Request has expired"), "expired"),
    "S3 token": (
        TEMPORARY,
        "400 Bad Request",
        xml("ExpiredToken", "The provided token has expired."),
        "expired",
    ),
    "S3 tampered": (S3, "403 Forbidden", xml("SignatureDoesNotMatch", "The request signature"), "signature"),
    "S3 half a query": (S3, "400 Bad Request", xml("AuthorizationQueryParametersError", "must"), "signature"),
    "S3 key deleted": (S3, "403 Forbidden", xml("InvalidAccessKeyId", "does not exist"), "denied"),
    "S3 denied": (S3, "403 Forbidden", xml("AccessDenied", "Access Denied"), "denied"),
    "S3 gone": (S3, "404 Not Found", xml("NoSuchKey", "The specified key does not exist."), "missing"),
    "S3 bucket gone": (S3, "404 Not Found", xml("NoSuchBucket"), "missing"),
    "S3 elsewhere": (
        S3,
        "301 Moved Permanently",
        xml("PermanentRedirect", "must be addressed", "<Endpoint>raw.s3.eu-west-1.amazonaws.com</Endpoint>"),
        "region",
    ),
    "S3 region": (
        S3,
        "400 Bad Request",
        xml(
            "AuthorizationHeaderMalformed",
            "the region is wrong; expecting 'eu-west-1'",
            "<Region>eu-west-1</Region>",
        ),
        "region",
    ),
    "S3 archived": (S3, "403 Forbidden", xml("InvalidObjectState"), "archived"),
    "S3 busy": (S3, "503 Slow Down", xml("SlowDown", "Please reduce your request rate."), "limit"),
    "GCS expired": (GCS, "400 Bad Request", xml("ExpiredToken", "Invalid argument."), "expired"),
    "GCS tampered": (GCS, "403 Forbidden", xml("SignatureDoesNotMatch", "Access denied."), "signature"),
    "GCS denied": (GCS, "403 Forbidden", xml("AccessDenied", "Access denied."), "denied"),
    "CloudFront denied": (FRONT, "403 Forbidden", xml("AccessDenied", "Access denied"), "denied"),
    "CloudFront key": (FRONT, "403 Forbidden", xml("InvalidKey", "Unknown Key"), "signature"),
    "CloudFront policy": (FRONT, "403 Forbidden", xml("MalformedPolicy", "Malformed Policy"), "signature"),
    "Azure expired": (AZURE, "403 No", xml("AuthenticationFailed", NOT_AUTHENTICATED, AZURE_LATE), "expired"),
    "Azure tampered": (
        AZURE,
        "403 No",
        xml("AuthenticationFailed", NOT_AUTHENTICATED, AZURE_WRONG),
        "signature",
    ),
    "Azure denied": (AZURE, "403 No", xml("AuthorizationPermissionMismatch"), "denied"),
    "Azure private": (AZURE, "409 Conflict", xml("PublicAccessNotPermitted"), "denied"),
    "Azure gone": (AZURE, "404 Not Found", xml("BlobNotFound"), "missing"),
    "Azure archived": (AZURE, "409 Conflict", xml("BlobArchived"), "archived"),
    "Supabase expired": (
        SUPABASE,
        "400 Bad Request",
        b'{"statusCode":"400","error":"InvalidJWT","message":"\\"exp\\" claim timestamp check failed"}',
        "expired",
    ),
    "Supabase tampered": (
        SUPABASE,
        "400 Bad Request",
        b'{"statusCode":"400","error":"InvalidJWT","message":"signature verification failed"}',
        "signature",
    ),
    "Supabase gone": (
        SUPABASE,
        "400 Bad Request",
        b'{"statusCode":"404","error":"not_found","message":"Object not found"}',
        "missing",
    ),
    "B2 expired": (B2, "401 No", b'{"code": "expired_auth_token", "message": "", "status": 401}', "expired"),
    "B2 tampered": (B2, "401 No", b'{"code": "bad_auth_token", "message": "", "status": 401}', "signature"),
    "B2 used up": (B2, "403 No", b'{"code": "download_cap_exceeded", "status": 403}', "quota"),
    "Drive's API used up": (
        API,
        "403 No",
        b'{"error": {"errors": [{"reason": "downloadQuotaExceeded"}]}}',
        "quota",
    ),
    "Drive's API busy": (
        API,
        "403 No",
        b'{"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}',
        "limit",
    ),
    "a login": (PLAIN, "401 Unauthorized", b"hunter2", "denied"),
    "forbidden": (PLAIN, "403 Forbidden", b"<html>hunter2", "denied"),
    "gone": (PLAIN, "404 Not Found", b"", "missing"),
    "gone for good": (PLAIN, "410 Gone", b"", "missing"),
    "busy": (PLAIN, "429 Too Many Requests", b"", "limit"),
    "away": (PLAIN, "503 Service Unavailable", b"", "limit"),
    "slow": (PLAIN, "408 Request Timeout", b"", "timeout"),
    "broken": (PLAIN, "500 Internal Server Error", b"", "unavailable"),
    "a gateway": (PLAIN, "502 Bad Gateway", b"", "unavailable"),
    "odd": (PLAIN, "418 I'm a teapot", b"", "answer"),
    "no content": (PLAIN, "204 No Content", b"", "answer"),
}


@pytest.mark.parametrize(("url", "status", "body", "word"), SAID.values(), ids=SAID)
def test_what_a_store_says_is_understood(
    certificates: Certificates, url: str, status: str, body: bytes, word: str
) -> None:
    host = url.split("/")[2]
    with scripted(certificates.leaf(host), answer(status, body)) as server:
        error = refusal(url, ca=certificates.ca, connect_to=server.connect_to)
        assert error.code == f"source.{word}", error.message
        assert error.transient is (word in ("limit", "timeout", "unavailable"))
        assert f"HTTP {status.partition(chr(32))[0]}" in error.message
        assert "hunter2" not in f"{error} {error.hint}"
        assert all("X-Amz-Signature" in asked or "X-Amz" not in url for asked in server.requests)


def test_where_else_a_bucket_is_gets_told(certificates: Certificates) -> None:
    for case, said in (("S3 elsewhere", "raw.s3.eu-west-1.amazonaws.com"), ("S3 region", "eu-west-1")):
        url, status, body, _ = SAID[case]
        with scripted(certificates.leaf("raw.s3.amazonaws.com"), answer(status, body)) as server:
            assert f": {said} (" in refusal(url, ca=certificates.ca, connect_to=server.connect_to).message


def test_a_refusal_of_what_temporary_credentials_signed_says_so(certificates: Certificates) -> None:
    denied = answer("403 Forbidden", xml("AccessDenied", "Access Denied"))
    with scripted(certificates.leaf("raw.s3.amazonaws.com"), denied) as server:
        error = refusal(TEMPORARY, ca=certificates.ca, connect_to=server.connect_to)
    assert "temporary credentials" in (error.hint or "")


def test_how_long_to_wait_is_heard_in_seconds_and_as_a_date(certificates: Certificates) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    for said, low, high in (("7", 7, 7), (later, 80, 90), ("soon", None, None)):
        busy = answer("429 Too Many Requests", b"", f"Retry-After: {said}")
        with scripted(certificates.leaf("cdn.example.com"), busy) as server:
            waits = refusal(PLAIN, ca=certificates.ca, connect_to=server.connect_to).retry_after
        assert waits is None if low is None else waits is not None and low <= waits <= (high or 0)
