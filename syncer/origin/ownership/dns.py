"""The TXT record that proves a domain: looks it up in DNS."""

from __future__ import annotations

from dataclasses import dataclass

from syncer.connect.dns import SYSTEM, DnsRecords, DnsSettings, text_by_server, txt_records, zone
from syncer.errors import OriginError, OwnershipError
from syncer.origin.ownership.record import PREFIX, RecordVerdict, Seen, WantedRecord, judge_record
from syncer.protocols import Pace


@dataclass(frozen=True, slots=True)
class DomainRecord:
    """An `OwnershipProof`."""

    domain: str
    expected: str | None = None
    """The value that the portal showed; `None` if unknown."""
    dns: DnsSettings = SYSTEM

    @property
    def wanted(self) -> WantedRecord:
        return WantedRecord(self.domain, self.expected)

    def warnings(self) -> list[str]:
        """What does not look like the platform's known records. It may still be right."""
        if not self.wanted.odd:
            return []
        return [f"origin.txt_record is not of the known form {PREFIX}TOKEN: is it what the portal shows?"]

    def steps(self) -> list[str]:
        told = "put the TXT record shown there into origin.txt_record, so that syncer can look for it"
        if self.expected:
            told = f"if the TXT record shown there is not {self.expected}, put it into origin.txt_record"
        where = f"a record of the type TXT for {self.domain} itself, with the value {self.wanted.value}"
        return [
            "at developers.tiktok.com, open the app (Production and Sandbox differ) and its URL properties",
            f"add a property of the type domain, exactly {self.domain}",
            told,
            f"at your DNS provider, add {where}, no quotes; many forms want the name without the zone, or @",
            "click Verify",
            "leave the record in place forever",
        ]

    def check(self, pace: Pace | None = None) -> None:
        """Trusts a yes of the resolver; asks the zone's own name servers only if it says no."""
        del pace  # the timeouts are in `dns`
        if trouble := self.look().trouble():
            raise trouble

    def look(self, *, everywhere: bool = False) -> RecordVerdict:
        """`everywhere`: each of the zone's name servers must have the record.

        Raises `OwnershipError` with the code `ownership.dns` if DNS gives no answer.
        """
        try:
            held = txt_records(self.domain, self.dns)
        except OriginError as error:
            raise OwnershipError(
                error.message, code="ownership.dns", hint=error.hint, transient=error.transient
            ) from None
        if self.wanted.right(held.values) and not everywhere:
            return judge_record(self.wanted, Seen(held))
        return judge_record(self.wanted, self._closer(held))

    def _closer(self, held: DnsRecords) -> Seen:
        """Adds the zone's own name servers, and the records at names that people use by mistake."""
        try:
            lies_in = zone(held.name, self.dns)
        except OriginError:
            return Seen(held, elsewhere=self._elsewhere(self.domain))
        servers = text_by_server(held.name, lies_in, self.dns)
        if self.wanted.right(held.values) or any(map(self.wanted.right, servers.values())):
            return Seen(held, servers)
        return Seen(held, servers, self._elsewhere(lies_in.name))

    def _elsewhere(self, apex: str) -> dict[str, tuple[str, ...]]:
        names = {f"www.{self.domain}", f"_dnsauth.{self.domain}", f"{self.domain}.{apex}"}
        if self.expected:  # else it may be the record of another property
            names.add(apex)
        return {name: values for name in sorted(names - {self.domain}) if (values := self._there(name))}

    def _there(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(self.wanted.right(txt_records(name, self.dns).values))
        except OriginError:
            return ()
