"""Answers that are not the file: one small function for each rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from syncer.origin.rules.seen import Look, Manner, rule
from syncer.origin.rules.walls import wall
from syncer.preflight.rule import Rule, Verdict
from syncer.probe.media_types import HTML
from syncer.urls.canonical import web_url


def _redirect(look: Look) -> Verdict | None:
    if not look.answer.redirects:
        return None
    if not look.answer.headers.get("location"):
        return _nowhere(look)
    to = look.answer.target(look.url)
    return look.reject(
        f"answers {look.answer.status}, a redirect to {to}",
        limit="no redirect",
        value=to,
        hint=_redirect_hint(look.url, to),
    )


def _nowhere(look: Look) -> Verdict:
    status = look.answer.status
    if status == HTTPStatus.NOT_MODIFIED:
        return look.reject(
            "answers 304 (not modified), though the request named no earlier copy",
            limit="no redirect",
            value=str(status),
            hint="a cache or proxy in front of the web server is faulty: let it answer 200 with the bytes",
        )
    return look.reject(
        f"answers {status}, a redirect that does not say where to: it has no Location",
        limit="no redirect",
        value=str(status),
        hint="look at the rewrite rules of the web server: serve the bytes at this URL itself, with 200",
    )


def _redirect_hint(url: str, to: str) -> str:
    here, there = web_url(url), web_url(to)
    if here and there and here.host != there.host and _apex(here.host) == _apex(there.host):
        other = f"https://{there.host}/"
        return f"serve the files at {here.host} itself, or verify {other} and use that (origin.url)"
    return "TikTok follows no redirect: serve the bytes at this URL itself"


def _apex(host: str) -> str:
    return host.removeprefix("www.")


_STATUS_HINTS: Mapping[int, str] = {
    403: (
        "a bot wall, a login or deployment protection blocks it, or the web server may not read the file; "
        "a request without cookies must get the file"
    ),
    404: "the file is not there: check the URL, and whether the file was moved or deleted",
    405: "allow GET and HEAD",
    410: "the file was deleted",
    429: "the web server limits the rate: exempt this folder",
}
_APART = "the file is at the destination, but origin.url does not serve the destination's root"


def _status(look: Look) -> Verdict | None:
    status = look.answer.status
    ranged = look.manner is Manner.RANGE
    if status == HTTPStatus.OK or (ranged and status == HTTPStatus.PARTIAL_CONTENT):
        return None
    other = (
        "the web server, or an application behind it, fails: look at its error log"
        if look.answer.fails
        else "serve the bytes directly, with 200"
    )
    return look.reject(
        f"answers {status}",
        limit="206" if ranged else "200",
        value=str(status),
        hint=_APART
        if look.stored and status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
        else _STATUS_HINTS.get(status, other),
    )


def _wall(look: Look) -> Verdict | None:
    found = wall(look.answer)
    if found is None:
        return None
    return look.reject(
        f"answers {look.answer.status}: {found} blocks it",
        limit="open to everyone",
        value=found,
        hint="a request without cookies must get the bytes: remove the login for this path",
    )


def _encoding(look: Look) -> Verdict | None:
    if look.encoding is None:
        return None
    return look.reject(
        f"is sent with Content-Encoding {look.encoding}, although identity was requested",
        limit="identity",
        value=look.encoding,
        hint="turn compression off for media",
    )


def _page(look: Look) -> Verdict | None:
    if not look.is_page:
        return None
    return look.reject(
        "serves a web page (HTML) instead of the media",
        limit=look.content.media_type if look.stored else "media",
        value=HTML,
        hint="an app, a login or an error page answers instead: remove the login for this path,"
        " and serve the file from disk",
    )


IN_ITS_PLACE: tuple[Rule[Look], ...] = (
    rule("wall", "a login, a bot wall or deployment protection answers", _wall),
    rule("redirect", "it redirects, also between www and the bare domain", _redirect),
    rule("status", "another status than 200 (or 206, asked for a range)", _status),
    rule("page", "a web page answers with 200", _page),
    rule("encoding", "the body is compressed although identity was requested", _encoding),
)
