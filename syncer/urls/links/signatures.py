"""Which scheme signed a URL, by the names of its parameters. Nothing is verified, and no value is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from syncer.urls.links import expiry
from syncer.urls.links.expiry import Query, Reader, Span, moment, token_end

_NOTHING = re.compile("(?!)")


@dataclass(frozen=True, slots=True)
class Signature:
    kind: str
    store: str
    """For messages, if the scheme alone names it; else empty."""
    span: Span
    sooner: bool = False
    """Signed with temporary credentials: it expires with them if that is before its own expiry."""
    volatile: re.Pattern[str] = _NOTHING
    """Names, in lower case, of parameters that don't name the object: they change with each signature."""
    storage: bool = False
    """Only file storage signs like this: opening the link only reads the file."""


def _always(_place: str, _query: Query) -> bool:
    return True


def _named(name: str, pattern: str) -> Callable[[str, Query], bool]:
    """Whether the parameter's value matches the pattern."""
    return lambda _place, query: re.search(pattern, query.get(name, "")) is not None


def _at(pattern: str) -> Callable[[str, Query], bool]:
    """Only at these hosts: elsewhere a parameter of that name may be anything."""
    return lambda place, _query: re.search(pattern, place) is not None


def _of_s3(_place: str, query: Query) -> bool:
    """Whether the scope names S3: other services of AWS sign their calls in the same way."""
    scope = query.get("x-amz-credential", "").split("/")
    return len(scope) < _SCOPE or scope[-2] == "s3"


_SCOPE = 5
"""Number of parts of a complete scope: key, date, region, service, `aws4_request`."""
_VERSION = r"^\d{4}-\d\d-\d\d$"
"""Version of Azure's storage API, which every signature contains."""


@dataclass(frozen=True, slots=True)
class Scheme:
    kind: str
    store: str
    needs: str
    """Parameters that are all required."""
    read: Reader
    volatile: str
    """Pattern of the names of parameters that each signature changes."""
    where: str = ""
    """Pattern in host + path, if other services use the same parameters."""
    storage: Callable[[str, Query], bool] = _always
    """Whether only file storage signs like this, by host + path and the parameters."""


def signature(place: str, query: Query) -> Signature | None:
    """The signature of a URL; `place` is its host + path. `None` if it is not signed."""
    for scheme in SCHEMES:
        if query.keys() >= set(scheme.needs.split()) and re.search(scheme.where, place):
            sooner = not TEMPORARY.isdisjoint(query)
            volatile = re.compile(scheme.volatile)
            storage = scheme.storage(place, query)
            return Signature(scheme.kind, scheme.store, scheme.read(query), sooner, volatile, storage)
    return _by_name(query)


def _by_name(query: Query) -> Signature | None:
    """An unknown scheme, recognised by names of parameters that are usual for tokens."""
    for name, value in query.items():
        if expiry.is_jwt(value) or (name in TOKENS and token_end(value)):
            return Signature("token", "", Span(token_end(value)), volatile=re.compile(re.escape(name)))
    ends = [end for name in ENDS if (end := moment(query.get(name, "")))]
    if ends and not (PROOFS | TOKENS).isdisjoint(query):
        return Signature(
            "token", "", Span(min(ends)), volatile=re.compile("|".join({*ENDS, *PROOFS, *TOKENS}))
        )
    if not TOKENS.isdisjoint(query):
        # Nothing is volatile: without an end, a token may be all that names the object.
        return Signature("token", "", Span())
    return None


TEMPORARY = frozenset(
    {"x-amz-security-token", "x-oss-security-token", "security-token", "x-cos-security-token"}
)
TOKENS = frozenset(
    {"access_token", "api_key", "apikey", "auth_key", "auth_token", "authkey", "authorization"}
)
TOKENS |= {"hmac", "sig", "sign", "signature", "token", "x-signature"}
PROOFS = frozenset({"auth", "hash", "key", "md5", "policy", "s", "verify"})
"""Signatures only if there is also an expiry; alone they may be anything."""
ENDS = ("expires", "expire", "expiry", "expiration", "exp", "x-expires", "expires_at", "e")

_S3 = "S3-compatible storage"
_GCS = "Google Cloud Storage"
_OSS = "Alibaba OSS"
_AZURE = "s[vtrep]|ss|srt|si|sip|spr|sig|skoid|sktid|skt|ske|sks|skv|saoid|suoid|scid|sdd|ses|rsc[cdelt]"
_EXPIRES = expiry.until_time("expires")
_ANSWER = "|response-.*"
"""Parameters that set headers of the answer."""

SCHEMES: tuple[Scheme, ...] = (
    Scheme("s3-sigv4", _S3, "x-amz-signature", expiry.dated("x-amz"), "x-amz-.*|x-id" + _ANSWER, "", _of_s3),
    Scheme(
        "s3-sigv2",
        _S3,
        "awsaccesskeyid signature",
        _EXPIRES,
        "awsaccesskeyid|signature|expires|x-amz-security-token" + _ANSWER,
    ),
    Scheme("gcs", _GCS, "x-goog-signature", expiry.dated("x-goog"), "x-goog-.*" + _ANSWER),
    Scheme(
        "gcs-v2", _GCS, "googleaccessid signature", _EXPIRES, "googleaccessid|signature|expires" + _ANSWER
    ),
    Scheme("oss-v4", _OSS, "x-oss-signature", expiry.dated("x-oss"), "x-oss-(?!process).*" + _ANSWER),
    Scheme(
        "oss",
        _OSS,
        "ossaccesskeyid signature",
        _EXPIRES,
        "ossaccesskeyid|signature|expires|security-token" + _ANSWER,
    ),
    Scheme("cos", "Tencent COS", "q-signature", expiry.tencent, "q-.*|x-cos-security-token" + _ANSWER),
    Scheme(
        "cloudfront",
        "Amazon CloudFront",
        "signature key-pair-id",
        expiry.cloudfront,
        "expires|policy|signature|key-pair-id|hash-algorithm",
    ),
    Scheme(
        "supabase",
        "Supabase",
        "token",
        expiry.jwt("token"),
        "token|download",
        r"/storage/v1/(object|render/image)/sign/",
    ),
    Scheme(
        "firebase",
        "Firebase Storage",
        "token",
        expiry.never,
        "token|alt",
        r"^firebasestorage\.googleapis\.com/|^[^/]+\.firebasestorage\.app/",
    ),
    Scheme(
        "b2",
        "Backblaze B2",
        "authorization",
        expiry.never,
        "authorization|b2content.*",
        r"^[^/]*\.backblazeb2\.com/|^[^/]+/file/",
        _at(r"^[^/]*\.backblazeb2\.com/file/"),
    ),
    Scheme(
        "gcs-cdn", "Google Cloud CDN", "keyname signature", _EXPIRES, "expires|keyname|signature|urlprefix"
    ),
    Scheme("imgix", "imgix", "s", _EXPIRES, "s|expires|ixlib|ixid", r"^[^/]+\.imgix\.net/"),
    Scheme("bunny", "Bunny", "token expires", _EXPIRES, "token.*|expires", r"^[^/]+\.b-cdn\.net/"),
    Scheme(
        "discord",
        "Discord",
        "ex hm",
        expiry.until_hex("ex"),
        "ex|is|hm",
        r"^(cdn\.discordapp\.com|media\.discordapp\.net)/",
    ),
    Scheme(
        "meta",
        "Instagram or Facebook",
        "oe oh",
        expiry.until_hex("oe"),
        ".*",
        r"\.(fbcdn\.net|cdninstagram\.com)/",
    ),
    Scheme(
        "tiktok-cdn",
        "TikTok",
        "x-expires x-signature",
        expiry.until_time("x-expires"),
        ".*",
        r"\.tiktokcdn(-[a-z]+)?\.com/",
    ),
    Scheme(
        "youtube",
        "YouTube",
        "expire",
        expiry.until_time("expire"),
        "(?!(id|itag)$).*",
        r"^[^/]*\.googlevideo\.com/",
    ),
    Scheme("onedrive", "OneDrive", "tempauth", expiry.jwt("tempauth"), "tempauth|apiversion|translate"),
    Scheme("azure-sas", "Azure Blob Storage", "sig se", expiry.azure, _AZURE, "", _named("sv", _VERSION)),
    Scheme("azure-sas", "Azure Blob Storage", "sig sv", expiry.azure, _AZURE, "", _named("sv", _VERSION)),
    *(
        Scheme("akamai", "Akamai", name, expiry.akamai(name), name, "", _named(name, "hmac="))
        for name in ("hdnts", "hdnea", "hdntl", "__token__", "__gda__")
    ),
)
"""The first that fits wins."""
