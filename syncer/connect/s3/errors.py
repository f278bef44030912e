"""Tables from the errors of an S3 API to ours: for its answers, and for exceptions of the SDK."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from syncer.connect.foreign import is_from
from syncer.connect.headers import retry_after
from syncer.connect.meaning import Meaning
from syncer.connect.reasons import reason_of
from syncer.connect.watch import Stalled
from syncer.errors import DestinationError, SyncerError
from syncer.settings.masked import without
from syncer.unsaid import without_secrets

LONGEST_DETAIL = 240
STATUS = "x-syncer-status"
"""A header that we add: if botocore can't read the body of a 200, it reports a 500."""


NO_BUCKET = Meaning("bucket", "there is no such bucket", "check bucket, endpoint and region")
DENIED = Meaning(
    "denied",
    "access was denied",
    "allow this user s3:ListBucket and s3:GetObject",
    destination_hint="allow this user s3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject, "
    "s3:AbortMultipartUpload, s3:ListMultipartUploadParts and s3:ListBucketMultipartUploads",
)
KEY = Meaning("credentials", "the server does not know the access key", "check access_key and endpoint")
SECRET = Meaning("credentials", "the secret key does not match the access key", "check secret_key")
NO_KEYS = Meaning(
    "credentials",
    "no credentials were found",
    "set access_key and secret_key, or profile; for a public bucket anonymous: true",
    destination_hint="set access_key and secret_key, or profile",
)
PROFILE = Meaning("credentials", "the profile is not in the AWS configuration files", "check profile")
EXPIRED = Meaning("expired", "the credentials have expired", "renew them, then run again")
CLOCK = Meaning("clock", "this machine's clock is too far from the server's", "set the clock")
REGION = Meaning(
    "region",
    "the bucket is in another region or at another endpoint",
    "check region and endpoint, and its https://",
)
MISSING = Meaning("missing", "there is no such object")
RANGE = Meaning("range", "the object is shorter than the requested range")
CHANGED = Meaning("changed", "the object has changed")
CONFLICT = Meaning("conflict", "another request is writing the same object", transient=True)
ARCHIVED = Meaning(
    "archived",
    "the object is in an archive",
    "restore it there first, or exclude it",
    destination_hint="restore it there, and let no lifecycle rule archive what is published",
)
NAME = Meaning("refused", "the server refuses the name", "rename it, or shorten the prefix")
BUCKET_NAME = Meaning("bucket", "the bucket's name is not valid", "check bucket")
SETTING = Meaning("refused", "a setting is not valid", "check bucket and prefix")
FULL = Meaning("full", "the storage is full", "free some space, or raise the quota")
LARGE = Meaning("large", "the object is too large for the server")
UNSUPPORTED = Meaning(
    "unsupported",
    "the server does not support this request",
    "try addressing: path and checksums: when_required",
)
REFUSED = Meaning("refused", "the server refused the request")
BUSY = Meaning("busy", "the server asks to slow down", "lower workers if it goes on", transient=True)
BROKEN = Meaning("unavailable", "the server failed", "if it goes on, check endpoint", transient=True)
SLOW = Meaning("timeout", "no answer came in time", transient=True)
UNREACHABLE = Meaning("unreachable", "it can't be reached", "check endpoint and network", transient=True)
CUT = Meaning("cut", "the connection broke", transient=True)
PROXY = Meaning("unreachable", "the proxy can't be reached", "check HTTPS_PROXY and NO_PROXY", transient=True)
UNTRUSTED = Meaning(
    "tls", "its certificate is not trusted", "for a private CA set ca; else check endpoint and clock"
)
ENDED = Meaning("tls", "its certificate has expired", "the one who runs that endpoint has to renew it")
CORRUPT = Meaning("corrupt", "the bytes do not match their checksum", transient=True)
NOT_S3 = Meaning("answer", "not an S3 API response", "check endpoint", transient=True)
FAILED = Meaning("failed", "the request failed")

ANSWERS: Mapping[str, Meaning] = {
    "NoSuchBucket": NO_BUCKET,
    "InvalidBucketName": BUCKET_NAME,
    "AccessDenied": DENIED,
    "AllAccessDisabled": DENIED,
    "AccountProblem": DENIED,
    "InvalidAccessKeyId": KEY,
    "SignatureDoesNotMatch": SECRET,
    "ExpiredToken": EXPIRED,
    "InvalidToken": EXPIRED,
    "TokenRefreshRequired": EXPIRED,
    "RequestTimeTooSkewed": CLOCK,
    "PermanentRedirect": REGION,
    "TemporaryRedirect": REGION,
    "AuthorizationHeaderMalformed": REGION,
    "IllegalLocationConstraintException": REGION,
    "NoSuchKey": MISSING,
    "NoSuchVersion": MISSING,
    "NoSuchUpload": MISSING,
    "PreconditionFailed": CHANGED,
    "ConditionalRequestConflict": CONFLICT,
    "InvalidRange": RANGE,
    "InvalidObjectState": ARCHIVED,
    "KeyTooLongError": NAME,
    "InvalidURI": NAME,
    "InvalidObjectName": NAME,
    "QuotaExceeded": FULL,
    "XMinioStorageFull": FULL,
    "XMinioAdminBucketQuotaExceeded": FULL,
    "EntityTooLarge": LARGE,
    "NotImplemented": UNSUPPORTED,
    "MissingContentLength": UNSUPPORTED,
    "XAmzContentSHA256Mismatch": CORRUPT,
    "BadDigest": CORRUPT,
    "SlowDown": BUSY,
    "Throttling": BUSY,
    "ThrottlingException": BUSY,
    "RequestLimitExceeded": BUSY,
    "TooManyRequests": BUSY,
    "RequestTimeout": SLOW,
    "InternalError": BROKEN,
    "ServiceUnavailable": BROKEN,
}
"""By the error code of the answer."""

STATUSES: Mapping[int, Meaning] = {
    301: REGION,
    307: REGION,
    308: REGION,
    401: DENIED,
    403: DENIED,
    404: MISSING,
    408: SLOW,
    412: CHANGED,
    413: LARGE,
    416: RANGE,
    429: BUSY,
    500: BROKEN,
    501: UNSUPPORTED,
    502: BROKEN,
    503: BUSY,
    504: BROKEN,
    507: FULL,
}
"""For an answer without a known code; an answer to HEAD has none."""

EXCEPTIONS: Mapping[str, Meaning] = {
    "NoCredentialsError": NO_KEYS,
    "PartialCredentialsError": NO_KEYS,
    "CredentialRetrievalError": NO_KEYS,
    "ProfileNotFound": PROFILE,
    "TokenRetrievalError": EXPIRED,
    "UnauthorizedSSOTokenError": EXPIRED,
    "SSOError": EXPIRED,
    "LoginError": EXPIRED,
    "ParamValidationError": SETTING,
    "InvalidEndpointConfigurationError": SETTING,
    "InvalidS3AddressingStyleError": SETTING,
    "UnknownEndpointError": SETTING,
    "ValidationError": SETTING,
    "LocationValueError": SETTING,
    "NoRegionError": REGION,
    "EndpointConnectionError": UNREACHABLE,
    "ConnectTimeoutError": UNREACHABLE,
    "NewConnectionError": UNREACHABLE,
    "gaierror": UNREACHABLE,
    "ProxyConnectionError": PROXY,
    "ProxyError": PROXY,
    "ReadTimeoutError": SLOW,
    "TimeoutError": SLOW,
    "ConnectionClosedError": CUT,
    "IncompleteReadError": CUT,
    "ResponseStreamingError": CUT,
    "SSLError": CUT,
    "HTTPClientError": CUT,
    "ConnectionError": CUT,
    "HTTPException": CUT,
    "HTTPError": CUT,
    "OSError": CUT,
    "FlexibleChecksumError": CORRUPT,
    "ChecksumError": CORRUPT,
    "ResponseParserError": NOT_S3,
}
"""By the name of the exception's class or a base class, the nearest first."""

SILENT = ("CredentialRetrievalError",)
"""Exceptions whose text may quote the output of a credential program."""


@contextmanager
def s3_errors(what: str, kind: type[SyncerError]) -> Iterator[None]:
    """Errors of the SDK are raised as `kind`. `what` names the work: `listing s3://bucket/`."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (HTTPException, OSError)) or is_from(error, "botocore", "boto3", "urllib3"):
            raise s3_error(error, what, kind) from error
        raise


def s3_error(error: Exception, what: str, kind: type[SyncerError]) -> SyncerError:
    """The error of the tables. Its code starts with that of `kind`."""
    # An exception without an answer, such as a timeout, has `response = None`.
    answer: Mapping[str, Any] = getattr(error, "response", None) or {}
    meaning = _of_answer(answer) if answer else _of_exception(error)
    detail = _said(answer) if answer else _told(error)
    region = _region(answer)
    return kind(
        f"{what}: {meaning.reason}" + (f" ({detail})" if detail else ""),
        code=f"{kind.default_code}.{meaning.code}",
        hint=_hint(meaning, what, region, kind),
        transient=meaning.transient,
        retry_after=retry_after(_headers(answer)),
    )


def _hint(meaning: Meaning, what: str, region: str | None, kind: type[SyncerError]) -> str | None:
    if meaning is REGION and region:
        return f"set region: {region}"
    if meaning is MISSING and what.startswith(("listing ", "opening ")):
        # The server took the bucket in the address for an object.
        return "check endpoint: it is the address of the service alone, without the bucket; or set addressing"
    return (issubclass(kind, DestinationError) and meaning.destination_hint) or meaning.hint


def _of_answer(answer: Mapping[str, Any]) -> Meaning:
    known = ANSWERS.get(answer.get("Error", {}).get("Code", ""))
    return known or (NOT_S3 if _only_says_yes(answer) else STATUSES.get(_status(answer), REFUSED))


def _only_says_yes(answer: Mapping[str, Any]) -> bool:
    """Whether it is a success whose body is not an S3 API response."""
    return _headers(answer).get(STATUS) == "200" and _status(answer) >= HTTPStatus.INTERNAL_SERVER_ERROR


_UNREAD = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""Exceptions of the SDK's parsers."""


def _of_exception(error: Exception) -> Meaning:
    if "certificate has expired" in str(error):
        return ENDED
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or "No such file" in str(error):
        return UNTRUSTED
    names = (kind.__name__ for kind in type(error).__mro__)
    unread = NOT_S3 if isinstance(error, _UNREAD) else FAILED
    return next((EXCEPTIONS[name] for name in names if name in EXCEPTIONS), unread)


def _said(answer: Mapping[str, Any]) -> str:
    said = answer.get("Error", {})
    if said.get("Code") not in ANSWERS and _only_says_yes(answer):
        return "HTTP 200"
    words = [f"HTTP {_status(answer)}"]
    for word in (str(said.get("Code") or ""), str(said.get("Message") or "")):
        if word and not words[-1].endswith(word):  # without a body, the code is the status
            words.append(word)
    return _line(" ".join(words))


def _told(error: Exception) -> str:
    name = type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, Stalled):  # botocore's own text says less
            return reason_of(cause)
        cause = cause.__cause__ or cause.__context__
    if name in SILENT:
        return name
    profile = str(getattr(error, "kwargs", {}).get("profile", ""))
    return _line(without(reason_of(error), profile))


def _line(text: str) -> str:
    """The text in one line. URLs keep only the host, as paths and queries may contain secrets."""
    plain = re.sub(
        r"(https?://[^/\s\"']*)/[^\s\"']*|\?[^\s\"']*", r"\1", " ".join(without_secrets(text).split())
    )
    return plain[:LONGEST_DETAIL]


def _status(answer: Mapping[str, Any]) -> int:
    status: int = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status


def _headers(answer: Mapping[str, Any]) -> Mapping[str, str]:
    headers: Mapping[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers


def _region(answer: Mapping[str, Any]) -> str | None:
    region: str | None = answer.get("Error", {}).get("Region")
    return region or _headers(answer).get("x-amz-bucket-region")
