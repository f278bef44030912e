"""Requests public URLs (with Range, without, with HEAD), and remembers which origins are down or failing."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import NamedTuple

from syncer.connect.headers import retry_after
from syncer.connect.retry import Policy, retry
from syncer.connect.web.client import (
    PATIENCE_SECONDS,
    Answer,
    BrokenOff,
    TooSlow,
    WebSettings,
    ask,
    http_client,
)
from syncer.connect.web.errors import INCOMPLETE, UNREACHABLE, is_unconnected
from syncer.errors import OriginError
from syncer.model import HEAD_SIZE, Finding, Severity
from syncer.origin.rules import Manner
from syncer.origin.rules.answer import SLOW
from syncer.protocols import CircuitBreaker, Pace, Stopped
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
PROOF, PROOF_SECONDS = 64 * 1024 * 1024, 30.0
"""Bytes and seconds up to which a body is read to see that it does not break off."""
SHORT = 256 * 1024
"""Bytes of a body that is read whole: a new connection in place of a closed one costs more."""
SILENT = 3
"""URLs in a row without an answer; after these, their host gets no request for a while."""


class NotLookedAt(OriginError):  # noqa: N818 - reads as what happened
    """The host gets no request for now, so this URL was not requested."""


def unanswered(error: OriginError) -> Finding:
    """A network error as a finding. A slow host or a URL that was not requested is unknown, not rejected."""
    unknown = error.code == SLOW or isinstance(error, NotLookedAt)
    severity = Severity.UNKNOWN if unknown else Severity.REJECT
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
        self._silent = 0
        self._silent_until = 0.0

    def close(self) -> None:
        self.http.close()

    def ask(  # noqa: PLR0913 - what may be asked of it
        self,
        manner: Manner,
        url: str,
        size: int,
        *,
        sample: bool = False,
        proof: bool = False,
        span: tuple[int, int] = (0, HEAD_SIZE - 1),
    ) -> Answer:
        """The answer of the URL; `late` if too little of the body came in time. Raises `OriginError`, and
        `Stopped` if the run was stopped before the answer was complete.

        Only the first `HEAD_SIZE` bytes of the body are read, or all of a short one, except for a whole body
        (`size` is its expected length), a `sample` to measure the speed, and the `proof` that the body does
        not break off. `span` is the first and the last byte of a range. HEAD has no retry, and its failure
        does not open the circuit breaker.
        """
        circuit = self._pace.circuit(authority(url))
        self._expect_awake(url, circuit)
        once = manner is Manner.HEAD or time.monotonic() < self._failing_until
        policy = ONCE if once else self._policy
        limits, begun = _limits(manner, size, sample=sample, proof=proof), time.monotonic()
        try:
            answer = retry(lambda: self._once(manner, url, limits, span), self._pace, policy)
        except OriginError as error:
            if error.transient and self._pace.stopped():  # a retry was due
                raise Stopped from error
            if isinstance(error, _Overloaded):
                self._failing_until = time.monotonic() + self._rest
                return error.answer
            if error.code == UNREACHABLE and manner is not Manner.HEAD:  # some servers never answer that
                self._blame(error, url, time.monotonic() - begun)
                if manner is not Manner.WHOLE:  # a long body may break off alone
                    circuit.rest(self._rest)
            raise
        self._silent = 0
        return answer

    def _blame(self, error: OriginError, url: str, waited: float) -> None:
        """Raises another error if only this URL gave no answer, or if it was not requested at all."""
        if not error.transient:  # the error of the circuit breaker
            why = hosts_only(error.message)
            raise NotLookedAt(
                f"{bare_url(url)} was not looked at: {why}", code=error.code, hint=error.hint
            ) from error
        if not is_unconnected(error) and self._answers_others(url):
            self._count_silence(waited)
            raise OriginError(error.message, code=INCOMPLETE, hint=_ALONE) from error

    def _count_silence(self, waited: float) -> None:
        """One URL that hangs costs little, and a thousand cost hours."""
        if waited < self._pace.patience.answer:
            return
        self._silent += 1
        if self._silent >= SILENT:
            self._silent_until = time.monotonic() + self._rest

    def _expect_awake(self, url: str, circuit: CircuitBreaker) -> None:
        """Raises `NotLookedAt` while its host gets no request."""
        if circuit.rests:
            last = circuit.last
            raise NotLookedAt(
                f"{bare_url(url)} was not looked at: {hosts_only(circuit.why)}",
                code=SLOW if isinstance(last, TooSlow) else UNREACHABLE,
                hint=last.hint if last else None,
            )
        if time.monotonic() < self._silent_until:
            raise NotLookedAt(
                f"{bare_url(url)} was not looked at: {self._silent} other URLs of its host gave no answer",
                code=UNREACHABLE,
                hint="look at the load and the error log of the web server; then check it again",
            )

    def _answers_others(self, url: str) -> bool:
        """Whether the host answers another URL, with any status."""
        root = f"https://{authority(url)}/"
        if bare_url(url) == root:
            return False
        try:
            self._once(Manner.RANGE, root, _limits(Manner.RANGE, 0), (0, 0))
        except (_Overloaded, BrokenOff):
            pass
        except OriginError:
            return False
        self._pace.circuit(authority(url)).answered()
        return True

    def _once(self, manner: Manner, url: str, limits: _Limits, span: tuple[int, int]) -> Answer:
        head = manner is Manner.HEAD
        circuit = self._pace.circuit(authority(url))
        try:
            with nullcontext() if head else circuit.asking(OriginError, "unreachable"):
                answer = ask(
                    self.http,
                    url,
                    method="HEAD" if head else "GET",
                    headers={"Range": f"bytes={span[0]}-{span[1]}"} if manner is Manner.RANGE else None,
                    limit=limits.size,
                    short=SHORT if manner is Manner.PLAIN else 0,
                    patience=limits.patience,
                    enough=limits.seconds,
                    meter=self._meter if limits.is_long else self._pace.take,
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


class _Limits(NamedTuple):
    """How much of a body is read."""

    size: int
    seconds: float
    """After which no more of it is read."""
    patience: float
    """Seconds that it may take."""

    @property
    def is_long(self) -> bool:
        """Whether it may take so long that a stop must not wait for it."""
        return self.size > HEAD_SIZE or self.patience > PATIENCE_SECONDS


def _limits(manner: Manner, size: int, *, sample: bool = False, proof: bool = False) -> _Limits:
    if manner is Manner.WHOLE:
        return _Limits(size + 1, math.inf, PULL_SECONDS)
    if proof:
        return _Limits(PROOF, PROOF_SECONDS, PATIENCE_SECONDS)
    if sample:
        return _Limits(SAMPLE, SAMPLE_SECONDS, PATIENCE_SECONDS)
    return _Limits(HEAD_SIZE, math.inf, PATIENCE_SECONDS)


_ALONE = "its host answers, so look at this file, and at the web server's error log"


class _Overloaded(OriginError):  # noqa: N818 - reads as what happened
    """An error status that may pass, with its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("", transient=True, retry_after=retry_after(answer.headers))
        self.answer = answer
