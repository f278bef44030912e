"""An answer of a public URL and the content that is expected there. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from syncer.connect.web.client import Answer
from syncer.model import HEAD_SIZE, Content, Severity
from syncer.preflight.rule import Rule, Verdict
from syncer.probe.media_types import HTML, sniff
from syncer.settings.spelling import counted
from syncer.unsaid import without_secrets
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
        if self.is_part:
            found = _START.fullmatch(self.answer.headers.get("content-range", ""))
            return int(found[1]) if found and found[1] != "*" else None
        return self.answer.length if self.counted is None else self.counted

    @property
    def counted(self) -> int | None:
        """Bytes of a body that ended by itself: neither a limit of ours nor slowness ended the reading."""
        ended = self.answer.whole and not self.answer.late and self.manner is not Manner.HEAD
        return self.answer.size if ended else None

    @property
    def open_ended(self) -> bool:
        """Whether the answer tells no length, and the end of its body was not seen."""
        return self.total is None and self.answer.status == HTTPStatus.OK

    @property
    def ended_early(self) -> bool:
        """Whether the body ended by itself before the length that is known from elsewhere."""
        served, right = self.counted, max(self.content.size, len(self.known))
        untold = self.answer.length is None or not served
        return untold and served is not None and served < right and not self.is_part

    @property
    def is_part(self) -> bool:
        return self.answer.status == HTTPStatus.PARTIAL_CONTENT

    @property
    def is_start(self) -> bool:
        """Whether a 206 says that it has the first bytes; it may leave the total unknown (`*`)."""
        return bool(_START.fullmatch(self.answer.headers.get("content-range", "")))

    @property
    def is_cut(self) -> bool:
        """Whether it serves the right bytes, but ends before the head does."""
        served = self.answer.start
        begun = bool(served) or self.counted == 0
        return begun and len(served) < len(self.known) and self.known.startswith(served)

    @property
    def short(self) -> bool:
        """Whether too few bytes came in time to compare them."""
        return self.answer.late and len(self.answer.start) < HEAD_SIZE

    def reject(self, says: str, **more: str | None) -> Verdict:
        return self._verdict(Severity.REJECT, says, more)

    def warn(self, says: str, **more: str | None) -> Verdict:
        return self._verdict(Severity.WARN, says, more)

    def _verdict(self, severity: Severity, says: str, more: Mapping[str, str | None]) -> Verdict:
        """Without secrets of ours: a header of the answer may have one."""
        told = {name: text and without_secrets(text, ours=True) for name, text in more.items()}
        return Verdict(severity, f"{bare_url(self.url)} {without_secrets(says, ours=True)}", **told)


_START = re.compile(r"bytes 0-\d+/(\d{1,18}|\*)")
_SPAN = re.compile(r"bytes (\d{1,18})-(\d{1,18})/")


def other_range(given: str | None) -> str:
    return "answers 206 without Content-Range" if given is None else "answers 206 with another range"


def unlike_its_range(answer: Answer) -> str | None:
    """What is wrong if the body of a 206 has another number of bytes than its Content-Range says."""
    found = _SPAN.match(answer.headers.get("content-range", ""))
    if found is None or answer.late:
        return None
    size = int(found[2]) - int(found[1]) + 1
    if answer.whole and answer.size != size:
        return f"sent {answer.size} of the {counted(size, 'byte')} of a range, and ended the answer"
    if answer.more and size <= answer.size:
        return f"sent more than the {counted(size, 'byte')} of a range"
    return None


def cut_verdict(look: Look) -> Verdict:
    right = look.content.size
    of = f"{right} bytes" if right >= len(look.known) else f"at least {len(look.known)} bytes"
    return look.reject(
        f"sent {look.answer.size} of {of} and {_closed(look.answer)}",
        limit=str(max(right, len(look.known))),
        value=str(look.answer.size),
        hint="look at the web server's error log, and at the limits of a proxy or CDN in front of it; serve"
        " the file from disk, with an exact Content-Length",
    )


def _closed(answer: Answer) -> str:
    closed = answer.length is None and "transfer-encoding" not in answer.headers
    return "closed the connection" if closed else "ended the answer, as if that were all"


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
