"""Logins, bot walls and deployment protections, recognised by their answers. Pure."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import urlsplit

from syncer.connect.web.client import Answer

_PAGES = (
    (rb"<title>just a moment|cf-chl-|challenge-platform", "a bot wall (Cloudflare challenge)"),
    (rb"attention required! \| cloudflare|error code: 1020", "a bot wall (Cloudflare firewall)"),
    (rb"captcha-delivery\.com|datadome", "a bot wall (DataDome)"),
    (rb"_incapsula_resource|incapsula incident", "a bot wall (Imperva)"),
    (rb"px-captcha|perimeterx", "a bot wall (HUMAN)"),
    (rb"<title>\s*(sign in|log ?in|login|anmelden)\b|type=[\"']?password", "a login page"),
)
"""Patterns in the page, and the name of the wall."""

_DOORS = (
    (r"(^|\.)cloudflareaccess\.com$", "a login (Cloudflare Access)"),
    (r"^accounts\.google\.com$", "a login (Google)"),
    (r"^login\.(microsoftonline|live)\.com$", "a login (Microsoft)"),
    (r"(^|\.)(okta|auth0|onelogin)\.com$", "a login"),
    (r"^vercel\.com$", "deployment protection (Vercel)"),
)
"""Hosts that a redirect for a login leads to."""


def wall(answer: Answer) -> str | None:
    """The wall that blocks the file, for messages; `None` if none is recognised."""
    return _by_header(answer) or _by_target(answer) or _by_page(answer)


def _by_header(answer: Answer) -> str | None:
    headers = answer.headers
    if "cf-mitigated" in headers:
        return "a bot wall (Cloudflare challenge)"
    if "_vercel_sso_nonce" in headers.get("set-cookie", ""):
        return "deployment protection (Vercel)"
    if headers.get("x-amzn-waf-action"):
        return "a bot wall (AWS WAF)"
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return "a login"
    return None


def _by_target(answer: Answer) -> str | None:
    if not answer.redirects:
        return None
    target = answer.headers.get("location", "")
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    named = next((name for pattern, name in _DOORS if re.search(pattern, host)), None)
    asks = re.search(r"/(log-?in|sign-?in|sso|cdn-cgi/access/login)(/|\.\w+$|$)", parts.path, re.IGNORECASE)
    return named or ("a login" if asks else None)


def _by_page(answer: Answer) -> str | None:
    if not answer.headers.get("content-type", "text/html").startswith("text/html"):
        return None
    page = answer.start.lower()
    return next((name for pattern, name in _PAGES if re.search(pattern, page)), None)
