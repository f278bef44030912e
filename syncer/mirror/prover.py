"""The proof that a config names, as a check of URLs looks at it: once, for the URLs that it covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from syncer.config import Config
from syncer.errors import OwnershipError
from syncer.mirror import proofs
from syncer.model import Finding, Severity
from syncer.origin.check import Checked
from syncer.origin.ownership.elsewhere import explained
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.property import covers
from syncer.protocols import OwnershipProof, Pace

_UNTOLD = (*proofs.MAY_PASS, "ownership.txt_propagating", "ownership.txt_unsure")
"""Codes of proofs that may be right."""


@dataclass(slots=True)
class Prover:
    """Looks for the proof once, and adds what it found to each result."""

    config: Config
    pace: Pace
    missing: bool = False
    """Whether one of the proofs was looked for and not seen."""
    _findings: tuple[Finding, ...] | None = None
    _seen: list[str] = field(default_factory=list)

    def of(self, checked: Iterable[Checked], *, repeat: bool) -> Iterator[Checked]:
        """Each result with what was found of the proof; without `repeat` only the first one has all of it."""
        for each in checked:
            if not covers(each.target.url, self.config.origin.property):
                yield each
                continue
            first = self._findings is None
            findings = self._look() if self._findings is None else self._findings
            if not first and not repeat:
                findings = tuple(replace(found, message="as said above", hint=None) for found in findings)
            yield replace(each, findings=each.findings + findings, proof=", ".join(self._seen) or None)

    def _look(self) -> tuple[Finding, ...]:
        self._findings = tuple(self._examined())
        self.missing = any(found.severity is not Severity.WARN for found in self._findings)
        return self._findings

    def _examined(self) -> Iterator[Finding]:
        try:
            named = proofs.proofs(self.config)
        except OwnershipError as error:
            yield _finding(error)
            return
        for proof in named:
            try:
                proofs.proven(proof, self.pace)
            except OwnershipError as error:
                found = explained(proof, error, self.pace) if isinstance(proof, SignatureFile) else error
                yield _finding(found)
            else:
                self._seen.append(_name(proof))
            if isinstance(proof, SignatureFile):
                yield from _oddities(proof)


def _oddities(proof: SignatureFile) -> Iterator[Finding]:
    if unfit := proof.unfit():
        yield _finding(unfit)
    for odd in proof.doubts():
        yield Finding("ownership.odd", Severity.WARN, odd, hint="compare it with what the portal offers")


def _finding(error: OwnershipError) -> Finding:
    severity = Severity.UNKNOWN if error.code in _UNTOLD else Severity.REJECT
    return Finding(error.code, severity, error.message, hint=error.hint)


def _name(proof: OwnershipProof) -> str:
    return f"{proof.name} is served" if isinstance(proof, SignatureFile) else "its TXT record is there"
