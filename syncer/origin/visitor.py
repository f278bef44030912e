"""Visits a URL as a platform would, and collects everything that can be seen of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from syncer.connect.web.client import Answer, WebSettings, certificate_end, host_addresses
from syncer.connect.web.errors import INCOMPLETE
from syncer.connect.web.reader import read_from
from syncer.errors import OriginError, SourceError
from syncer.model import HEAD_SIZE, Content, Facts, Finding, Severity
from syncer.origin.http import PULL_SECONDS, Asker, unanswered
from syncer.origin.rules import Look, Manner
from syncer.origin.rules.answer import in_its_place, judge_refused
from syncer.origin.rules.later import Later, later_span
from syncer.origin.rules.visit import Visit, unreachable
from syncer.probe.media_types import sniff
from syncer.probe.prober import Prober
from syncer.protocols import Pace, Reader
from syncer.urls.canonical import bare_url, tcp_address

LARGE, LONG = 1024 * 1024, 0.5
"""Bytes or seconds from which on a sample's rate is reliable."""
SUSPECT = 10
"""A URL's own rate is measured if, at the rate of its head, it takes over 1/10 of the longest pull."""

QUICK = 1.0
"""Seconds: a request that fails sooner is cheap enough to be asked of each URL."""


@dataclass(slots=True)
class _Host:
    """Facts of a host, learned once for all its URLs."""

    addresses: tuple[str, ...] = ()
    certificate_end: datetime | None = None
    error: Finding | None = None
    rate: float | None = None
    is_headless: bool = False
    """Whether HEAD got no answer and is not sent again, because each time may cost a timeout."""


class Visitor:
    """One per worker. Its creator closes it."""

    def __init__(self, web: WebSettings, pace: Pace) -> None:
        self._web = web
        self._pace = pace
        self.private = bool(web.ca or web.connect_to)
        """Whether it is for a private test origin, which no platform needs to reach."""
        self._asker = Asker(web, pace)
        self._prober = Prober(pace=pace)
        self._hosts: dict[tuple[str, int], _Host] = {}

    def close(self) -> None:
        self._asker.close()
        self._prober.close()

    def visit(self, url: str, stored: Content | None = None, *, proof: bool = False) -> Visit:
        """`stored` is the expected content, if known: its facts are not read again. With `proof`, a plain GET
        is read on to see that the body does not break off. Raises `Stopped`.
        """
        host = self._host(url)
        visit = Visit(
            url,
            datetime.now(UTC),
            private=self.private,
            addresses=host.addresses,
            certificate_end=host.certificate_end,
            error=host.error,
            content=stored,
            size=stored.size if stored else None,
        )
        if host.error or (unreachable(host.addresses) and not self.private):
            return visit
        looks: list[Look] = []
        try:
            visit = self._look(visit, stored, host, looks, proof=proof)
            visit = self._beside(visit, looks, host)
        except OriginError as error:
            visit = replace(visit, error=unanswered(error))
        if not looks:
            return visit
        told = looks[-1]
        rate = next(_rates(looks), None)
        host.rate = host.rate or rate
        visit = replace(
            visit,
            looks=tuple(looks),
            content=told.content,
            size=visit.size or (None if in_its_place(looks[0]) else looks[0].total),
            rate=rate or host.rate,
        )
        if not visit.answered or told.content.facts != Facts():
            return visit
        seen = next(look for look in looks if look.content == told.content)
        return replace(visit, size=seen.total, content=replace(told.content, facts=self._facts(seen)))

    # The host

    def _host(self, url: str) -> _Host:
        name, port = tcp_address(url)
        if (name, port) not in self._hosts:
            self._hosts[name, port] = self._reached(name, port)
        return self._hosts[name, port]

    def _reached(self, name: str, port: int) -> _Host:
        host = _Host()
        try:
            if not self._web.connect_to:
                host.addresses = host_addresses(name, port, f"https://{name}/", self._pace)
            if self.private or not unreachable(host.addresses):
                host.certificate_end = certificate_end(self._web, name, port, self._pace)
        except OriginError as error:
            host.error = unanswered(error)
        return host

    # The answers

    def _look(
        self, visit: Visit, stored: Content | None, host: _Host, looks: list[Look], *, proof: bool
    ) -> Visit:
        """Asks for a range first, as it costs least; then a plain GET, if the range was the file or was
        refused. The visit gets why the plain GET got no whole answer, or the range none.

        Appends to `looks`, so that they are kept if a later request raises.
        """
        url = visit.url
        manner = Manner.RANGE if stored is None or stored.size else Manner.PLAIN
        answer = self._asker.ask(manner, url, 0)
        if manner is Manner.RANGE and answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            plain = self._asker.ask(Manner.PLAIN, url, 0, sample=host.rate is None, proof=proof)
            looks.append(_first(Manner.PLAIN, url, stored, plain))
            return replace(visit, ranges=judge_refused(looks[-1], answer))
        first = _first(manner, url, stored, answer)
        looks.append(first)
        if in_its_place(first) or answer.late or manner is Manner.PLAIN:
            return visit
        sample = host.rate is None or _is_suspect(first, host)
        try:
            plain = self._asker.ask(Manner.PLAIN, url, 0, sample=sample, proof=proof)
        except OriginError as error:
            if error.code != INCOMPLETE:
                raise
            return replace(visit, plain=(unanswered(error),))
        known = answer.start if first.content.head_sha256 == hashlib.sha256(answer.start).hexdigest() else b""
        if stored is None and first.total is None:  # it is nothing to compare with
            first = _first(Manner.PLAIN, url, None, plain)
        looks.append(replace(first, manner=Manner.PLAIN, answer=plain, known=known))
        return visit

    def _beside(self, visit: Visit, looks: list[Look], host: _Host) -> Visit:
        """Asks for a later range and HEAD. A host that did not answer HEAD once gets no more HEAD."""
        told = looks[-1]
        if in_its_place(looks[0]) or looks[0].answer.late:
            return visit
        later = self._later(looks[0], looks[0].total or told.total or 0)
        if host.is_headless:
            return replace(visit, later=later, head=(_unasked(told.url),))
        begun = time.monotonic()
        try:
            head = self._asker.ask(Manner.HEAD, told.url, 0)
        except OriginError as error:
            quick = min(QUICK, self._pace.patience.answer / 2)
            host.is_headless = time.monotonic() - begun >= quick
            return replace(visit, later=later, head=(unanswered(error),))
        looks.append(replace(told, manner=Manner.HEAD, answer=head))
        return replace(visit, later=later)

    def _later(self, first: Look, total: int) -> Later | None:
        """`None` if the first range was not served."""
        ranged = first.manner is Manner.RANGE and first.answer.status == HTTPStatus.PARTIAL_CONTENT
        if not ranged or not first.is_start or total < 2:  # noqa: PLR2004 - a file of one byte has no later range
            return None
        span = later_span(total)
        return Later(first, total, span[0], self._asker.ask(Manner.RANGE, first.url, 0, span=span))

    def _facts(self, look: Look) -> Facts:
        answer = look.answer
        etag = answer.headers.get("etag")

        @contextmanager
        def reopen(start: int) -> Iterator[Reader]:
            with read_from(self._asker.http, look.url, start, look.total, etag) as reader:
                yield reader

        try:
            return self._prober.probe(answer.start, look.total, look.content.media_type, reopen)
        except (OriginError, SourceError) as error:  # the second, where it is shorter than it said
            return Facts(unread=error.message)


def _unasked(url: str) -> Finding:
    return Finding(
        "origin.unreachable",
        Severity.WARN,
        f"{bare_url(url)} was not looked at: its host gave no answer to HEAD at another URL",
        hint="let the web server answer HEAD as it answers GET",
    )


def _rates(looks: list[Look]) -> Iterator[float]:
    """Rates of samples that are long enough, in bytes a second; of a whole body by the time that it took."""
    for look in looks:
        answer = look.answer
        sampled = look.manner is Manner.PLAIN and answer.size >= HEAD_SIZE
        if not answer.late and not (sampled and (answer.size >= LARGE or answer.took >= LONG)):
            continue
        if look.total == answer.size and answer.took:
            yield answer.size / answer.took
        elif answer.rate is not None:
            yield answer.rate


def _is_suspect(first: Look, host: _Host) -> bool:
    """Whether the URL may be too slow, so that its own rate is measured: hosts have fast and slow files."""
    rate, total = first.answer.rate, first.total
    if total is None or rate is None:
        return False
    return total * SUSPECT > rate * PULL_SECONDS or (
        host.rate is not None and total > host.rate * PULL_SECONDS
    )


def _first(manner: Manner, url: str, stored: Content | None, answer: Answer) -> Look:
    if stored is not None:
        return Look(manner, url, stored, answer)
    name = unquote(urlsplit(url).path)
    head = hashlib.sha256(answer.start).hexdigest()
    content = Content(0, "", head, sniff(answer.start, name))
    look = Look(manner, url, content, answer, stored=False)
    return replace(look, content=replace(content, size=look.total or 0))
