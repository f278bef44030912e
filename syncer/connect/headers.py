"""Values of HTTP headers, whose names are in lower case. An invalid value counts as missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def content_length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if _is_number(text) else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that the server asks us to wait; a date counts from now."""
    text = headers.get("retry-after", "")
    if _is_number(text):
        return float(text)
    date = http_date(text)
    return max((date - datetime.now(UTC)).total_seconds(), 0.0) if date else None


def http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18  # noqa: PLR2004 - an int64 has 19 digits
