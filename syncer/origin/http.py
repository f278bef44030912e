"""Asks public URLs, each in one manner at a time, and remembers which origins are dead or failing."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from dataclasses import replace
from urllib.parse import urlsplit

from syncer.connect.headers import retry_after
from syncer.connect.retry import Policy, retry
from syncer.connect.web.client import PATIENCE_SECONDS, Answer, TooSlow, WebSettings, ask, http_client
from syncer.connect.web.errors import UNREACHABLE
from syncer.errors import OriginError
from syncer.model import HEAD_SIZE, Finding, Severity
from syncer.origin.rules import Manner
from syncer.origin.rules.answer import SLOW
from syncer.protocols import Pace, Stopped
from syncer.urls.canonical import bare_url, hosts_only

POLICY = Policy(attempts=3, first_wait=0.5, longest_wait=2.0, total=5.0)
"""At most: what is not seen now is looked at again in the next run."""
ONCE = Policy(attempts=1)
REST = 0.5
"""Of `give_up`: so long an unreachable origin is left alone, and one that fails is asked once for each URL.
A dead origin must not cost minutes when there are thousands of assets.
"""
PULL_SECONDS = 3600.0
"""How long a whole body may take; the platform's own limit."""
SAMPLE, SAMPLE_SECONDS = 4 * 1024 * 1024, 5.0
"""Bytes, and seconds, after which a speed can be told."""


def unanswered(error: OriginError) -> Finding:
    """What kept a URL from answering, as a rule would tell it. A slow host is not a wrong one."""
    severity = Severity.UNKNOWN if error.code == SLOW else Severity.REJECT
    return Finding(error.code, severity, error.message, hint=error.hint)


class Asker:
    """One per worker; closed by whoever made it."""

    def __init__(self, web: WebSettings, pace: Pace) -> None:
        self.http = http_client(web, pace)
        self._pace = pace
        self._rest = REST * pace.patience.give_up
        retry = pace.patience.retry
        self._policy = replace(
            POLICY,
            attempts=min(POLICY.attempts, retry.attempts),
            first_wait=min(POLICY.first_wait, retry.first_wait),
        )
        self._failing_until = 0.0

    def close(self) -> None:
        self.http.close()

    def ask(
        self,
        manner: Manner,
        url: str,
        size: int,
        *,
        sample: bool = False,
        span: tuple[int, int] = (0, HEAD_SIZE - 1),
    ) -> Answer:
        """How the URL answers; `late` where too little of the body came in time. Raises `OriginError`, and
        `Stopped` where the run was stopped before the answer is known.

        Of the body no more than its first `HEAD_SIZE` bytes are read: unless all of it is wanted, where
        `size` is how long it should be, or a `sample` that its speed can be told from. `span` is the first
        and the last byte of a range. HEAD is asked once, and a host that does not answer it is not given up.
        """
        circuit = self._pace.circuit(urlsplit(url).netloc)
        if circuit.rests:
            last = circuit.last
            raise OriginError(
                f"{bare_url(url)} was not looked at: {hosts_only(circuit.why)}",
                code=SLOW if isinstance(last, TooSlow) else UNREACHABLE,
                hint=last.hint if last else None,
            )
        once = manner is Manner.HEAD or time.monotonic() < self._failing_until
        policy = ONCE if once else self._policy
        try:
            return retry(lambda: self._once(manner, url, size, sample, span), self._pace, policy)
        except OriginError as error:
            if error.transient and self._pace.stopped():  # it would have been asked again
                raise Stopped from error
            if isinstance(error, _Overloaded):
                self._failing_until = time.monotonic() + self._rest
                return error.answer
            # A long body may break off alone, and some servers never answer HEAD.
            if error.code == UNREACHABLE and manner not in (Manner.WHOLE, Manner.HEAD):
                circuit.rest(self._rest)
            raise

    def _once(
        self,
        manner: Manner,
        url: str,
        size: int,
        sample: bool,  # noqa: FBT001 - as `ask` was given it
        span: tuple[int, int],
    ) -> Answer:
        whole, head = manner is Manner.WHOLE, manner is Manner.HEAD
        circuit = self._pace.circuit(urlsplit(url).netloc)
        try:
            with nullcontext() if head else circuit.asking(OriginError, "unreachable"):
                answer = ask(
                    self.http,
                    url,
                    method="HEAD" if head else "GET",
                    headers={"Range": f"bytes={span[0]}-{span[1]}"} if manner is Manner.RANGE else None,
                    limit=size + 1 if whole else SAMPLE if sample else HEAD_SIZE,
                    patience=PULL_SECONDS if whole else PATIENCE_SECONDS,
                    enough=SAMPLE_SECONDS if sample else math.inf,
                    meter=self._meter if whole or sample else self._pace.take,
                )
        except TooSlow as error:  # asking again would take as long
            if self._pace.stopped():
                raise Stopped from error
            return error.answer
        if answer.fails and not head:
            raise _Overloaded(answer)
        return answer

    def _meter(self, size: int) -> None:
        self._pace.take(size)
        if self._pace.stopped():
            raise Stopped


class _Overloaded(OriginError):  # noqa: N818 - reads as what happened
    """An answer that may be another one in a moment."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("", transient=True, retry_after=retry_after(answer.headers))
        self.answer = answer
