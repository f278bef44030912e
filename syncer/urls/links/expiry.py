"""When a signed URL becomes valid and when it expires, in each scheme. An unreadable time is unknown."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Query = Mapping[str, str]
"""Parameters of a URL, their names in lower case."""


@dataclass(frozen=True, slots=True)
class Span:
    """`None`: unknown, or no limit."""

    expires: datetime | None = None
    starts: datetime | None = None


Reader = Callable[[Query], Span]


def moment(text: str) -> datetime | None:
    """A time in a URL: Unix seconds or milliseconds, or ISO 8601, in UTC if it has no zone."""
    text = text.strip()
    if re.fullmatch("[0-9]{1,10}", text):
        return _epoch(int(text))
    if re.fullmatch("[0-9]{13}", text):
        return _epoch(int(text) // 1000)
    try:
        # A plus that was not encoded has become a space.
        found = datetime.fromisoformat(text.replace(" ", "+"))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_jwt(text: str) -> bool:
    return bool(_JWT.search(text))


def token_end(token: str) -> datetime | None:
    """`exp` of a JWT (not verified), or the time before the signature in a token of Fastly."""
    jwt = _JWT.search(token)
    if jwt:
        payload = _json(jwt[1])
        return _epoch(payload.get("exp")) if isinstance(payload, dict) else None
    leading = re.match("([0-9]{10})_", token)
    return moment(leading[1]) if leading else None


def never(_query: Query) -> Span:
    """The URL contains no expiry."""
    return Span()


def until_time(name: str) -> Reader:
    return lambda query: Span(moment(query.get(name, "")))


def until_hex(name: str) -> Reader:
    def span(query: Query) -> Span:
        text = query.get(name, "")
        return Span(_epoch(int(text, 16)) if re.fullmatch("[0-9A-Fa-f]{1,9}", text) else None)

    return span


def jwt(name: str) -> Reader:
    return lambda query: Span(token_end(query.get(name, "")))


def dated(prefix: str) -> Reader:
    """Signing time plus a number of seconds: version 4 of the signatures of S3 and similar stores."""

    def span(query: Query) -> Span:
        try:
            signed = datetime.strptime(query.get(f"{prefix}-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return Span(signed + timedelta(seconds=int(query.get(f"{prefix}-expires", ""))))
        except (ValueError, OverflowError):
            return Span()

    return span


def tencent(query: Query) -> Span:
    start, _, end = query.get("q-sign-time", "").partition(";")
    return Span(moment(end), moment(start))


def azure(query: Query) -> Span:
    """`ske` is the expiry of the signing key, if a user signed it and not the account."""
    ends = [end for name in ("se", "ske") if (end := moment(query.get(name, "")))]
    return Span(min(ends, default=None), moment(query.get("st", "")))


def cloudfront(query: Query) -> Span:
    if "policy" not in query:
        return Span(moment(query.get("expires", "")))
    policy = _json(query["policy"].translate(_FROM_CLOUDFRONT))
    ends = [end for found in _conditions(policy, "DateLessThan") if (end := _epoch(found))]
    starts = [start for found in _conditions(policy, "DateGreaterThan") if (start := _epoch(found))]
    return Span(min(ends, default=None), max(starts, default=None))


def akamai(name: str) -> Reader:
    """`st=…~exp=…~acl=…~hmac=…` in one parameter."""

    def span(query: Query) -> Span:
        fields = dict(part.partition("=")[::2] for part in query.get(name, "").split("~"))
        return Span(moment(fields.get("exp", "")), moment(fields.get("st", "")))

    return span


_JWT = re.compile(r"(?:^|\.)eyJ[A-Za-z0-9_-]*\.(eyJ[A-Za-z0-9_-]*)\.[A-Za-z0-9_-]*$")
_FROM_CLOUDFRONT = str.maketrans({"_": "=", "~": "_"})
"""CloudFront writes `=` as `_` and `/` as `~`. Base64 for URLs writes `/` as `_`. Both write `+` as `-`."""


def _epoch(seconds: object) -> datetime | None:
    if not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _json(text: str) -> object:
    """Decodes JSON in base64 for URLs; `None` if it is something else."""
    text = text.rstrip("=")
    try:
        found: object = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return None
    return found


def _conditions(policy: object, name: str) -> Iterator[object]:
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        found: object = statement
        for step in ("Condition", name, "AWS:EpochTime"):
            found = found.get(step) if isinstance(found, dict) else None
        yield found
