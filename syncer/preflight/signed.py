"""Does a signed URL last long enough for a pull? Judged by its text. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from syncer.model import Severity
from syncer.preflight.rule import Verdict
from syncer.urls import hosts
from syncer.urls.links import recognise

PULL = timedelta(hours=1)
"""Longest time of one pull."""
AT_BEST = timedelta(hours=48)
"""Enough for a retry of a pull: one was seen a day later."""
_LASTING = "a URL that does not expire"


def judge_signed(url: str, now: datetime) -> Verdict | None:
    """The verdict on the signature in a URL's query; `None` if there is none, or if the link lasts."""
    link = recognise(url)
    if not link.signed or link.answers:
        return None
    what = f"a signed URL ({link.store})" if link.store else "a signed URL"
    if link.starts and link.starts > now:
        said = f"{what} that is valid only from {_time(link.starts)}"
        return Verdict(Severity.REJECT, said, "valid now", _time(link.starts), _signed_hint(url))
    if link.expires is None:
        said = f"{what}, and its text does not say when it expires"
        return Verdict(Severity.WARN, said, _LASTING, None, _signed_hint(url))
    end, left = _time(link.expires), link.expires - now
    if left <= timedelta():
        said, severity = f"{what} that expired at {end}", Severity.REJECT
    elif left < PULL:
        said, severity = f"{what} that expires at {end}, and a pull may take an hour", Severity.REJECT
    elif left < AT_BEST:
        said, severity = (
            f"{what} that expires at {end}, and a platform may retry a pull a day later",
            Severity.WARN,
        )
    else:
        said, severity = f"{what} that expires at {end}", Severity.WARN
    early = (
        ", or earlier with the temporary credentials that signed it"
        if link.sooner and left > timedelta()
        else ""
    )
    return Verdict(severity, said + early, _LASTING, end, _signed_hint(url))


def _signed_hint(url: str) -> str:
    host = hosts.host_of(url)
    if host.control is hosts.Control.OWN and host.prefix:
        return f"mirror it, or make the file public and verify {host.prefix}"
    return "mirror it: a URL of your own does not expire"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
