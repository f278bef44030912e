"""One answer of a public URL, beside what should be there: one small function for each rule. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus
from urllib.parse import urlsplit

from syncer.connect.urls import bare
from syncer.connect.web import Answer
from syncer.media import HTML, sniff
from syncer.model import HEAD_SIZE, Content, Finding, Severity
from syncer.preflight.rule import Rule, Verdict, findings
from syncer.served.walls import wall


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
    """What was stored; of a stranger's URL, what its first answer told."""
    answer: Answer
    stored: bool = True
    """Whether we stored it there."""

    @property
    def encoding(self) -> str | None:
        """How the body is encoded, in which case neither its length nor its bytes can be told."""
        encoding = self.answer.headers.get("content-encoding", "").strip().lower()
        return None if encoding in ("", "identity") else encoding

    @property
    def is_page(self) -> bool:
        return (
            not self.encoding
            and sniff(self.answer.start) == HTML
            and (not self.stored or self.content.media_type != HTML)
        )

    @property
    def total(self) -> int | None:
        """Bytes that the URL serves in all; `None` if the answer does not say."""
        if self.answer.status == HTTPStatus.PARTIAL_CONTENT:
            found = re.fullmatch(r"bytes 0-\d+/(\d+)", self.answer.headers.get("content-range", ""))
            return int(found[1]) if found else None
        counted = self.answer.size if self.manner is Manner.WHOLE else None
        return counted if self.answer.length is None else self.answer.length

    def reject(self, says: str, **more: str | None) -> Verdict:
        return Verdict(Severity.REJECT, f"{bare(self.url)} {says}", **more)

    def warn(self, says: str, **more: str | None) -> Verdict:
        return Verdict(Severity.WARN, f"{bare(self.url)} {says}", **more)


def judge(look: Look) -> tuple[Finding, ...]:
    """What stands before the file is told alone: what else is wrong with an error page says nothing."""
    return in_its_place(look) or findings(OF_THE_FILE, look)


def in_its_place(look: Look) -> tuple[Finding, ...]:
    """What answers instead of the file, if something does."""
    return findings(IN_ITS_PLACE, look)[:1]


def otherwise(plain: tuple[Finding, ...], head: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What is told of a plain GET and of HEAD, beside a range that was all right.

    What fails without Range is refused; no platform says that it uses HEAD.
    """
    got = [replace(each, rule=GET, message=f"without Range, {each.message}") for each in plain]
    asked = [
        replace(each, rule=HEAD, severity=Severity.WARN, message=f"asked with HEAD, {each.message}")
        for each in head
    ]
    return tuple(got + asked)


GET, HEAD = "origin.get", "origin.head"


def _redirect(look: Look) -> Verdict | None:
    if not look.answer.redirects:
        return None
    to = look.answer.target(look.url)
    return look.reject(
        f"answers {look.answer.status}, a redirect to {to}",
        limit="no redirect",
        value=to,
        hint=_redirect_hint(urlsplit(bare(look.url)).hostname or "", to),
    )


def _redirect_hint(host: str, to: str) -> str:
    other = re.match(r"https?://([^/:]+)", to)
    if other and other[1].removeprefix("www.") == host.removeprefix("www.") and other[1] != host:
        return f"serve the files at {host} itself, or verify https://{other[1]}/ and use that (origin.url)"
    return "the platform follows no redirect: serve the bytes at this very URL"


_STATUS_HINTS: Mapping[int, str] = {
    403: (
        "a bot wall, a login or deployment protection stands before it, or the web server may not read it; "
        "whoever comes without cookies must get it"
    ),
    404: "there is no such file: look for a mistake in the URL, and whether it was moved or deleted",
    405: "allow GET and HEAD",
    410: "the file was taken away",
    429: "the web server limits the rate: exempt this folder",
}
_APART = "it is at the destination: origin.url and the destination's root don't belong together"


def _status(look: Look) -> Verdict | None:
    status = look.answer.status
    ranged = look.manner is Manner.RANGE
    if status == HTTPStatus.OK or (ranged and status == HTTPStatus.PARTIAL_CONTENT):
        return None
    if _out_of_range(look):
        return None
    other = (
        "the web server, or what stands behind it, fails: look at its error log"
        if look.answer.fails
        else "serve the bytes at once, with 200"
    )
    return look.reject(
        f"answers {status}",
        limit="206" if ranged else "200",
        value=str(status),
        hint=_APART
        if look.stored and status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
        else _STATUS_HINTS.get(status, other),
    )


def _out_of_range(look: Look) -> Verdict | None:
    """What was asked for is stored, and what is served is too short for it."""
    asked = look.stored and look.manner is Manner.RANGE
    if not asked or look.answer.status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return None
    return _other_length(look, "another length", None)


def _wall(look: Look) -> Verdict | None:
    found = wall(look.answer)
    if found is None:
        return None
    return look.reject(
        f"answers {look.answer.status}: {found} stands before it",
        limit="open to everyone",
        value=found,
        hint="whoever comes without cookies must get the bytes: except this path from it",
    )


def _range(look: Look) -> Verdict | None:
    if look.manner is not Manner.RANGE:
        return None
    if look.answer.status == HTTPStatus.OK and look.total == 0:
        return None  # nothing has no range
    if look.answer.status == HTTPStatus.OK:
        return look.warn(
            "ignores Range and answers 200",
            limit="206",
            value="200",
            hint="serve files as files: a platform may pull in pieces",
        )
    if look.total is not None:
        return None
    given = look.answer.headers.get("content-range")
    asked = f"bytes 0-{min(look.content.size, HEAD_SIZE) - 1}/{look.content.size}"
    return look.reject(
        "answers 206 with another range",
        limit=asked,
        value=given,
        hint="serve files as files, with single ranges as they are asked for",
    )


def _encoding(look: Look) -> Verdict | None:
    if look.encoding is None:
        return None
    return look.reject(
        f"is sent encoded as {look.encoding} though identity was asked for",
        limit="identity",
        value=look.encoding,
        hint="switch compression off for media",
    )


def _page(look: Look) -> Verdict | None:
    if not look.is_page:
        return None
    return look.reject(
        "serves a web page (HTML) instead of the media",
        limit=look.content.media_type if look.stored else "media",
        value=HTML,
        hint="a single-page app, a login or an error page answers in its place: except this folder from it",
    )


def _length(look: Look) -> Verdict | None:
    unsure = not look.stored and not look.content.size and look.total is not None
    if (
        unsure
        or look.total == look.content.size
        or (look.total is None and look.answer.status == HTTPStatus.PARTIAL_CONTENT)
    ):
        return None
    if look.total is None:
        return _other_length(look, "a body without Content-Length", None)
    # Of a body that does not say how long it is, no more than one byte too many was read.
    told = str(look.total) if look.answer.length is not None else f"more than {look.content.size}"
    return _other_length(look, f"{told} bytes", told)


def _other_length(look: Look, what: str, value: str | None) -> Verdict:
    if look.stored:
        says = f"serves {what} where {look.content.size} bytes were stored"
        hint = "it is another file, or a cache still has an older one"
    else:
        says = f"serves {what}" + (f" where it said {look.content.size} before" if look.content.size else "")
        hint = "serve it as a file, with an exact Content-Length for each way of asking"
    return look.reject(
        says, limit=str(look.content.size) if look.content.size else None, value=value, hint=hint
    )


def _bytes(look: Look) -> Verdict | None:
    whole = look.manner is Manner.WHOLE
    right = look.content.sha256 if whole else look.content.head_sha256
    served = look.answer.sha256 if whole else hashlib.sha256(look.answer.start).hexdigest()
    if look.manner is Manner.HEAD or served == right:
        return None
    return look.reject(
        f"serves other bytes than {_before(look)}{'' if whole else ', from its beginning on'}",
        limit=look.content.media_type,
        value=sniff(look.answer.start),
        hint="a cache still has an older file, or origin.url does not lead to the destination's root"
        if look.stored
        else "the same URL must give the same bytes, whoever asks and however",
    )


def _before(look: Look) -> str:
    return "were stored" if look.stored else "it did a moment ago"


def _type(look: Look) -> Verdict | None:
    right = look.content.media_type
    given = look.answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    nothing = not look.stored and look.total == 0
    if nothing or given == right.lower():
        return None
    tell = look.reject if given.startswith("text/") else look.warn
    return tell(
        f"is served as {given}, and is {right}"
        if given
        else f"is served without a Content-Type, and is {right}",
        limit=right,
        value=given or None,
        hint="set the type in the web server's configuration (nginx: types, default_type)",
    )


def _rule(name: str, about: str, tell: Callable[[Look], Verdict | None]) -> Rule[Look]:
    return Rule(f"origin.{name}", about, tell)


IN_ITS_PLACE: tuple[Rule[Look], ...] = (
    _rule("wall", "a login, a bot wall or deployment protection answers", _wall),
    _rule("redirect", "it redirects, also between www and the bare domain", _redirect),
    _rule("length", "it is shorter than what was stored", _out_of_range),
    _rule("status", "another status than 200 (or 206, asked for a range)", _status),
    _rule("page", "a web page answers with 200", _page),
    _rule("encoding", "the body is compressed though identity was asked for", _encoding),
)
OF_THE_FILE: tuple[Rule[Look], ...] = (
    _rule("range", "a range that was asked for is not given: a warning where it is ignored", _range),
    _rule("length", "another length, or none", _length),
    _rule("bytes", "other bytes than were stored", _bytes),
    _rule("type", "a Content-Type that is not the bytes' own: refused if it is a text", _type),
)
MANNERS: tuple[Rule[Look], ...] = (
    _rule("get", "a plain GET is answered wrong, where a range is not", lambda _: None),
    _rule("head", "HEAD is answered wrong, which may not matter", lambda _: None),
)
"""They speak by `otherwise`, of what the rules above found."""
