"""Places the signature files, and waits until they, or the TXT record of a domain, are seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from syncer.errors import OwnershipError
from syncer.model import Proof
from syncer.origin.ownership.dns import DomainRecord
from syncer.origin.ownership.elsewhere import explained_absence
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.record import RecordStatus, RecordVerdict
from syncer.protocols import Destination, Pace

POLL = 2.0
"""Seconds between two looks at a file."""
POLL_DNS = 5.0
"""Seconds between two looks at a record: each look asks several servers."""


@dataclass(frozen=True, slots=True)
class BootstrapNote:
    """One line of the progress."""

    mark: str
    """`✓` right, `✗` wrong, `!` maybe wrong, `…` waiting for the next look."""
    text: str

    def __str__(self) -> str:
        return f"{self.mark} {self.text}"


Say = Callable[[BootstrapNote], None]


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A placed signature file."""

    name: str
    path: str
    url: str
    warnings: tuple[str, ...]
    trouble: OwnershipError | None
    """Why it is no proof yet."""

    @property
    def served(self) -> bool:
        return self.trouble is None


@dataclass(frozen=True, slots=True)
class SoughtRecord:
    """The TXT record of a domain in DNS."""

    name: str
    value: str | None
    """The expected value, if the config has it."""
    state: str
    found: tuple[str, ...]
    """The platform's records at that name."""
    message: str | None
    warnings: tuple[str, ...]
    trouble: OwnershipError | None
    """Why it is no proof yet."""


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """The result: files for a URL prefix, a record for a domain."""

    files: tuple[PlacedFile, ...]
    records: tuple[SoughtRecord, ...]
    steps: tuple[str, ...]
    """What the user has to do next."""
    hidden: OwnershipError | None = None
    """Why no platform can reach the origin's address, where that is needed."""
    trial: bool = False
    """Whether it is a private test origin, which no platform can reach: there is nothing to click then."""

    @property
    def proven(self) -> bool:
        troubles = [file.trouble for file in self.files] + [record.trouble for record in self.records]
        return not any([*troubles, self.hidden])


def refuse_unfit(signatures: Iterable[SignatureFile]) -> None:
    """Raises `OwnershipError` and names all files that are surely no proof: one could replace a good file."""
    if errors := [error for signature in signatures if (error := signature.unfit())]:
        told = "; ".join(error.message for error in errors)
        raise OwnershipError(
            f"{told}; nothing was placed or replaced", code=errors[0].code, hint=errors[0].hint
        )


def refuse_taken(signatures: Iterable[SignatureFile], owner: Callable[[str], tuple[str, str] | None]) -> None:
    """Raises `OwnershipError` (`ownership.taken`) if a file would replace published media."""
    for signature in signatures:
        if owned := owner(signature.path):
            source, key = owned
            raise OwnershipError(
                f"{signature.path} is the public path of {source}:{key}, and the file would overwrite it",
                code="ownership.taken",
                hint=f"give the source {source} another `path`, run syncer sync, then syncer bootstrap again",
            )


def place_signatures(
    signatures: Iterable[SignatureFile],
    destination: Destination,
    lying: Callable[[SignatureFile], str | None],
    keep: Callable[[Proof], None],
    say: Say,
) -> dict[SignatureFile, Proof]:
    """Places all files. `lying` says what a file replaces; if it raises, no file is placed."""
    proofs = {}
    for signature, replaced in [(signature, lying(signature)) for signature in signatures]:
        for warning in signature.doubts():
            say(BootstrapNote("!", warning))
        proofs[signature] = signature.place(destination)
        keep(proofs[signature])
        if replaced:
            say(BootstrapNote("!", replaced))
        say(BootstrapNote("✓", f"placed {signature.name}"))
    return proofs


def wait_until_seen(  # noqa: PLR0913 - the caller has all of them
    placed: Mapping[SignatureFile, Proof],
    wait: float,
    pace: Pace,
    keep: Callable[[Proof], None],
    clock: Callable[[], datetime],
    say: Say,
) -> list[PlacedFile]:
    """The state of each file. Waits up to `wait` seconds in total for all of them."""
    deadline, found = time.monotonic() + wait, []
    for signature, proof in placed.items():
        trouble = _trouble(signature, deadline, pace)
        if not trouble:
            keep(replace(proof, checked_at=clock()))
            say(BootstrapNote("✓", f"{signature.url} serves it"))
        else:
            say(BootstrapNote("✗", str(trouble)))
        warnings = tuple(signature.doubts())
        found.append(PlacedFile(signature.name, signature.path, signature.url, warnings, trouble))
    return found


def _trouble(signature: SignatureFile, deadline: float, pace: Pace) -> OwnershipError | None:
    while True:
        try:
            signature.check(pace)
        except OwnershipError as error:
            left = deadline - time.monotonic()
            if left <= 0 or pace.stopped():
                return explained_absence(signature, error, pace, placed=True)
            time.sleep(min(POLL, left))
        else:
            return None


def look_for_record(record: DomainRecord, wait: float, pace: Pace, say: Say) -> SoughtRecord:
    """Waits up to `wait` seconds for the record. Only the owner of the zone can add it."""
    for warning in record.warnings():
        say(BootstrapNote("!", warning))
    verdict, trouble = _verdict(record, wait, pace, say)
    told = str(trouble) if trouble else verdict.message if verdict else ""
    say(BootstrapNote("✗" if trouble else "✓", told))
    return SoughtRecord(
        record.domain,
        record.expected,
        verdict.standing if verdict else "unknown",
        verdict.related if verdict else (),
        trouble.message if trouble else verdict.message if verdict else None,
        tuple(record.warnings()),
        trouble,
    )


def _verdict(
    record: DomainRecord, wait: float, pace: Pace, say: Say
) -> tuple[RecordVerdict | None, OwnershipError | None]:
    """The last verdict on DNS, and its error. Stops waiting as soon as waiting can't change it."""
    deadline, told = time.monotonic() + wait, ""
    while True:
        verdict = None
        try:
            verdict = record.look(everywhere=True)
            trouble = verdict.trouble()
        except OwnershipError as error:
            trouble = error
        left = deadline - time.monotonic()
        settled = verdict and verdict.standing in (RecordStatus.FOUND, RecordStatus.UNSURE)
        if settled or left <= 0 or pace.stopped():
            return verdict, trouble
        if str(trouble) != told:
            told = str(trouble)
            say(BootstrapNote("…", f"{told}; looking again for {left:.0f} s"))
        time.sleep(min(POLL_DNS, left))
