"""One answer of a public URL, beside what should be there: one small function for each rule. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from syncer.model import HEAD_SIZE, Finding, Severity
from syncer.origin.rules.instead import IN_ITS_PLACE
from syncer.origin.rules.seen import Look, Manner, other_length, rule
from syncer.preflight.rule import Rule, Verdict, findings
from syncer.probe.media_types import by_name, extension, sniff
from syncer.settings.spelling import counted
from syncer.urls.canonical import bare_url

__all__ = [
    "IN_ITS_PLACE",
    "MANNERS",
    "OF_THE_FILE",
    "SLOW",
    "Look",
    "Manner",
    "in_its_place",
    "judge_answer",
    "otherwise",
]


def judge_answer(look: Look) -> tuple[Finding, ...]:
    """What stands before the file is told alone: what else is wrong with an error page says nothing."""
    return in_its_place(look) or findings(OF_THE_FILE, look)


def in_its_place(look: Look) -> tuple[Finding, ...]:
    """What answers instead of the file, if something does."""
    return findings(IN_ITS_PLACE, look)[:1]


def otherwise(plain: tuple[Finding, ...], head: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What is told of a plain GET and of HEAD, beside a range that was all right.

    What fails without Range is refused; no platform says that it uses HEAD.
    """
    got = [
        replace(each, rule=each.rule if each.rule == SLOW else GET, message=f"without Range, {each.message}")
        for each in _beside(plain, "a GET without Range")
    ]
    asked = [
        replace(each, rule=HEAD, severity=Severity.WARN, message=f"asked with HEAD, {each.message}")
        for each in _beside(head, "HEAD")
    ]
    return tuple(got + asked)


def _beside(found: tuple[Finding, ...], manner: str) -> Iterator[Finding]:
    """Another request got the file, so a status that denies it says nothing of the file itself."""
    for each in found:
        missing = each.rule == "origin.status" and each.value in ("403", "404", "410")
        hint = f"a GET with Range gets the file: let the web server answer {manner} in the same way"
        yield replace(each, hint=hint) if missing else each


GET, HEAD, SLOW = "origin.get", "origin.head", "origin.slow"


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


def _length(look: Look) -> Verdict | None:
    unsure = not look.stored and not look.content.size and look.total is not None
    if (
        unsure
        or look.total == look.content.size
        or (look.total is None and look.answer.status == HTTPStatus.PARTIAL_CONTENT)
    ):
        return None
    if look.total is None:
        return _no_length(look)
    # Of a body that does not say how long it is, no more than one byte too many was read.
    if look.answer.length is not None:
        return other_length(look, counted(look.total, "byte"), str(look.total))
    more = f"more than {look.content.size}"
    return other_length(look, f"{more} {'byte' if look.content.size == 1 else 'bytes'}", more)


def _no_length(look: Look) -> Verdict:
    """No document asks for one. Whether all of it is there can only be told by reading all of it."""
    return look.warn(
        "answers without Content-Length, so a cut file can't be told from a whole one",
        limit=str(look.content.size) if look.content.size else None,
        hint="serve it as a file, with an exact Content-Length for each way of asking",
    )


def _slow(look: Look) -> Verdict | None:
    answer = look.answer
    if not answer.late:
        return None
    came = f"{counted(answer.size, 'byte')} in {answer.took:.1f} s"
    return Verdict(
        Severity.UNKNOWN,
        f"{bare_url(look.url)} sent only {came}, so its bytes can't be compared",
        f"{look.content.size if look.manner is Manner.WHOLE else HEAD_SIZE} bytes",
        came,
        "serve it from a faster line or a CDN; nothing is wrong with what came",
    )


def _bytes(look: Look) -> Verdict | None:
    if look.short:
        return None
    whole = look.manner is Manner.WHOLE and not look.answer.late
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
    nothing = not look.stored and (look.total == 0 or look.short)
    if nothing or given == right.lower():
        return None
    return look.warn(
        f"is served as {given}, and is {right}"
        if given
        else f"is served without a Content-Type, and is {right}",
        limit=right,
        value=given or None,
        hint=_by_its_name(look, given)
        or "set the type in the web server's configuration (nginx: types, default_type)",
    )


def _by_its_name(look: Look, given: str) -> str | None:
    """What to do where the server is right, and the name is wrong."""
    name, ending = unquote(urlsplit(look.url).path), extension(look.content.media_type)
    if not ending or by_name(name) != given:
        return None
    return f"the server goes by the name: rename the file, so that it ends in {ending}"


OF_THE_FILE: tuple[Rule[Look], ...] = (
    rule(
        "range",
        "a range that was asked for, the first or a later one, is not given: a warning where it is ignored",
        _range,
    ),
    rule("length", "another length; a warning where the answer tells none", _length),
    rule("slow", "too little comes in time to compare it: unknown, as it may be right", _slow),
    rule("bytes", "other bytes than were stored", _bytes),
    rule("type", "a Content-Type that is not the bytes' own: a warning, as no document asks for one", _type),
)
MANNERS: tuple[Rule[Look], ...] = (
    rule("get", "a plain GET is answered wrong, where a range is not", lambda _: None),
    rule("head", "HEAD is answered wrong, which may not matter", lambda _: None),
)
"""They speak by `otherwise`, of what the rules above found."""
