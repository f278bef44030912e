"""Whether a verified property covers a URL. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncer.model import Severity
from syncer.origin.ownership.property import covers
from syncer.preflight.rule import Rule, Verdict
from syncer.preflight.url import is_readable
from syncer.urls import hosts
from syncer.urls.canonical import bare_url


@dataclass(frozen=True, slots=True)
class PropertyClaim:
    url: str
    property: str | None


def _ownership(claim: PropertyClaim) -> Verdict | None:
    host = hosts.host_of(claim.url)
    if claim.property is None and host.control is not hosts.Control.FOREIGN:
        return Verdict(
            Severity.UNKNOWN,
            "nobody outside can see whether its host is verified for your app; if it is not, TikTok"
            " answers url_ownership_unverified",
            hint=hosts.host_advice(claim.url) or "name what you verified with --property",
        )
    if claim.property is not None and covers(claim.url, claim.property):
        return None
    if not is_readable(claim.url):
        return Verdict(Severity.UNKNOWN, "its owner is unknown, as the URL can't be read", hint=_AGAIN)
    if claim.property is not None and (spelt := _misspelt(claim.url, claim.property)):
        return spelt
    what = "can't be yours" if claim.property is None else f"is not covered by {claim.property}"
    return Verdict(
        Severity.REJECT,
        f"{bare_url(claim.url)} {what}: url_ownership_unverified",
        claim.property,
        host.name,
        hosts.host_advice(claim.url)
        or "verify its host or prefix too, or let syncer mirror it to your origin",
    )


def _misspelt(given: str, verified: str) -> Verdict | None:
    """Of a URL at a covered host and path, whose scheme or login is the only reason why it is not covered."""
    found = re.match(r"\s*([A-Za-z][A-Za-z0-9+.-]*)://(?:([^/?#]*)@)?", given)
    if found is None or not covers(f"https://{given[found.end() :]}", verified):
        return None
    scheme, user = found[1].lower(), found[2]
    reasons = [f"it begins with {scheme}://"] * (scheme != "https")
    reasons += ["it has a user name or password"] * (user is not None)
    mend = ["begin it with https://"] * (scheme != "https") + ["leave the login out"] * (user is not None)
    return Verdict(
        Severity.REJECT,
        f"{' and '.join(reasons)}, so no property covers it: url_ownership_unverified",
        verified,
        None,
        f"{' and '.join(mend)}: {verified} covers the same URL then",
    )


_AGAIN = "copy the URL again, and check that one"

OWNERSHIP: Rule[PropertyClaim] = Rule(
    "ownership.uncovered",
    "the verified property does not cover the URL, or the property is unknown",
    _ownership,
)
