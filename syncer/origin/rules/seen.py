"""An answer of a public URL and the content that is expected there. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from syncer.connect.web.client import Answer
from syncer.model import HEAD_SIZE, Content, Severity
from syncer.preflight.rule import Rule, Verdict
from syncer.probe.media_types import HTML, sniff
from syncer.settings.spelling import counted
from syncer.urls.canonical import bare_url


class Manner(Enum):
    RANGE = "range"
    PLAIN = "plain"
    WHOLE = "whole"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Look:
    """An answer and the expected content."""

    manner: Manner
    url: str
    content: Content
    """The stored content; for a URL that is not ours, the content of its first answer."""
    answer: Answer
    stored: bool = True
    """Whether we stored it there."""
    known: bytes = b""
    """The right first bytes, if another answer had them."""

    @property
    def encoding(self) -> str | None:
        """How the body is encoded. Then its length and bytes can't be compared."""
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
        """Total bytes that the URL serves; `None` if the answer does not say."""
        if self.answer.status == HTTPStatus.PARTIAL_CONTENT:
            found = _START.fullmatch(self.answer.headers.get("content-range", ""))
            return int(found[1]) if found and found[1] != "*" else None
        counted = self.answer.size if self.manner is Manner.WHOLE and not self.answer.late else None
        return counted if self.answer.length is None else self.answer.length

    @property
    def is_start(self) -> bool:
        """Whether a 206 says that it has the first bytes; it may leave the total unknown (`*`)."""
        return bool(_START.fullmatch(self.answer.headers.get("content-range", "")))

    @property
    def is_cut(self) -> bool:
        """Whether it serves the right bytes, but ends before the head does."""
        served = self.answer.start
        return 0 < len(served) < len(self.known) and self.known.startswith(served)

    @property
    def short(self) -> bool:
        """Whether too few bytes came in time to compare them."""
        return self.answer.late and len(self.answer.start) < HEAD_SIZE

    def reject(self, says: str, **more: str | None) -> Verdict:
        return Verdict(Severity.REJECT, f"{bare_url(self.url)} {says}", **more)

    def warn(self, says: str, **more: str | None) -> Verdict:
        return Verdict(Severity.WARN, f"{bare_url(self.url)} {says}", **more)


_START = re.compile(r"bytes 0-\d+/(\d{1,18}|\*)")


def other_range(given: str | None) -> str:
    return "answers 206 without Content-Range" if given is None else "answers 206 with another range"


def other_length(look: Look, what: str, value: str | None) -> Verdict:
    if look.is_cut:
        says = f"serves only the first {what} of {look.content.size}: they are right, and the rest is cut off"
        hint = "serve the file from disk, with an exact Content-Length for GET, HEAD and Range"
    elif look.stored:
        says = f"serves {what}, but {counted(look.content.size, 'byte was', 'bytes were')} stored"
        hint = "it is another file, or a cache still has an older one"
    else:
        before = f", but {look.content.size} a moment ago" if look.content.size else ""
        says = f"serves {what}{before}"
        hint = "serve the file from disk, with an exact Content-Length for GET, HEAD and Range"
    return look.reject(
        says, limit=str(look.content.size) if look.content.size else None, value=value, hint=hint
    )


def rule(name: str, about: str, tell: Callable[[Look], Verdict | None]) -> Rule[Look]:
    return Rule(f"origin.{name}", about, tell)
