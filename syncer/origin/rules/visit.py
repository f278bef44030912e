"""A visit of a public URL, and one small function for each rule on it. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from syncer.model import Content, Finding, Severity
from syncer.origin.rules.answer import (
    Look,
    Manner,
    beyond,
    in_its_place,
    judge_answer,
    judge_whole,
    otherwise,
)
from syncer.origin.rules.later import Later, judge_later
from syncer.preflight.limit import Limits
from syncer.preflight.rule import Rule, Verdict, findings
from syncer.settings.spelling import counted
from syncer.urls.canonical import bare_url

REJECT, WARN = Severity.REJECT, Severity.WARN


@dataclass(frozen=True, slots=True)
class Visit:
    """What was seen of a URL and its host. `None` or empty if the visit did not get so far."""

    url: str
    at: datetime
    private: bool = False
    """Whether it is a private test origin, which no platform needs to reach."""
    addresses: tuple[str, ...] = ()
    """Addresses of its host in DNS."""
    certificate_end: datetime | None = None
    error: Finding | None = None
    """The error that ended the visit early."""
    looks: tuple[Look, ...] = ()
    later: Later | None = None
    """The look at a later range."""
    plain: tuple[Finding, ...] = ()
    """Why a plain GET got no whole answer, though a range got one."""
    ranges: tuple[Finding, ...] = ()
    """Why a range was refused, though a plain GET got the file."""
    head: tuple[Finding, ...] = ()
    """Why HEAD got no answer."""
    content: Content | None = None
    """The served content, as far as known."""
    size: int | None = None
    """Total bytes that it serves, if known."""
    rate: float | None = None
    """Speed of the host in bytes a second."""

    @property
    def answered(self) -> bool:
        """Whether the answer looks like the file, and enough bytes came to compare."""
        seen = self.error is None and bool(self.looks) and not in_its_place(self.looks[0])
        return seen and not self.looks[0].short

    @property
    def read(self) -> int | None:
        """Bytes of the body that were read, by a plain GET if it was answered; `None` without an answer."""
        if not self.answered:
            return None
        bodies = [look.answer for look in self.looks if look.manner is not Manner.HEAD]
        plain = [look.answer for look in self.looks if look.manner is Manner.PLAIN]
        return max(answer.size for answer in plain or bodies)

    @property
    def read_whole(self) -> bool:
        """Whether a plain GET got an answer that was read to its end."""
        return self.answered and not self.partly

    @property
    def partly(self) -> bool:
        """Whether the body was not read to its end, so that it is unknown whether all of it comes."""
        plain = [look.answer for look in self.looks if look.manner is Manner.PLAIN]
        return self.answered and not any(answer.whole for answer in plain)

    @property
    def latency(self) -> float | None:
        """Seconds until the first answer."""
        return self.looks[0].answer.waited if self.looks else None


@dataclass(frozen=True, slots=True)
class Visited:
    """The subject of the rules."""

    visit: Visit
    limits: Limits

    @property
    def where(self) -> str:
        return bare_url(self.visit.url)


def judge_visit(visit: Visit, limits: Limits) -> tuple[Finding, ...]:
    """The findings, in the order in which a visitor meets them."""
    on_the_way = findings(RULES, Visited(visit, limits))
    ended = (visit.error,) if visit.error else ()
    return on_the_way + ended + _answers(visit)


def _answers(visit: Visit) -> tuple[Finding, ...]:
    """Findings of the first answer, and of the others if the first one is the file."""
    told = {look.manner: judge_answer(look) for look in visit.looks}
    first = told.pop(visit.looks[0].manner) if visit.looks else ()
    later = judge_later(visit.later) if visit.later else ()
    plain = told.get(Manner.PLAIN, ()) + visit.plain + _unlike_head(visit)
    head = told.get(Manner.HEAD, ()) + visit.head
    whole = tuple(each for look in visit.looks if look.manner is Manner.PLAIN for each in judge_whole(look))
    return (
        first
        + visit.ranges
        + later
        + whole
        + otherwise(
            beyond(plain, first),
            beyond(head, first),
        )
    )


def _unlike_head(visit: Visit) -> tuple[Finding, ...]:
    """Of a body whose length only HEAD tells: whether it ended elsewhere."""
    looks = {look.manner: look for look in visit.looks}
    plain, head = looks.get(Manner.PLAIN), looks.get(Manner.HEAD)
    if plain is None or head is None or plain.stored or in_its_place(head) or not head.answer.length:
        return ()
    told = plain.answer.length is not None or visit.looks[0].is_part
    if told or plain.counted is None:
        return ()
    return judge_answer(replace(plain, content=replace(plain.content, size=head.answer.length)))


def unreachable(addresses: tuple[str, ...]) -> list[str]:
    """The addresses that are not public. `is_global` ignores the scope of an IPv6 address (`%`)."""
    return [each for each in addresses if "%" in each or not ipaddress.ip_address(each).is_global]


def _private(visited: Visited) -> Verdict | None:
    inside = unreachable(visited.visit.addresses)
    if not inside or visited.visit.private:
        return None
    return Verdict(
        REJECT,
        f"{visited.where}: DNS says {', '.join(inside)}, which nobody outside your network can reach",
        "a public address",
        inside[0],
        "set the server's public address in DNS; for a private test origin, use --connect-to or --ca",
    )


def _certificate(visited: Visited) -> Verdict | None:
    end, limit = visited.visit.certificate_end, visited.limits.certificate_days.value
    if end is None or (left := (end - visited.visit.at).days) >= limit:
        return None
    return Verdict(
        WARN,
        f"{visited.where}: the certificate expires in {counted(left, 'day')}, on {end:%Y-%m-%d}",
        f"{limit} days",
        counted(left, "day"),
        "renew it, and make sure that renewal is automatic",
    )


def _latency(visited: Visited) -> Verdict | None:
    latency, limit = visited.visit.latency, visited.limits.latency_seconds.value
    if latency is None or latency <= limit:
        return None
    return Verdict(
        WARN,
        f"{visited.where}: the first byte came after {latency:.1f} s",
        f"{limit} s",
        f"{latency:.1f} s",
        "platforms often give up on a server that sleeps: keep it awake, or mirror the file",
    )


def _rate(visited: Visited) -> Verdict | None:
    rate, size, limit = visited.visit.rate, visited.visit.size, visited.limits.pull_seconds.value
    if rate is None or size is None or size <= rate * limit:
        return None
    if not rate:
        return Verdict(
            WARN,
            f"{visited.where}: it began to answer, then no more bytes came, as seen from here",
            f"{limit} s",
            "0 bytes a second",
            "look at the load and the log of the web server, or serve the file from a faster line or a CDN",
        )
    needed = size / rate
    return Verdict(
        WARN,
        f"{visited.where}: at {rate * 8 / 1e6:.2g} Mbit/s, as seen from here, {size} bytes take"
        f" {needed / 60:.0f} minutes, and a pull ends after {limit // 60}",
        f"{limit} s",
        f"{needed:.0f} s, at {rate:.0f} bytes a second",
        "serve the file from a faster line or a CDN, or make it smaller",
    )


def _ended(_visited: Visited) -> None:
    """The finding is in `Visit.error`."""


def _rule(name: str, about: str, tell: Callable[[Visited], Verdict | None], *limits: str) -> Rule[Visited]:
    return Rule(f"origin.{name}", about, tell, limits)


RULES: tuple[Rule[Visited], ...] = (
    _rule("private", "DNS leads to a private, loopback or otherwise unreachable address", _private),
    _rule("certificate", "the certificate expires soon", _certificate, "certificate_days"),
    _rule("latency", "the first byte comes late", _latency, "latency_seconds"),
    _rule("rate", "the host is so slow that the pull would not end in time", _rate, "pull_seconds"),
)

ERRORS: tuple[Rule[Visited], ...] = (
    _rule("unreachable", "no address in DNS, no connection, or no answer in time", _ended),
    _rule("incomplete", "the answer breaks off, or none comes, though the host answers others", _ended),
    _rule("tls", "the certificate does not verify, or TLS fails", _ended),
    _rule("protocol", "the host answers, but not as a web server", _ended),
)
"""Errors of the network, each with an id of its own: they end the visit."""
