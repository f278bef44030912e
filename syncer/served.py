"""What a public URL serves, beside what was stored: one small function for each rule. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from urllib.parse import urlsplit

from syncer.connect.urls import bare
from syncer.connect.web import Answer
from syncer.media import HTML, sniff
from syncer.model import HEAD_SIZE, Content, Finding, Severity


class Manner(Enum):
    RANGE = "range"
    PLAIN = "plain"
    WHOLE = "whole"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Look:
    """An answer beside what should be there."""

    manner: Manner
    url: str
    content: Content
    answer: Answer

    @property
    def encoding(self) -> str | None:
        """How the body is encoded, in which case neither its length nor its bytes can be told."""
        encoding = self.answer.headers.get("content-encoding", "").strip().lower()
        return None if encoding in ("", "identity") else encoding

    @property
    def is_page(self) -> bool:
        return not self.encoding and sniff(self.answer.start) == HTML != self.content.media_type

    @property
    def total(self) -> int | None:
        """Bytes that the URL serves in all; `None` if the answer does not say."""
        if self.answer.status == HTTPStatus.PARTIAL_CONTENT:
            found = re.fullmatch(r"bytes 0-\d+/(\d+)", self.answer.headers.get("content-range", ""))
            return int(found[1]) if found else None
        counted = self.answer.size if self.manner is Manner.WHOLE else None
        return counted if self.answer.length is None else self.answer.length

    def reject(self, rule: str, says: str, **more: str | None) -> Finding:
        return Finding(rule, Severity.REJECT, f"{bare(self.url)} {says}", **more)

    def warn(self, rule: str, says: str, **more: str | None) -> Finding:
        return Finding(rule, Severity.WARN, f"{bare(self.url)} {says}", **more)


def judge(look: Look) -> tuple[Finding, ...]:
    refused = _redirect(look) or _status(look)
    if refused:
        return (refused,)
    rules = (_range, _encoding, _page, _length, _bytes, _type)
    return tuple(finding for rule in rules if (finding := rule(look)))


def _redirect(look: Look) -> Finding | None:
    if not look.answer.redirects:
        return None
    to = look.answer.target(look.url)
    return look.reject(
        "origin.redirect",
        f"answers {look.answer.status}, a redirect to {to}",
        limit="no redirect",
        value=to,
        hint=_redirect_hint(urlsplit(bare(look.url)).hostname or "", to),
    )


def _redirect_hint(host: str, to: str) -> str:
    other = re.match(r"https?://([^/:]+)", to)
    if other and other[1].removeprefix("www.") == host.removeprefix("www.") and other[1] != host:
        return f"serve the files at {host} itself, or set origin.url to https://{other[1]}/ and verify that"
    return "the platform follows no redirect: serve the bytes at this very URL"


_STATUS_HINTS: Mapping[int, str] = {
    401: "the platform has no login: make the folder public",
    403: (
        "a bot wall, a login or deployment protection stands before it, or the web server may not read it; "
        "whoever comes without cookies must get it"
    ),
    404: "it is at the destination: origin.url and the destination's root don't belong together",
    410: "it is at the destination: origin.url and the destination's root don't belong together",
    429: "the web server limits the rate: exempt this folder",
}


def _status(look: Look) -> Finding | None:
    status = look.answer.status
    ranged = look.manner is Manner.RANGE
    if status == HTTPStatus.OK or (ranged and status == HTTPStatus.PARTIAL_CONTENT):
        return None
    if ranged and status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return _other_length(look, "another length", None)
    broken = "the web server, or what stands behind it, fails: look at its error log"
    return look.reject(
        "origin.status",
        f"answers {status}",
        limit="206" if ranged else "200",
        value=str(status),
        hint=_STATUS_HINTS.get(status, broken if look.answer.fails else None),
    )


def _range(look: Look) -> Finding | None:
    if look.manner is not Manner.RANGE:
        return None
    if look.answer.status == HTTPStatus.OK:
        return look.warn(
            "origin.range",
            "ignores Range and answers 200",
            limit="206",
            value="200",
            hint="serve files as files: a platform may pull in pieces",
        )
    if look.total is not None:
        return None
    given = look.answer.headers.get("content-range")
    asked = f"bytes 0-{min(look.content.size, HEAD_SIZE) - 1}/{look.content.size}"
    return look.reject("origin.range", "answers 206 with another range", limit=asked, value=given)


def _encoding(look: Look) -> Finding | None:
    if look.encoding is None:
        return None
    return look.reject(
        "origin.encoding",
        f"is sent encoded as {look.encoding} though identity was asked for",
        limit="identity",
        value=look.encoding,
        hint="switch compression off for media",
    )


def _page(look: Look) -> Finding | None:
    """Before the length, which only says that it is not the file."""
    if not look.is_page:
        return None
    return look.reject(
        "origin.bytes",
        "serves a web page (HTML) instead of the media",
        limit=look.content.media_type,
        value=HTML,
        hint="a single-page app, a login or an error page answers in its place: except this folder from it",
    )


def _length(look: Look) -> Finding | None:
    if (
        look.encoding
        or look.total == look.content.size
        or (look.total is None and look.answer.status == HTTPStatus.PARTIAL_CONTENT)
    ):
        return None
    if look.total is None:
        return _other_length(look, "a body without Content-Length", None)
    # Of a body that does not say how long it is, no more than one byte too many was read.
    told = str(look.total) if look.answer.length is not None else f"more than {look.content.size}"
    return _other_length(look, f"{told} bytes", told)


def _other_length(look: Look, what: str, value: str | None) -> Finding:
    return look.reject(
        "origin.length",
        f"serves {what} where {look.content.size} bytes were stored",
        limit=str(look.content.size),
        value=value,
        hint="it is another file, or a cache still has an older one",
    )


def _bytes(look: Look) -> Finding | None:
    whole = look.manner is Manner.WHOLE
    right = look.content.sha256 if whole else look.content.head_sha256
    if look.manner is Manner.HEAD or look.encoding or look.is_page or look.answer.sha256 == right:
        return None
    return look.reject(
        "origin.bytes",
        f"serves other bytes than were stored{'' if whole else ', from its beginning on'}",
        limit=look.content.media_type,
        value=sniff(look.answer.start),
        hint="a cache still has an older file, or origin.url does not lead to the destination's root",
    )


def _type(look: Look) -> Finding | None:
    right = look.content.media_type
    given = look.answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given == right.lower():
        return None
    tell = look.reject if given.startswith("text/") else look.warn
    return tell(
        "origin.type",
        f"is served as {given}, and is {right}"
        if given
        else f"is served without a Content-Type, and is {right}",
        limit=right,
        value=given or None,
        hint="set the type in the web server's configuration (nginx: types, default_type)",
    )
