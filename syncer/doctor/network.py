"""The examinations of the connection to the origin: DNS, TLS, clocks, signature files."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from syncer.connect.s3 import client as aws
from syncer.connect.web.client import Answer, WebSettings, ask, certificate_end, host_addresses, http_client
from syncer.doctor.diagnosis import ExaminationResult, not_ok, of_error, ok, skipped, warn
from syncer.errors import OwnershipError, SyncerError
from syncer.origin.ownership.dns import DomainRecord
from syncer.origin.ownership.elsewhere import explained_absence
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.property import property_misfit
from syncer.origin.ownership.reach import address_reached
from syncer.origin.ownership.record import RecordStatus
from syncer.origin.view import PublicOrigin
from syncer.protocols import Pace
from syncer.settings.spelling import counted
from syncer.urls.canonical import authority, tcp_address, under

SOON = timedelta(days=14)
"""A certificate that expires within this time should have been renewed by now."""
ODD_SKEW = timedelta(seconds=60)
BAD_SKEW = timedelta(minutes=5)
"""S3 refuses at 15 minutes."""

_NTP = "set both clocks by NTP (timedatectl set-ntp true)"


def covered(origin: PublicOrigin) -> ExaminationResult:
    reason = property_misfit(origin.url, origin.property)
    if reason:
        return not_ok(reason, "ownership.property", "change one of them, or verify another property")
    return ok(f"{origin.property} fits {origin.url}")


def examine_signature(file: Path, origin: PublicOrigin, pace: Pace) -> ExaminationResult:
    """Whether the platform would accept this signature file now."""
    proof = SignatureFile.read(file, origin.url, origin.property, origin.web())
    try:
        proof.check(pace)
    except OwnershipError as error:
        raise explained_absence(proof, error, pace) from None
    if unfit := proof.unfit():
        raise unfit
    odd = proof.warnings()
    if odd:
        return warn(f"{odd[0]}", "ownership.odd", f"{proof.url} serves it; compare it with the portal's file")
    return ok(f"{proof.url} serves it")


def unsigned() -> ExaminationResult:
    return skipped("not examined, because origin.signature_files is empty")


def recorded(record: DomainRecord) -> ExaminationResult:
    """Whether the platform would find the TXT record of a domain."""
    seen = record.look()
    trouble = seen.trouble()
    if trouble is None:
        return ok(seen.message)
    if seen.standing is RecordStatus.UNSURE:
        return warn(trouble.message, trouble.code, trouble.hint or "")
    return of_error(trouble)


def resolved(origin: PublicOrigin, pace: Pace) -> ExaminationResult:
    if origin.connect_to:
        return ok(f"no lookup of {_host(origin)[0]}: connect_to is {origin.connect_to}")
    return ok(f"{_host(origin)[0]} is at {', '.join(_addresses(origin, pace))}")


def public(origin: PublicOrigin, pace: Pace) -> ExaminationResult:
    """Whether these addresses are public."""
    found = address_reached(_host(origin)[0], _addresses(origin, pace), origin.ca)
    if found.ok and not found.doubtful:
        return ok(found.detail)
    return (warn if found.ok else not_ok)(found.detail, "origin.private", found.hint or "")


def _addresses(origin: PublicOrigin, pace: Pace) -> tuple[str, ...]:
    return host_addresses(*_host(origin), origin.url, pace)


def _host(origin: PublicOrigin) -> tuple[str, int]:
    return tcp_address(origin.url)


def certificate(origin: PublicOrigin, pace: Pace) -> ExaminationResult:
    host, port = _host(origin)
    end = certificate_end(origin.web(), host, port, pace)
    left = end - datetime.now(UTC)
    said = f"the certificate of {host} is valid until {end:%Y-%m-%d}, {counted(left.days, 'day')} more"
    if left <= SOON:
        return warn(said, "origin.certificate", "renew it, and find out why the renewal did not run")
    return ok(said)


def origin_clock(origin: PublicOrigin, pace: Pace) -> ExaminationResult:
    """It requests a random name, so that no cache answers."""
    return _clock(under(origin.url, f"syncer-doctor-{secrets.token_hex(8)}"), origin.web(), pace)


def s3_clock(settings: aws.S3Settings, pace: Pace) -> ExaminationResult:
    with aws.s3_errors("opening the endpoint", SyncerError):
        endpoint = aws.s3_client(settings).meta.endpoint_url
    return _clock(endpoint, WebSettings(settings.ca), pace)


def _clock(url: str, web: WebSettings, pace: Pace) -> ExaminationResult:
    """The difference of the clocks; skipped if the server does not answer, which others report."""
    begun = datetime.now(UTC)
    try:
        with http_client(web, pace) as http:
            answer = ask(http, url, method="HEAD")
    except SyncerError as error:
        return skipped(of_error(error).detail)
    now = datetime.now(UTC)
    theirs = _date(answer)
    if theirs is None:
        return skipped(f"{authority(url)} sends no date")
    return _compared(theirs, begun + (now - begun) / 2, authority(url))


def _date(answer: Answer) -> datetime | None:
    """A cache sends the date of the stored answer, and its age."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
        age = int(answer.headers.get("age", "0"))
        return told.replace(tzinfo=told.tzinfo or UTC) + timedelta(seconds=age)
    except (ValueError, OverflowError):
        return None


def _compared(theirs: datetime, ours: datetime, host: str) -> ExaminationResult:
    skew = abs(theirs - ours)
    seconds = round(skew.total_seconds())
    way = "behind" if theirs > ours else "ahead of"
    if skew > BAD_SKEW:
        return not_ok(f"this machine's clock is {seconds} s {way} that of {host}", "doctor.clock", _NTP)
    if skew > ODD_SKEW:
        return warn(f"this machine's clock is {seconds} s {way} that of {host}", "doctor.clock", _NTP)
    return ok(f"this machine and {host} agree within {max(seconds, 1)} s")
