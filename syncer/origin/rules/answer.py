"""One answer of a public URL against the expected content: one small function for each rule. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from syncer.connect.web.client import Answer
from syncer.model import HEAD_SIZE, Finding, Severity, rejects
from syncer.origin.rules.instead import IN_ITS_PLACE
from syncer.origin.rules.seen import (
    Look,
    Manner,
    cut_verdict,
    other_length,
    other_range,
    rule,
    unlike_its_range,
)
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
    "beyond",
    "in_its_place",
    "judge_answer",
    "judge_refused",
    "judge_whole",
    "otherwise",
]


def judge_answer(look: Look) -> tuple[Finding, ...]:
    """If something answers instead of the file, only that: other flaws of an error page mean nothing."""
    return in_its_place(look) or findings(OF_THE_FILE, look)


def in_its_place(look: Look) -> tuple[Finding, ...]:
    """The finding that something answers instead of the file; empty if the file does."""
    return findings(IN_ITS_PLACE, look)[:1]


def otherwise(plain: tuple[Finding, ...], head: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings of a plain GET and of HEAD, for a URL whose answer to a range is good.

    A failing GET is refused. A failing HEAD is a warning: no platform says that it uses HEAD.
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


def beyond(found: tuple[Finding, ...], first: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that the first answer does not have: another rule, or a reject in place of a warning."""
    known = {(each.rule, each.severity) for each in first}
    refused = {each.rule for each in rejects(first)}
    return tuple(
        each for each in found if each.rule not in refused and (each.rule, each.severity) not in known
    )


def _beside(found: tuple[Finding, ...], manner: str) -> Iterator[Finding]:
    """With another hint for a missing file: another request got it, so it is there."""
    for each in found:
        missing = each.rule == "origin.status" and each.value in ("403", "404", "410")
        hint = f"a GET with Range gets the file: let the web server answer {manner} in the same way"
        yield replace(each, hint=hint) if missing else each


GET, HEAD, SLOW = "origin.get", "origin.head", "origin.slow"


def _range(look: Look) -> Verdict | None:
    if look.manner is not Manner.RANGE:
        return None
    if look.answer.status == HTTPStatus.OK and look.total == 0:
        return None  # an empty file has no ranges
    if look.answer.status == HTTPStatus.OK:
        return look.warn(
            "ignores Range and answers 200",
            limit="206",
            value="200",
            hint="serve the file from disk, with support for Range: a platform may pull in pieces",
        )
    given = look.answer.headers.get("content-range")
    wrong = unlike_its_range(look.answer) if look.is_start else other_range(given)
    if wrong is None:
        return None
    asked = f"bytes 0-{min(look.content.size, HEAD_SIZE) - 1}/{look.content.size}"
    return look.reject(
        wrong,
        limit=asked,
        value=given,
        hint="serve the file from disk, with exactly the single range that was requested",
    )


def judge_refused(look: Look, refused: Answer) -> tuple[Finding, ...]:
    """`refused` is a 416 for the first bytes, `look` a plain GET after it. An empty file has no ranges."""
    if in_its_place(look) or look.total == 0 or not look.answer.size:
        return ()
    verdict = look.reject(
        f"answers {refused.status} to a range that it has (bytes 0-{HEAD_SIZE - 1}),"
        " while a GET without Range gets the file",
        limit="206",
        value=str(refused.status),
        hint="the server refuses partial requests: allow Range, or serve the file from disk",
    )
    return (Finding("origin.range", *verdict),)


def _length(look: Look) -> Verdict | None:
    """Of a body without a length, the bytes that came are counted."""
    if look.ended_early:
        return cut_verdict(look)
    size, known = look.content.size, look.stored or look.content.size
    if known and look.total not in (None, size):
        return other_length(look, counted(look.total or 0, "byte"), str(look.total))
    if look.is_part or look.answer.length is not None:
        return None
    if known and look.answer.size > size:
        more = f"more than {size}"
        return other_length(look, f"{more} {'byte' if size == 1 else 'bytes'}", more)
    return None if look.manner is Manner.WHOLE and look.total == size else _no_length(look)


def _no_length(look: Look) -> Verdict:
    """A warning only: no document requires a length, and a read of the whole body can still verify it."""
    return look.warn(
        "answers without Content-Length, so nobody can see whether the file is complete",
        limit=str(look.content.size) if look.content.size else None,
        hint="serve the file from disk, with an exact Content-Length for GET, HEAD and Range",
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
        "serve it over a faster line or from a CDN; the bytes that came are right",
    )


def _bytes(look: Look) -> Verdict | None:
    told = look.is_cut and _length(look)  # of right bytes, it says that they end too early
    if look.short or (told and told.severity is Severity.REJECT):
        return None
    whole = look.manner is Manner.WHOLE and not look.answer.late
    right = look.content.sha256 if whole else look.content.head_sha256
    served = look.answer.sha256 if whole else hashlib.sha256(look.answer.start).hexdigest()
    if look.manner is Manner.HEAD or served == right:
        return None
    return look.reject(
        f"serves other bytes than {_before(look)}{'' if whole else ', from the start'}",
        limit=look.content.media_type,
        value=sniff(look.answer.start),
        hint="a cache still has an older file, or origin.url does not lead to the destination's root"
        if look.stored
        else "the same URL must serve the same bytes for every request",
    )


def judge_whole(look: Look) -> tuple[Finding, ...]:
    """Of a body that was read to its end and begins right: whether all of it is what was stored."""
    answer, right = look.answer, look.content
    begins_right = hashlib.sha256(answer.start).hexdigest() == right.head_sha256
    comparable = look.stored and right.sha256 and not (look.encoding or answer.late)
    if not comparable or answer.size != right.size or not begins_right or answer.sha256 == right.sha256:
        return ()
    verdict = look.reject(
        f"serves other bytes than were stored, after the first {HEAD_SIZE}",
        limit=f"sha256 {right.sha256}",
        value=f"sha256 {answer.sha256}",
        hint="something changed the file where it lies, or a cache has another one; run syncer sync, which"
        " reads all of it again",
    )
    return (Finding("origin.bytes", *verdict),)


def _before(look: Look) -> str:
    return "were stored" if look.stored else "it did a moment ago"


def _type(look: Look) -> Verdict | None:
    right = look.content.media_type
    given = look.answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    nothing = not look.stored and (look.total == 0 or look.short)
    if nothing or given == right.lower():
        return None
    return look.warn(
        f"is served as {given}, but is {right}"
        if given
        else f"is served without a Content-Type, but is {right}",
        limit=right,
        value=given or None,
        hint=_by_its_name(look, given)
        or "set the type in the web server's configuration (nginx: types, default_type)",
    )


def _by_its_name(look: Look, given: str) -> str | None:
    """The hint if the server takes the type from the name, and the name is wrong."""
    name, ending = unquote(urlsplit(look.url).path), extension(look.content.media_type)
    if not ending or by_name(name) != given:
        return None
    return f"the server takes the type from the name: rename the file, so that it ends in {ending}"


OF_THE_FILE: tuple[Rule[Look], ...] = (
    rule(
        "range",
        "a requested range, the first or a later one, is not served; a warning if Range is ignored",
        _range,
    ),
    rule(
        "length",
        "another length, said or counted, as of a body that ends too early; a warning if it has none",
        _length,
    ),
    rule("slow", "too few bytes come in time to compare them: unknown, as they may be right", _slow),
    rule("bytes", "other bytes than were stored, among those that were read", _bytes),
    rule("type", "a Content-Type that does not fit the bytes; a warning, as no document requires it", _type),
)
MANNERS: tuple[Rule[Look], ...] = (
    rule("get", "a plain GET gets a wrong answer, while a range gets the right one", lambda _: None),
    rule("head", "HEAD gets a wrong answer; a warning, as it may not matter", lambda _: None),
)
"""`otherwise` makes their findings from those of the rules above."""
