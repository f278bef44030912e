"""The TXT record: proves a domain by standing at that very name, as the portal gave it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncer.connect.dns import SYSTEM, DnsRecords, DnsSettings, text_by_server, txt_records, zone
from syncer.errors import OriginError, OwnershipError
from syncer.protocols import Pace
from syncer.settings.terminal import shorten

PREFIX = "tiktok-developers-site-verification="

_KNOWN = re.compile(re.escape(PREFIX) + "[A-Za-z0-9_-]+")
_QUOTES = "\"'“”„"
_LONGEST = 120


class RecordStatus(StrEnum):
    FOUND = "found"
    """The record, as it should be."""
    UNSURE = "unsure"
    """One that may be right: nobody told which one the portal showed."""
    PROPAGATING = "propagating"
    """Some of DNS has it already."""
    WRONG = "wrong"
    """Another one, or in another place."""
    MISSING = "missing"


_CODES = {
    RecordStatus.UNSURE: "ownership.txt_unsure",
    RecordStatus.PROPAGATING: "ownership.txt_propagating",
    RecordStatus.WRONG: "ownership.txt_wrong",
    RecordStatus.MISSING: "ownership.txt_missing",
}


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    standing: RecordStatus
    message: str
    hint: str | None = None
    related: tuple[str, ...] = ()
    """The platform's records that stand at the name."""

    def trouble(self) -> OwnershipError | None:
        if self.standing is RecordStatus.FOUND:
            return None
        comes = self.standing in (RecordStatus.MISSING, RecordStatus.PROPAGATING)
        return OwnershipError(self.message, code=_CODES[self.standing], hint=self.hint, transient=comes)


@dataclass(frozen=True, slots=True)
class Seen:
    """What DNS says, so that judging it is pure."""

    held: DnsRecords
    servers: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """The zone's own name servers, as far as they were asked."""
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What stands at names where the record is put by mistake."""


@dataclass(frozen=True, slots=True)
class DomainRecord:
    """An `OwnershipProof`."""

    domain: str
    expected: str | None = None
    """The value that the portal showed, if we were told."""
    dns: DnsSettings = SYSTEM

    @property
    def value(self) -> str:
        """For messages."""
        return self.expected or f"{PREFIX}… (as the portal shows it)"

    def warnings(self) -> list[str]:
        """What does not look like the records that the platform is known to give. It may still be right."""
        if self.expected is None or _KNOWN.fullmatch(self.expected):
            return []
        return [f"origin.txt_record is not of the known form {PREFIX}TOKEN: is it what the portal shows?"]

    def steps(self) -> list[str]:
        told = "put the TXT record shown there into origin.txt_record, so that syncer can look for it"
        if self.expected:
            told = f"if the TXT record shown there is not {self.expected}, put it into origin.txt_record"
        where = f"a record of the type TXT for {self.domain} itself, with the value {self.value}"
        return [
            "at developers.tiktok.com, open the app (Production and Sandbox differ) and its URL properties",
            f"add a property of the type domain, exactly {self.domain}",
            told,
            f"at your DNS provider, have {where}, no quotes; many forms want the name without the zone, or @",
            "click Verify",
            "leave the record in place for ever",
        ]

    def check(self, pace: Pace | None = None) -> None:
        """What the resolver says is enough; the zone's own name servers are asked only if it says no."""
        del pace  # `dns` has the patience
        if trouble := self.look().trouble():
            raise trouble

    def look(self, *, everywhere: bool = False) -> RecordVerdict:
        """`everywhere`: each of the zone's name servers has to have it.

        Raises `OwnershipError` with the code `ownership.dns` if DNS gives no answer.
        """
        try:
            held = txt_records(self.domain, self.dns)
        except OriginError as error:
            raise OwnershipError(
                error.message, code="ownership.dns", hint=error.hint, transient=error.transient
            ) from None
        if self.right(held.values) and not everywhere:
            return judge_record(self, Seen(held))
        return judge_record(self, self._closer(held))

    def right(self, values: tuple[str, ...] | None) -> list[str]:
        """Those that are, or may be, the record."""
        return [each for each in values or () if each == self.expected or self._may_be(each)]

    def _may_be(self, value: str) -> bool:
        return self.expected is None and bool(_KNOWN.fullmatch(value))

    def _closer(self, held: DnsRecords) -> Seen:
        """With the zone's own name servers, and the places where such records are put by mistake."""
        try:
            lies_in = zone(held.name, self.dns)
        except OriginError:
            return Seen(held, elsewhere=self._elsewhere(self.domain))
        servers = text_by_server(held.name, lies_in, self.dns)
        if self.right(held.values) or any(map(self.right, servers.values())):
            return Seen(held, servers)
        return Seen(held, servers, self._elsewhere(lies_in.name))

    def _elsewhere(self, apex: str) -> dict[str, tuple[str, ...]]:
        names = {f"www.{self.domain}", f"_dnsauth.{self.domain}", f"{self.domain}.{apex}"}
        if self.expected:  # else it may well be the record of another property
            names.add(apex)
        return {name: values for name in sorted(names - {self.domain}) if (values := self._there(name))}

    def _there(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(self.right(txt_records(name, self.dns).values))
        except OriginError:
            return ()


def judge_record(record: DomainRecord, seen: Seen) -> RecordVerdict:
    tellers = (_on_its_way, _outdated, _right, _mistaken, _misplaced)
    return next(filter(None, (tell(record, seen) for tell in tellers)), None) or _missing(record, seen)


def _on_its_way(record: DomainRecord, seen: Seen) -> RecordVerdict | None:
    have, lack = _split(record, seen)
    here = bool(record.right(seen.held.values))
    if not have or (here and not lack):
        return None
    late = [*([] if here else ["the DNS server asked"]), *lack]
    return _verdict(
        RecordStatus.PROPAGATING,
        seen,
        f"the TXT record of {record.domain} is on its way: {_listed(have)} {_has(have)} it, {_listed(late)} "
        f"{_has(late)} not",
        "wait, mostly minutes and at times hours, before you click Verify",
    )


def _split(record: DomainRecord, seen: Seen) -> tuple[list[str], list[str]]:
    """The zone's name servers that have the record, and those that answer without it."""
    have: list[str] = []
    lack: list[str] = []
    for server, values in seen.servers.items():
        if values is not None:
            (have if record.right(values) else lack).append(server)
    return have, lack


def _outdated(record: DomainRecord, seen: Seen) -> RecordVerdict | None:
    """The resolver remembers a record that was removed, or shows this network what no other one sees."""
    have, lack = _split(record, seen)
    if have or not lack or not record.right(seen.held.values):
        return None
    return _verdict(
        RecordStatus.MISSING,
        seen,
        f"{_listed(lack)} {_has(lack)} no TXT record of {record.domain}; the DNS server asked has one: an "
        "old one that it remembers, or one of its own",
        f"at your DNS provider, add {_wanted(record)}; if it stands there, only some networks see it",
    )


def _right(record: DomainRecord, seen: Seen) -> RecordVerdict | None:
    right = record.right(seen.held.values)
    if not right:
        return None
    if record.expected:
        others = len(_related(seen)) - 1
        beside = f", beside {others} of other properties or apps, which is fine" if others > 0 else ""
        return _verdict(
            RecordStatus.FOUND, seen, f"{record.domain}{_alias(record, seen)} has the TXT record{beside}"
        )
    many = "a TXT record" if len(right) == 1 else f"{len(right)} TXT records"
    unsure = "but it may be another's" if len(right) == 1 else "any of which may be it"
    return _verdict(
        RecordStatus.UNSURE,
        seen,
        f"{record.domain} has {many} of the right form, {_shown(*right)}, {unsure}",
        "set origin.txt_record to the value that the portal shows",
    )


def _mistaken(record: DomainRecord, seen: Seen) -> RecordVerdict | None:
    found = [(value, mistake) for value in seen.held.values if (mistake := _mistake(record, value))]
    if not found:
        return None
    value, mistake = found[0]
    more = f" (and {len(found) - 1} more that are not it)" if len(found) > 1 else ""
    return _verdict(
        RecordStatus.WRONG,
        seen,
        f"{record.domain} has the TXT record {_shown(value)}{more}: {mistake}",
        f"let there be one with exactly {record.value}",
    )


def _mistake(record: DomainRecord, value: str) -> str | None:
    """Why a TXT record that was meant is not the one; `None` of those of others."""
    bare = "".join(value.split()).strip(_QUOTES)
    meant = record.expected or (bare if _KNOWN.fullmatch(bare) else "")
    rows: list[tuple[Callable[[], bool], str]] = [
        (lambda: value.strip() == meant, "white space stands around it"),
        (lambda: value.strip().strip(_QUOTES).strip() == meant, "quotes became a part of it"),
        (lambda: bare == meant, "white space stands within it"),
        (lambda: bare == meant.removeprefix(PREFIX), f"{PREFIX} is missing before it"),
        (lambda: bare.lower() == meant.lower(), "upper and lower case are not as they should be"),
        (lambda: bare.startswith(PREFIX) and len(bare) > len(PREFIX), "the token is another one"),
        (lambda: PREFIX.rstrip("=") in value.lower(), "it is not of the form that the portal shows"),
    ]
    return next((mistake for fits, mistake in rows if bare and fits()), None)


def _misplaced(record: DomainRecord, seen: Seen) -> RecordVerdict | None:
    for name, values in seen.elsewhere.items():
        return _verdict(
            RecordStatus.WRONG,
            seen,
            f"the TXT record {_shown(*values)} stands at {name}, not at {record.domain}",
            f"move it to {record.domain}; if the DNS provider adds the zone to each name by itself, "
            "leave it out there (@ is the zone itself)",
        )
    return None


def _missing(record: DomainRecord, seen: Seen) -> RecordVerdict:
    add = _wanted(record)
    message = f"{record.domain} has no TXT record of TikTok's"
    if not seen.held.exists:
        message = f"{record.domain} does not exist in DNS"
    if alias := _alias(record, seen):
        message = f"{record.domain}{alias} has no TXT record of TikTok's"
        return _verdict(
            RecordStatus.MISSING,
            seen,
            message,
            f"beside a CNAME no other record can stand: replace it by A and AAAA records and add {add}, or "
            f"add the TXT record at {seen.held.name}, or verify a URL prefix or the domain above",
        )
    return _verdict(RecordStatus.MISSING, seen, message, f"at your DNS provider, add {add}")


def _wanted(record: DomainRecord) -> str:
    return f"a record: name {record.domain}, type TXT, value {record.value}"


def _verdict(standing: RecordStatus, seen: Seen, message: str, hint: str | None = None) -> RecordVerdict:
    return RecordVerdict(standing, message, hint, tuple(_related(seen)))


def _related(seen: Seen) -> list[str]:
    return [value for value in seen.held.values if PREFIX.rstrip("=") in value.lower()]


def _alias(record: DomainRecord, seen: Seen) -> str:
    return "" if seen.held.name == record.domain else f", an alias (CNAME) of {seen.held.name},"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])


def _has(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _shown(*values: str) -> str:
    return ", ".join(f'"{shorten(value, _LONGEST)}"' for value in values)
