"""Whether a link has expired, by its text and the clock, without a request."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from syncer.errors import SourceError
from syncer.sources.link_settings import Refresh
from syncer.sources.links.answers import NEW_LINK
from syncer.sources.links.refresh import ways
from syncer.urls.links import Link, recognise, shown_url

LinkStatus = Literal["live", "expired", "recoverable", "unknown"]


def link_status(url: str, now: datetime, refresh: Refresh) -> LinkStatus:
    """`live`: signed and still valid. `expired`: expired. `recoverable`: expired, but our keys can read it.
    `unknown`: not signed, or without a time. Pure.
    """
    link = recognise(url)
    if not link.signed or link.expires is None:
        return "unknown"
    if now < link.expires:
        return "live"
    return "recoverable" if any(way.leads_to(url) for way in ways(refresh)) else "expired"


def expect_valid(url: str, now: datetime) -> None:
    """Raises `SourceError`, `source.expired`, if a link has expired or is not valid yet."""
    link = recognise(url)
    if link.expires and link.expires <= now:
        raise _outside(url, f"the link expired on {_date(link.expires)}", link)
    if link.starts and link.starts > now:
        raise _outside(url, f"the link is not valid before {_date(link.starts)}", link)


def _outside(url: str, what: str, link: Link) -> SourceError:
    sooner = "; signed with temporary credentials, it may have expired earlier" if link.sooner else ""
    return SourceError(f"{shown_url(url)}: {what}{sooner}", code="source.expired", hint=NEW_LINK)


def _date(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
