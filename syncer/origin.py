"""Key ↔ public URL, and what the public URL really serves."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from syncer.connect.urls import bare, canonical, under
from syncer.connect.web import PATIENCE_SECONDS, Answer, WebSettings, ask, client
from syncer.connect.web_errors import UNREACHABLE
from syncer.errors import OriginError
from syncer.model import HEAD_SIZE, Content, Finding, Severity, rejects
from syncer.retry import Policy, retry
from syncer.seams import Pace
from syncer.served import Look, Manner, judge

POLICY = Policy(attempts=3, first_wait=0.5, longest_wait=2.0, total=5.0)
"""Short: what is not seen now is looked at again in the next run."""
ONCE = Policy(attempts=1)
DEAD_SECONDS = 30.0
"""How long an origin that proved unreachable is not asked again, and one that fails is asked once for each
URL: a dead origin must not cost minutes when there are thousands of assets.
"""
PULL_SECONDS = 3600.0
"""How long a whole body may take; the platform's own limit."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where published assets are seen. Plain, picklable data."""

    url: str
    """Public URL of the destination's root."""
    property: str
    """As verified at the platform: a URL prefix, or a bare domain."""
    ca: Path | None = None
    connect_to: str | None = None

    def web(self) -> WebSettings:
        return WebSettings(self.ca, self.connect_to)


def public_url(origin_url: str, path: str) -> str:
    """Stable and pure ASCII: see `connect.urls.under` for what is percent-encoded."""
    return under(origin_url, path)


def path_of(origin_url: str, url: str) -> str | None:
    """The path that `public_url` makes this very URL of; `None` if there is none."""
    root = canonical(origin_url)
    try:
        path = unquote(url.removeprefix(root), errors="strict")
    except UnicodeDecodeError:
        return None
    return path if path and public_url(origin_url, path) == url else None


class PublicView:
    """Looks at public URLs as the platform would. One per worker; used as a context manager, or closed."""

    def __init__(self, origin: Origin, pace: Pace) -> None:
        self._http = client(origin.web())
        self._pace = pace
        self._dead = ""
        self._dead_until = 0.0
        self._failing_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def look(self, url: str, content: Content) -> tuple[Finding, ...]:
        """One ranged GET: status, type, total length and the first `HEAD_SIZE` bytes."""
        return self._seen(Manner.RANGE if content.size else Manner.PLAIN, url, content)

    def compare(self, url: str, content: Content) -> tuple[Finding, ...]:
        """All of it: size and sha256."""
        return self._seen(Manner.WHOLE, url, content)

    def inspect(self, url: str, content: Content) -> tuple[Finding, ...]:
        """The other manners. What fails without Range is refused; no platform says that it uses HEAD."""
        plain = rejects(self._seen(Manner.PLAIN, url, content))
        if any(finding.rule in _UNANSWERED for finding in plain):
            return plain
        head = self._seen(Manner.HEAD, url, content)
        return tuple(
            [replace(found, rule="origin.get", message=f"without Range, {found.message}") for found in plain]
            + [
                replace(
                    found,
                    rule="origin.head",
                    severity=Severity.WARN,
                    message=f"asked with HEAD, {found.message}",
                )
                for found in head
            ]
        )

    def _seen(self, manner: Manner, url: str, content: Content) -> tuple[Finding, ...]:
        try:
            answer = self._ask(manner, url, content)
        except OriginError as error:
            return (Finding(error.code, Severity.REJECT, error.message, hint=error.hint),)
        return judge(Look(manner, url, content, answer))

    def _ask(self, manner: Manner, url: str, content: Content) -> Answer:
        if time.monotonic() < self._dead_until:
            raise OriginError(f"{bare(url)} was not looked at, for {self._dead}", code=UNREACHABLE)
        policy = ONCE if time.monotonic() < self._failing_until else POLICY
        try:
            return retry(lambda: self._once(manner, url, content), self._pace, policy)
        except _Overloaded as error:
            self._failing_until = time.monotonic() + DEAD_SECONDS
            return error.answer
        except OriginError as error:
            if error.code == UNREACHABLE:
                self._dead, self._dead_until = error.message, time.monotonic() + DEAD_SECONDS
            raise

    def _once(self, manner: Manner, url: str, content: Content) -> Answer:
        whole = manner is Manner.WHOLE
        answer = ask(
            self._http,
            url,
            method="HEAD" if manner is Manner.HEAD else "GET",
            headers={"Range": f"bytes=0-{HEAD_SIZE - 1}"} if manner is Manner.RANGE else None,
            limit=content.size + 1 if whole else HEAD_SIZE,
            patience=PULL_SECONDS if whole else PATIENCE_SECONDS,
            meter=self._meter if whole else self._pace.take,
        )
        if answer.fails:
            raise _Overloaded(answer)
        return answer

    def _meter(self, size: int) -> None:
        self._pace.take(size)
        if self._pace.stopped():
            raise OriginError("the look at the public URL was broken off: the run is stopping", code=_STOPPED)


class _Overloaded(OriginError):  # noqa: N818 - reads as what happened
    """An answer that may be another one in a moment."""

    def __init__(self, answer: Answer) -> None:
        wait = answer.headers.get("retry-after", "")
        super().__init__("", transient=True, retry_after=float(wait) if wait.isdecimal() else None)
        self.answer = answer


_STOPPED = "origin.stopped"
_UNANSWERED = (UNREACHABLE, _STOPPED, "origin.tls", "origin.protocol")
