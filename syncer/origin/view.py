"""The public URL of a path, and a look at what it really serves."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from syncer.connect.web.client import Answer, WebSettings
from syncer.connect.web.errors import INCOMPLETE, UNREACHABLE
from syncer.connect.web.reader import read_from
from syncer.errors import OriginError
from syncer.model import Content, Finding, rejects, unknowns
from syncer.origin.http import Asker, unanswered
from syncer.origin.removed import judge_removed, unseen
from syncer.origin.rules import Look, Manner, beyond, judge_answer, judge_refused, judge_whole, otherwise
from syncer.protocols import Pace, Reader


@dataclass(frozen=True, slots=True)
class PublicOrigin:
    """The origin that serves the published assets. Plain, picklable data."""

    url: str
    """Public URL of the destination's root."""
    property: str
    """As verified at the platform: a URL prefix, or a bare domain."""
    ca: Path | None = None
    connect_to: str | None = None

    def web(self) -> WebSettings:
        return WebSettings(self.ca, self.connect_to)


class PublicView:
    """Looks at public URLs as the platform would. One per worker; use it in `with`, or close it."""

    def __init__(self, origin: PublicOrigin, pace: Pace) -> None:
        self._asker = Asker(origin.web(), pace)
        self._last: Look | None = None
        self.read = 0
        """Bytes of the body that the last look read: those of a plain GET, if there was one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._asker.close()

    def answers(self, url: str) -> OriginError | None:
        """Why the origin can't be reached; `None` if it answers anything."""
        try:
            self._asker.ask(Manner.RANGE, url, 0)
        except OriginError as error:
            return error
        return None

    def look(self, url: str, content: Content) -> tuple[Finding, ...]:
        """A range, and a plain GET as the platform asks: status, type, total length and the first
        `HEAD_SIZE` bytes of each; of a short file all bytes come.

        If the answer does not give its length, all bytes are compared.
        """
        found = self._seen(Manner.RANGE if content.size else Manner.PLAIN, url, content)
        if self._last and self._last.answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return self._without_ranges(url, content, self._last.answer)
        if rejects(found):
            return found
        if not any(finding.rule == "origin.length" for finding in found):
            if unknowns(found) or not content.size:
                return found
            found += self._plain(url, content, found)
            if self._last is None or rejects(found) or not self._last.open_ended or self._last.answer.late:
                return found
        return tuple({each.rule: each for each in found + self.compare(url, content)}.values())

    def compare(self, url: str, content: Content) -> tuple[Finding, ...]:
        """Reads the whole body: compares size and sha256."""
        return self._seen(Manner.WHOLE, url, content)

    def open(self, url: str, start: int, size: int) -> AbstractContextManager[Reader]:
        """A reader of the URL's bytes from `start` on; `size` is the whole file's. Raises `OriginError`."""
        return read_from(self._asker.http, url, start, size, None)

    def inspect(self, url: str, content: Content) -> tuple[Finding, ...]:
        """A plain GET and a HEAD. A failing GET is refused. A failing HEAD is a warning: no platform says
        that it uses HEAD.
        """
        plain = rejects(self._seen(Manner.PLAIN, url, content))
        if any(finding.rule in _UNANSWERED for finding in plain):
            return plain
        return otherwise(plain, self._seen(Manner.HEAD, url, content))

    def removed(self, url: str, content: Content | None) -> Finding | None:
        """A plain GET of a deleted file's URL. `None` if it does not serve the file (`content`, if that is
        known); a finding if it does, or if that is unknown. Raises `Stopped`.
        """
        try:
            answer = self._asker.ask(Manner.PLAIN, url, 0)
        except OriginError as error:
            return unseen(url, error.message)
        return judge_removed(url, answer, content)

    def _plain(self, url: str, content: Content, known: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """What a plain GET finds beyond `known`, which a range found."""
        rules = {finding.rule for finding in known}
        if "origin.range" in rules:  # it was answered as a plain one
            return ()
        head = self._last.answer.start if self._last and "origin.bytes" not in rules else b""
        found = self._seen(Manner.PLAIN, url, content, head)
        if any(finding.rule in _HOST_WIDE for finding in found):
            return found
        whole = judge_whole(self._last) if self._last else ()
        return otherwise(beyond(found, known), ()) + whole

    def _without_ranges(self, url: str, content: Content, refused: Answer) -> tuple[Finding, ...]:
        """What a plain GET finds where a range gets 416: the file may be empty now, or the server refuses
        ranges.
        """
        found = self._seen(Manner.PLAIN, url, content)
        if self._last is None:
            return found
        return found + judge_refused(self._last, refused) + judge_whole(self._last)

    def _seen(self, manner: Manner, url: str, content: Content, known: bytes = b"") -> tuple[Finding, ...]:
        self._last, self.read = None, 0
        try:
            answer = self._asker.ask(manner, url, content.size)
        except OriginError as error:
            return (unanswered(error),)
        self._last, self.read = Look(manner, url, content, answer, known=known), answer.size
        return judge_answer(self._last)


_HOST_WIDE = (UNREACHABLE, "origin.tls", "origin.protocol")
_UNANSWERED = (INCOMPLETE, *_HOST_WIDE)
