"""A table from the errors of stores to ours. No message contains a URL."""

from __future__ import annotations

import re
from datetime import datetime

from syncer.connect.headers import retry_after
from syncer.connect.meaning import Meaning
from syncer.connect.web.fetch import Fetched
from syncer.errors import SourceError
from syncer.urls.links import Link

NEW_LINK = "get a new link"
EXPIRED = Meaning("source.expired", "the link has expired", NEW_LINK)
ENDED = Meaning(
    "source.expired", "the credentials that signed it have expired, and so has the link", NEW_LINK
)
SIGNATURE = Meaning(
    "source.signature", "its signature is wrong: the link is cut off or was changed", "copy the whole link"
)
SIGNER = Meaning("source.denied", "the key that signed it does not exist any more", NEW_LINK)
DENIED = Meaning("source.denied", "access is denied", "share it, or get a link from a user who may read it")
LOGIN = Meaning("source.denied", "it requires a login", "make the file public, or get a signed link")
MISSING = Meaning(
    "source.missing", "there is no such object", "it was deleted or renamed, or the link is wrong"
)
BUCKET = Meaning("source.missing", "there is no such bucket", "it was deleted, or the link is wrong")
REGION = Meaning("source.region", "its bucket is in another region", "get a link for that region")
ARCHIVED = Meaning("source.archived", "the object is in an archive", "restore it there first")
QUOTA = Meaning("source.quota", "its download quota is used up for now", "try again tomorrow")
LIMIT = Meaning("source.limit", "the server asks to slow down", "lower workers if it goes on", transient=True)
SLOW = Meaning("source.timeout", "no answer came in time", transient=True)
BROKEN = Meaning("source.unavailable", "the server failed", transient=True)
ODD = Meaning("source.answer", "unexpected response", "check whether the link opens in a browser")

WORDS: tuple[tuple[str, Meaning], ...] = (
    # Amazon S3, and what speaks like it
    (r"ExpiredToken .*provided token|TokenRefreshRequired|InvalidToken", ENDED),
    (r"ExpiredToken|Request has expired|RequestTimeTooSkewed|PresignedURLExpired", EXPIRED),
    (r"SignatureDoesNotMatch|InvalidSignature|AuthorizationQueryParametersError", SIGNATURE),
    (r"InvalidAccessKeyId|InvalidClientTokenId", SIGNER),
    (r"PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocation", REGION),
    (r"NoSuchBucket", BUCKET),
    (r"NoSuchKey|NoSuchVersion", MISSING),
    (r"InvalidObjectState", ARCHIVED),
    (r"SlowDown|TooManyRequests|RequestLimitExceeded|rateLimitExceeded|userRateLimitExceeded", LIMIT),
    (r"RequestTimeout", SLOW),
    # Azure
    (r"AuthenticationFailed .*(not valid in the specified time frame|expiry time)", EXPIRED),
    (r"AuthenticationFailed", SIGNATURE),
    (r"(Blob|Container|Resource)NotFound", MISSING),
    (r"BlobArchived", ARCHIVED),
    # CloudFront
    (r"MissingKey|InvalidKey|MalformedPolicy|MalformedSignature", SIGNATURE),
    # Supabase, and its JSON Web Tokens
    (r'InvalidJWT .*(\bexp\b|expired)|jwt expired|"exp" claim', EXPIRED),
    (r"InvalidJWT|invalid signature|signature verification failed", SIGNATURE),
    (r"Object not found|Bucket not found", MISSING),
    # Backblaze B2
    (r"expired_auth_token", EXPIRED),
    (r"bad_auth_token", SIGNATURE),
    # Google Drive's API
    (r"downloadQuotaExceeded|download_cap_exceeded", QUOTA),
    (r"AccessDenied|Forbidden|InsufficientPermissions|PublicAccessNotPermitted", DENIED),
)
"""Patterns for the error's code and message. The first match counts."""

STATUSES = {
    301: REGION,
    307: REGION,
    401: LOGIN,
    403: DENIED,
    404: MISSING,
    408: SLOW,
    410: MISSING,
    429: LIMIT,
    503: LIMIT,
    509: QUOTA,
}
"""For errors without known words."""


def link_error(answer: Fetched, link: Link, now: datetime) -> SourceError:
    """The error for an answer that is not the object."""
    text = answer.text()
    meaning = _meaning(answer.status, _said(text))
    if meaning in (DENIED, ODD) and link.expires and link.expires <= now:
        meaning = EXPIRED  # Ceph and CloudFront give no reason
    if meaning is DENIED and link.sooner:
        meaning = meaning._replace(
            hint="it was signed with temporary credentials, and expires with them; " + NEW_LINK
        )
    place = _place(text) if meaning is REGION else ""
    return SourceError(
        f"{answer.shown}: {meaning.reason}{place} (HTTP {answer.status}{_code(text)})",
        code=meaning.code,
        hint=meaning.hint,
        transient=meaning.transient,
        retry_after=retry_after(answer.headers) if meaning.transient else None,
    )


def _meaning(status: int, said: str) -> Meaning:
    for words, meaning in WORDS:
        if re.search(words, said, re.IGNORECASE | re.DOTALL):
            return meaning
    return STATUSES.get(status, BROKEN if status >= 500 else ODD)  # noqa: PLR2004 - HTTP's own class


def _said(text: str) -> str:
    """Code and message, from XML or JSON. The rest may contain secrets, such as a signature."""
    found = re.findall(
        r"<(?:Code|Message|Details|AuthenticationErrorDetail)>([^<]{0,500})"
        r'|"(?:code|error|message|reason)"\s*:\s*"((?:[^"\\]|\\.){0,500})"',
        text,
    )
    return " ".join((xml or as_json.replace('\\"', '"')) for xml, as_json in found)


def _code(text: str) -> str:
    found = re.search(r'<Code>([A-Za-z]{1,60})</Code>|"(?:code|error)"\s*:\s*"([A-Za-z_]{1,60})"', text)
    return f" {found[1] or found[2]}" if found else ""


def _place(text: str) -> str:
    """The host or region in the answer."""
    found = re.search(r"<(?:Endpoint|Region)>([A-Za-z0-9.-]{1,200})<|expecting '([a-z0-9-]{1,40})'", text)
    return f": {found[1] or found[2]}" if found else ""
