"""A range after the file's start, which a platform requests if it pulls in pieces. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

from syncer.connect.web.client import Answer
from syncer.model import HEAD_SIZE, Finding, Severity
from syncer.origin.rules.seen import Look, other_range, unlike_its_range
from syncer.origin.rules.walls import wall
from syncer.preflight.rule import Rule, Verdict, findings
from syncer.probe.media_types import HTML, sniff

SPAN = 1024
"""Bytes. Half of them are in the head that is known, so that they can be compared."""
HINT = "serve the file from disk, with exactly the range that was requested: a platform may pull in pieces"


@dataclass(frozen=True, slots=True)
class Later:
    """The answer to a later range, and the look at the first one."""

    first: Look
    total: int
    start: int
    answer: Answer

    @property
    def asked(self) -> str:
        return f"bytes {self.start}-{later_span(self.total)[1]}/{self.total}"


def later_span(total: int) -> tuple[int, int]:
    """The first and the last byte to request; at the end of a short file."""
    if total > HEAD_SIZE:
        return HEAD_SIZE - SPAN // 2, min(total, HEAD_SIZE + SPAN // 2) - 1
    return max(total // 2, total - SPAN), total - 1


def judge_later(later: Later) -> tuple[Finding, ...]:
    return () if later.answer.late else findings([_RULE], later)


def _later(later: Later) -> Verdict | None:
    answer, look = later.answer, later.first
    given = answer.headers.get("content-range")
    if answer.status == HTTPStatus.OK and _is_other(later):
        return look.reject(
            f"answers a later range ({later.asked}) with other content: {_what(answer)}",
            limit="206",
            value="200",
            hint="an app, a login or an error page answers instead: remove the login for this path, and serve"
            " the file from disk",
        )
    if answer.status == HTTPStatus.OK:
        return look.warn(
            "serves the first bytes by Range, but ignores a later range and answers 200",
            limit="206",
            value="200",
            hint=HINT,
        )
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        severity = Severity.UNKNOWN if answer.fails else Severity.REJECT
        told = look.reject(
            f"answers {answer.status} to a later range ({later.asked})",
            limit="206",
            value=str(answer.status),
            hint=HINT,
        )
        return Verdict(severity, told.message, told.limit, told.value, told.hint)
    found = re.fullmatch(r"bytes (\d{1,18})-\d+/(\d{1,18}|\*)", given or "")
    right = found and int(found[1]) == later.start and found[2] in ("*", str(later.total))
    if wrong := unlike_its_range(answer) if right else other_range(given):
        return look.reject(wrong, limit=later.asked, value=given, hint=HINT)
    known = look.answer.start[later.start :]
    if not answer.size or known[: answer.size] != answer.start[: len(known)]:
        return look.reject(
            f"answers a later range ({later.asked}) with bytes that differ from the file's",
            limit=later.asked,
            value=given,
            hint=HINT,
        )
    return None


def _is_other(later: Later) -> bool:
    """Whether a 200 has neither the bytes of the range nor those of the whole file."""
    served, head = later.answer.start, later.first.answer.start
    part = head[later.start :]
    return not any(served and served[: len(known)] == known[: len(served)] for known in (head, part))


def _what(answer: Answer) -> str:
    if found := wall(answer):
        return found
    kind = sniff(answer.start)
    return "a web page (HTML)" if kind == HTML else "other bytes than the file's"


_RULE: Rule[Later] = Rule("origin.range", "a later range is not served, or with other bytes", _later)
