"""Requests public URLs (with Range, without, with HEAD), and remembers which origins are down or failing."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from dataclasses import replace

from syncer.connect.headers import retry_after
from syncer.connect.retry import Policy, retry
from syncer.connect.web.client import PATIENCE_SECONDS, Answer, TooSlow, WebSettings, ask, http_client
from syncer.connect.web.errors import UNREACHABLE
from syncer.errors import OriginError
from syncer.model import HEAD_SIZE, Finding, Severity
from syncer.origin.rules import Manner
from syncer.origin.rules.answer import SLOW
from syncer.protocols import Pace, Stopped
from syncer.urls.canonical import authority, bare_url, hosts_only

POLICY = Policy(attempts=3, first_wait=0.5, longest_wait=2.0, total=5.0)
"""Upper limits: the next run looks again at a URL that was not seen."""
ONCE = Policy(attempts=1)
REST = 0.5
"""Share of `give_up`: for this time, an unreachable origin gets no request, and a failing one no retry.
A dead origin must not cost minutes if there are thousands of assets.
"""
PULL_SECONDS = 3600.0
"""Longest time for a whole body: the platform's own limit."""
SAMPLE, SAMPLE_SECONDS = 4 * 1024 * 1024, 5.0
"""Bytes and seconds that are enough to measure a speed."""


def unanswered(error: OriginError) -> Finding:
    """A network error as a finding. A slow host is unknown, not rejected."""
    severity = Severity.UNKNOWN if error.code == SLOW else Severity.REJECT
    return Finding(error.code, severity, error.message, hint=error.hint)


class Asker:
    """One per worker. Its creator closes it."""

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
        """The answer of the URL; `late` if too little of the body came in time. Raises `OriginError`, and
        `Stopped` if the run was stopped before the answer was complete.

        Only the first `HEAD_SIZE` bytes of the body are read, except for a whole body (`size` is its expected
        length) or a `sample` to measure the speed. `span` is the first and the last byte of a range. HEAD has
        no retry, and its failure does not open the circuit breaker.
        """
        circuit = self._pace.circuit(authority(url))
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
            if error.transient and self._pace.stopped():  # a retry was due
                raise Stopped from error
            if isinstance(error, _Overloaded):
                self._failing_until = time.monotonic() + self._rest
                return error.answer
            # A long body may break off by itself, and some servers never answer HEAD.
            if error.code == UNREACHABLE and manner not in (Manner.WHOLE, Manner.HEAD):
                circuit.rest(self._rest)
            raise

    def _once(
        self,
        manner: Manner,
        url: str,
        size: int,
        sample: bool,  # noqa: FBT001 - passed on from `ask`
        span: tuple[int, int],
    ) -> Answer:
        whole, head = manner is Manner.WHOLE, manner is Manner.HEAD
        circuit = self._pace.circuit(authority(url))
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
        except TooSlow as error:  # a retry would be as slow
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
    """An error status that may pass, with its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("", transient=True, retry_after=retry_after(answer.headers))
        self.answer = answer
