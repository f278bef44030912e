"""Judges what DNS holds at a domain against the TXT record that the portal showed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncer.connect.dns import DnsRecords
from syncer.errors import OwnershipError
from syncer.origin.ownership.shapes import RECORD_PREFIX
from syncer.settings.terminal import shorten

PREFIX = RECORD_PREFIX

_KNOWN = re.compile(re.escape(PREFIX) + "[A-Za-z0-9_-]+")
_QUOTES = "\"'“”„"
_LONGEST = 120


class RecordStatus(StrEnum):
    FOUND = "found"
    """The right record is there."""
    UNSURE = "unsure"
    """It may be the right one: the value that the portal showed is unknown."""
    PROPAGATING = "propagating"
    """Only some of the name servers have it yet."""
    WRONG = "wrong"
    """Another value, or at another name."""
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
    """The platform's records at the name."""

    def trouble(self) -> OwnershipError | None:
        if self.standing is RecordStatus.FOUND:
            return None
        comes = self.standing in (RecordStatus.MISSING, RecordStatus.PROPAGATING)
        return OwnershipError(self.message, code=_CODES[self.standing], hint=self.hint, transient=comes)


@dataclass(frozen=True, slots=True)
class Seen:
    """The answers of DNS."""

    held: DnsRecords
    servers: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    """Records by name server of the zone, if they were asked; `None` for one without an answer."""
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Records at names that people use by mistake."""


@dataclass(frozen=True, slots=True)
class WantedRecord:
    """The TXT record that proves a domain."""

    domain: str
    expected: str | None = None
    """The value that the portal showed; `None` if unknown."""

    @property
    def value(self) -> str:
        """For messages."""
        return self.expected or f"{PREFIX}… (as the portal shows it)"

    @property
    def odd(self) -> bool:
        """Whether the expected value does not look like TikTok's known records. It may still be right."""
        return self.expected is not None and not _KNOWN.fullmatch(self.expected)

    def right(self, values: tuple[str, ...] | None) -> list[str]:
        """The values that are the record, or may be it."""
        return [each for each in values or () if each == self.expected or self._may_be(each)]

    def _may_be(self, value: str) -> bool:
        return self.expected is None and bool(_KNOWN.fullmatch(value))


def judge_record(record: WantedRecord, seen: Seen) -> RecordVerdict:
    tellers = (_on_its_way, _outdated, _right, _mistaken, _misplaced)
    return next(filter(None, (tell(record, seen) for tell in tellers)), None) or _missing(record, seen)


def _on_its_way(record: WantedRecord, seen: Seen) -> RecordVerdict | None:
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
        "wait before you click Verify: usually minutes, sometimes hours",
    )


def _split(record: WantedRecord, seen: Seen) -> tuple[list[str], list[str]]:
    """The zone's name servers that have the record, and those that answer but lack it."""
    have: list[str] = []
    lack: list[str] = []
    for server, values in seen.servers.items():
        if values is not None:
            (have if record.right(values) else lack).append(server)
    return have, lack


def _outdated(record: WantedRecord, seen: Seen) -> RecordVerdict | None:
    """The resolver still caches a removed record, or has one that only this network sees."""
    have, lack = _split(record, seen)
    if have or not lack or not record.right(seen.held.values):
        return None
    return _verdict(
        RecordStatus.MISSING,
        seen,
        f"{_listed(lack)} {_has(lack)} no TXT record of {record.domain}; the DNS server asked has one: an "
        "old one in its cache, or one of its own",
        f"at your DNS provider, add {_wanted(record)}; if it is there, only some networks see it",
    )


def _right(record: WantedRecord, seen: Seen) -> RecordVerdict | None:
    right = record.right(seen.held.values)
    if not right:
        return None
    if record.expected:
        others = len(_related(seen)) - 1
        beside = f", and {others} of other properties or apps, which is fine" if others > 0 else ""
        return _verdict(
            RecordStatus.FOUND, seen, f"{record.domain}{_alias(record, seen)} has the TXT record{beside}"
        )
    many = "a TXT record" if len(right) == 1 else f"{len(right)} TXT records"
    unsure = "but it may be of another property" if len(right) == 1 else "and any of them may be the one"
    return _verdict(
        RecordStatus.UNSURE,
        seen,
        f"{record.domain} has {many} of the right form, {_shown(*right)}, {unsure}",
        "set origin.txt_record to the value that the portal shows",
    )


def _mistaken(record: WantedRecord, seen: Seen) -> RecordVerdict | None:
    found = [(value, mistake) for value in seen.held.values if (mistake := _mistake(record, value))]
    if not found:
        return None
    value, mistake = found[0]
    more = f" (and {len(found) - 1} more wrong)" if len(found) > 1 else ""
    return _verdict(
        RecordStatus.WRONG,
        seen,
        f"{record.domain} has the TXT record {_shown(value)}{more}: {mistake}",
        f"set its value to exactly {record.value}",
    )


def _mistake(record: WantedRecord, value: str) -> str | None:
    """What is wrong with a value that was meant to be the record; `None` for records of other services."""
    bare = "".join(value.split()).strip(_QUOTES)
    meant = record.expected or (bare if _KNOWN.fullmatch(bare) else "")
    rows: list[tuple[Callable[[], bool], str]] = [
        (lambda: value.strip() == meant, "there is white space around it"),
        (lambda: value.strip().strip(_QUOTES).strip() == meant, "quotes are part of it"),
        (lambda: bare == meant, "there is white space inside it"),
        (lambda: bare == meant.removeprefix(PREFIX), f"{PREFIX} is missing at its start"),
        (lambda: bare.lower() == meant.lower(), "upper and lower case differ"),
        (lambda: bare.startswith(PREFIX) and len(bare) > len(PREFIX), "the token is a different one"),
        (lambda: PREFIX.rstrip("=") in value.lower(), "it does not have the form that the portal shows"),
    ]
    return next((mistake for fits, mistake in rows if bare and fits()), None)


def _misplaced(record: WantedRecord, seen: Seen) -> RecordVerdict | None:
    for name, values in seen.elsewhere.items():
        return _verdict(
            RecordStatus.WRONG,
            seen,
            f"the TXT record {_shown(*values)} is at {name}, not at {record.domain}",
            f"move it to {record.domain}; if the DNS provider adds the zone to each name, "
            "leave the zone out there (@ is the zone itself)",
        )
    return None


def _missing(record: WantedRecord, seen: Seen) -> RecordVerdict:
    add = _wanted(record)
    message = f"{record.domain} has no TXT record for TikTok"
    if not seen.held.exists:
        message = f"{record.domain} does not exist in DNS"
    if alias := _alias(record, seen):
        message = f"{record.domain}{alias} has no TXT record for TikTok"
        return _verdict(
            RecordStatus.MISSING,
            seen,
            message,
            f"a name with a CNAME can have no other record: replace it by A and AAAA records and add {add}, "
            f"or add the TXT record at {seen.held.name}, or verify a URL prefix or the domain above",
        )
    return _verdict(RecordStatus.MISSING, seen, message, f"at your DNS provider, add {add}")


def _wanted(record: WantedRecord) -> str:
    return f"a record: name {record.domain}, type TXT, value {record.value}"


def _verdict(standing: RecordStatus, seen: Seen, message: str, hint: str | None = None) -> RecordVerdict:
    return RecordVerdict(standing, message, hint, tuple(_related(seen)))


def _related(seen: Seen) -> list[str]:
    return [value for value in seen.held.values if PREFIX.rstrip("=") in value.lower()]


def _alias(record: WantedRecord, seen: Seen) -> str:
    return "" if seen.held.name == record.domain else f", an alias (CNAME) of {seen.held.name},"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])


def _has(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _shown(*values: str) -> str:
    return ", ".join(f'"{shorten(value, _LONGEST)}"' for value in values)
