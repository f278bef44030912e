"""Asks public URLs, each in one manner at a time, and remembers which origins are dead or failing."""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

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
PROOF, PROOF_SECONDS = 64 * 1024 * 1024, 30.0
"""Bytes, and seconds, up to which a body is read to see that it does not break off."""
SHORT = 256 * 1024
"""Bytes of a body that is read whole: a new connection, for one that was closed, costs more."""
SILENT = 3
"""URLs in a row that gave no answer, after which their host is left alone though it answers others."""


class NotLookedAt(OriginError):  # noqa: N818 - reads as what happened
    """The host is left alone for now, so this URL was not asked for."""


def unanswered(error: OriginError) -> Finding:
    """What kept a URL from answering, as a rule would tell it. A slow host is not a wrong one, and of what
    was not looked at nothing is known.
    """
    unknown = error.code == SLOW or isinstance(error, NotLookedAt)
    severity = Severity.UNKNOWN if unknown else Severity.REJECT
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
        """How the URL answers; `late` where too little of the body came in time. Raises `OriginError`, and
        `Stopped` where the run was stopped before the answer is known.

        Of the body no more than its first `HEAD_SIZE` bytes are read, or all of a short one: unless all of it
        is wanted, where `size` is how long it should be, or a `sample` that its speed can be told from, or
        `proof` that it does not break off. `span` is the first and the last byte of a range. HEAD is asked
        once, and a host that does not answer it is not given up.
        """
        circuit = self._pace.circuit(urlsplit(url).netloc)
        self._expect_awake(url, circuit)
        once = manner is Manner.HEAD or time.monotonic() < self._failing_until
        policy = ONCE if once else self._policy
        limits, begun = _limits(manner, size, sample=sample, proof=proof), time.monotonic()
        try:
            answer = retry(lambda: self._once(manner, url, limits, span), self._pace, policy)
        except OriginError as error:
            if error.transient and self._pace.stopped():  # it would have been asked again
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
        """Raises the error that is due where this URL alone gave no answer, or was not even asked for."""
        if not error.transient:  # the circuit breaker's
            why = hosts_only(error.message)
            raise NotLookedAt(
                f"{bare_url(url)} was not looked at: {why}", code=error.code, hint=error.hint
            ) from error
        if not is_unconnected(error) and self._answers_others(url):
            self._count_silence(waited)
            raise OriginError(error.message, code=INCOMPLETE, hint=_ALONE) from error

    def _count_silence(self, waited: float) -> None:
        """One URL that hangs is cheap to ask, and a thousand are not."""
        if waited < self._pace.patience.answer:
            return
        self._silent += 1
        if self._silent >= SILENT:
            self._silent_until = time.monotonic() + self._rest

    def _expect_awake(self, url: str, circuit: CircuitBreaker) -> None:
        """Raises `NotLookedAt` where its host is left alone."""
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
        """Whether the host answers, whatever it says, so that only this URL is dead."""
        root = f"https://{urlsplit(url).netloc}/"
        if bare_url(url) == root:
            return False
        try:
            self._once(Manner.RANGE, root, _limits(Manner.RANGE, 0), (0, 0))
        except (_Overloaded, BrokenOff):
            pass
        except OriginError:
            return False
        self._pace.circuit(urlsplit(url).netloc).answered()
        return True

    def _once(self, manner: Manner, url: str, limits: _Limits, span: tuple[int, int]) -> Answer:
        head = manner is Manner.HEAD
        circuit = self._pace.circuit(urlsplit(url).netloc)
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
    """An answer that may be another one in a moment."""

    def __init__(self, answer: Answer) -> None:
        wait = answer.headers.get("retry-after", "")
        super().__init__("", transient=True, retry_after=float(wait) if wait.isdecimal() else None)
        self.answer = answer
