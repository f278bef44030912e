"""Adds the findings about the config's proof to a check of URLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from syncer.config import Config
from syncer.errors import OwnershipError
from syncer.mirror import proofs
from syncer.model import Finding, Severity
from syncer.origin.check import Checked
from syncer.origin.ownership.elsewhere import explained_absence
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.property import covers
from syncer.protocols import OwnershipProof, Pace

_UNTOLD = (*proofs.MAY_PASS, "ownership.txt_propagating", "ownership.txt_unsure")
"""Codes that leave open whether the proof is right."""


@dataclass(slots=True)
class Prover:
    """Looks for the proof once, and adds the findings to each result that the property covers."""

    config: Config
    pace: Pace
    missing: bool = False
    """Whether a proof was looked for and not found."""
    errors: list[OwnershipError] = field(default_factory=list)
    """Why the property is not proven."""
    seen: dict[str, bool] = field(default_factory=dict)
    """Whether each signature file is served, by public path, if that is known."""
    _findings: tuple[Finding, ...] | None = None
    _told: list[str] = field(default_factory=list)

    def of(self, checked: Iterable[Checked], *, repeat: bool) -> Iterator[Checked]:
        """Each result, with the findings about the proof; without `repeat`, only the first has their full
        text.
        """
        for each in checked:
            if not covers(each.target.url, self.config.origin.property):
                yield each
                continue
            first = self._findings is None
            findings = self.look()
            if not first and not repeat:
                findings = tuple(replace(found, message="as said above", hint=None) for found in findings)
            yield replace(each, findings=each.findings + findings, proof=", ".join(self._told) or None)

    def look(self) -> tuple[Finding, ...]:
        if self._findings is None:
            self._findings = tuple(self._examined())
            self.missing = any(found.severity is not Severity.WARN for found in self._findings)
        return self._findings

    def _examined(self) -> Iterator[Finding]:
        try:
            named = proofs.proofs(self.config)
        except OwnershipError as error:
            yield self._failed(error)
            return
        for proof in named:
            try:
                proofs.proven(proof, self.pace, self.seen)
            except OwnershipError as error:
                if isinstance(proof, SignatureFile):
                    error = explained_absence(proof, error, self.pace)
                yield self._failed(error)
            else:
                self._told.append(_name(proof))
            if isinstance(proof, SignatureFile):
                yield from self._oddities(proof)

    def _oddities(self, proof: SignatureFile) -> Iterator[Finding]:
        if unfit := proof.unfit():
            yield self._failed(unfit)
        for odd in proof.doubts():
            yield Finding("ownership.odd", Severity.WARN, odd, hint="compare it with what the portal offers")

    def _failed(self, error: OwnershipError) -> Finding:
        self.errors.append(error)
        return _finding(error)


def _finding(error: OwnershipError) -> Finding:
    severity = Severity.UNKNOWN if error.code in _UNTOLD else Severity.REJECT
    return Finding(error.code, severity, error.message, hint=error.hint)


def _name(proof: OwnershipProof) -> str:
    return f"{proof.name} is served" if isinstance(proof, SignatureFile) else "its TXT record is there"
