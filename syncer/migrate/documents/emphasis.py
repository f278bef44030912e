"""Marks of emphasis around a link: `_` and `~` of Markdown, WhatsApp, Slack. Pure."""

from __future__ import annotations

import re

CONTEXT = 64
"""Bytes before a link that are read for its context."""


def opened(text: bytes, start: int) -> bytes:
    """Marks of emphasis (`_` and `~` of Markdown, WhatsApp, Slack) that begin before the link, on its line.

    A link may end in such a mark: it only ends an emphasis that began.
    """
    line = text[max(0, start - CONTEXT) : start]
    line = line[max(line.rfind(b"\n"), line.rfind(b"\r")) + 1 :]
    return b"".join(mark for mark in (b"_", b"~") if _last(_BEGINS[mark], line) > _last(_ENDS[mark], line))


def _last(pattern: re.Pattern[bytes], line: bytes) -> int:
    return max((found.start() for found in pattern.finditer(line)), default=-1)


MARKED = re.compile(rb"[_~][_~.,;:!?'*(\[]*\Z")
_BEGINS = {
    mark: re.compile(rb"(?<![A-Za-z0-9\x80-\xff%b])%b{1,3}(?=[^\s%b]|\Z)" % (mark, mark, mark))
    for mark in (b"_", b"~")
}
_ENDS = {
    mark: re.compile(rb"(?<=[^\s%b(\[])%b{1,3}(?![A-Za-z0-9\x80-\xff%b])(?!\Z)" % (mark, mark, mark))
    for mark in (b"_", b"~")
}
