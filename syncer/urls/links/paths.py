"""Tokens in the path of a URL, and the path without them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncer.urls.links.expiry import Span, moment, token_end


@dataclass(frozen=True, slots=True)
class Hidden:
    kind: str
    store: str
    span: Span
    path: str | None
    """The path without the token; `None` if the rest changes too."""
    storage: bool = True
    """Whether only file storage uses such a token."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    kind: str
    store: str
    pattern: str
    """Searched in host + path. The group `gone` is the token, the group `end` its expiry."""


def hidden_token(host: str, path: str) -> Hidden | None:
    """The token in the path; `None` if there is none."""
    place = host + path
    for row in ROWS:
        found = re.search(row.pattern, place)
        if found:
            parts = found.groupdict()
            gone, end = parts.get("gone"), parts.get("end") or ""
            rest = None if gone is None else place.replace(gone, "", 1).removeprefix(host)
            span = Span(token_end(end) or moment(end))
            return Hidden(row.kind, row.store, span, rest, storage=bool(row.store))
    return None


ROWS: tuple[TokenRow, ...] = (
    TokenRow("telegram", "Telegram", r"^api\.telegram\.org/file/bot[0-9]*(?P<gone>[^/]*)"),
    TokenRow("dropbox-temporary", "Dropbox", r"^[^/]+\.dl\.dropboxusercontent\.com/"),
    TokenRow("airtable", "Airtable", r"\.airtableusercontent\.com/(.*/(?P<end>[0-9]{13})/)?"),
    TokenRow("youtube", "YouTube", r"\.googlevideo\.com/videoplayback/(.*\bexpire/(?P<end>[0-9]{10})\b)?"),
    TokenRow("bunny", "Bunny", r"(?P<gone>/bcdn_token=[^/]*?expires=(?P<end>[0-9]+)[^/]*)"),
    TokenRow("bunny", "Bunny", r"(?P<gone>/bcdn_token=[^/]*)"),
    TokenRow(
        "akamai",
        "Akamai",
        # Only the first `exp=`: trying every `exp=` with every `hmac=` takes seconds.
        r"(?P<gone>/(?:(?!\bexp=[0-9])[^/])*+exp=(?P<end>[0-9]++)[^/]*\bhmac=[^/]*)",
    ),
    TokenRow("cloudinary", "Cloudinary", r"(?P<gone>/s--[A-Za-z0-9_-]{8,32}--)(?=/)"),
    TokenRow("token", "", r"(?P<gone>/(?P<end>eyJ[A-Za-z0-9_-]*\.eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*))(?=/|$)"),
)
