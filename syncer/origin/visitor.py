"""Visits a URL as a platform would, and collects everything that can be seen of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from syncer.connect.web.client import Answer, WebSettings, certificate_end, host_addresses
from syncer.connect.web.reader import read_from
from syncer.errors import OriginError
from syncer.model import HEAD_SIZE, Content, Facts, Finding
from syncer.origin.http import PULL_SECONDS, Asker, unanswered
from syncer.origin.rules import Look, Manner
from syncer.origin.rules.answer import in_its_place
from syncer.origin.rules.later import Later, later_span
from syncer.origin.rules.visit import Visit, unreachable
from syncer.probe import Prober
from syncer.probe.media_types import sniff
from syncer.protocols import Pace, Reader
from syncer.urls.canonical import tcp_address

LARGE, LONG = 1024 * 1024, 0.5
"""Bytes or seconds from which on a sample's rate is reliable."""
SUSPECT = 10
"""A URL's own rate is measured if, at the rate of its head, it takes over 1/10 of the longest pull."""


@dataclass(slots=True)
class _Host:
    """Facts of a host, learned once for all its URLs."""

    addresses: tuple[str, ...] = ()
    certificate_end: datetime | None = None
    error: Finding | None = None
    rate: float | None = None
    head: Finding | None = None
    """Why HEAD got no answer."""


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

    def visit(self, url: str, stored: Content | None = None) -> Visit:
        """`stored` is the expected content, if known: its facts are not read again. Raises `Stopped`."""
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
            self._look(url, stored, host, looks)
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

    def _look(self, url: str, stored: Content | None, host: _Host, looks: list[Look]) -> None:
        """Asks for a range first, as it costs least; then a plain GET, if the range was the file.

        Appends to `looks`, so that they are kept if a later request raises.
        """
        manner = Manner.RANGE if stored is None or stored.size else Manner.PLAIN
        answer = self._asker.ask(manner, url, 0)
        if stored is None and answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            manner = Manner.PLAIN  # an empty file has no ranges
            answer = self._asker.ask(manner, url, 0)
        first = _first(manner, url, stored, answer)
        looks.append(first)
        if in_its_place(first) or answer.late:
            return
        if manner is Manner.RANGE:
            sample = host.rate is None or _is_suspect(first, host)
            plain = self._asker.ask(Manner.PLAIN, url, 0, sample=sample)
            if stored is None and first.total is None:  # it is nothing to compare with
                first = _first(Manner.PLAIN, url, None, plain)
            looks.append(replace(first, manner=Manner.PLAIN, answer=plain))

    def _beside(self, visit: Visit, looks: list[Look], host: _Host) -> Visit:
        """Asks for a later range and HEAD. A host that did not answer HEAD once gets no more HEAD."""
        told = looks[-1]
        if in_its_place(looks[0]) or looks[0].answer.late:
            return visit
        later = self._later(looks[0])
        if host.head is None:
            try:
                head = self._asker.ask(Manner.HEAD, told.url, 0)
            except OriginError as error:
                host.head = unanswered(error)
            else:
                looks.append(replace(told, manner=Manner.HEAD, answer=head))
        return replace(visit, later=later, head=(host.head,) if host.head else ())

    def _later(self, first: Look) -> Later | None:
        """`None` if the first range was not served."""
        ranged = first.manner is Manner.RANGE and first.answer.status == HTTPStatus.PARTIAL_CONTENT
        if not ranged or (first.total or 0) < 2:  # noqa: PLR2004 - a file of one byte has no later range
            return None
        span = later_span(first.total or 0)
        return Later(first, span[0], self._asker.ask(Manner.RANGE, first.url, 0, span=span))

    def _facts(self, look: Look) -> Facts:
        answer = look.answer
        etag = answer.headers.get("etag")

        @contextmanager
        def reopen(start: int) -> Iterator[Reader]:
            with read_from(self._asker.http, look.url, start, look.total, etag) as reader:
                yield reader

        try:
            return self._prober.probe(answer.start, look.total, look.content.media_type, reopen)
        except OriginError as error:
            return Facts(unread=error.message)


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
