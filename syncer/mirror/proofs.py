"""The config's proofs of ownership."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from syncer.config import Config
from syncer.connect.retry import retry
from syncer.errors import OwnershipError
from syncer.mirror import parts
from syncer.origin.ownership.dns import DomainRecord
from syncer.origin.ownership.file import SignatureFile
from syncer.origin.ownership.property import property_misfit
from syncer.protocols import OwnershipProof, Pace, Proofs


def signatures(config: Config) -> list[SignatureFile]:
    """Raises `OwnershipError` if one can't be read or would lie outside the destination's root."""
    said = config.origin
    return [
        SignatureFile.read(file, said.url, said.property, parts.web(config)) for file in said.signature_files
    ]


def domain_record(config: Config) -> DomainRecord | None:
    """`None` for a URL prefix, which files prove. Raises `OwnershipError` if it does not cover the origin."""
    said = config.origin
    if "/" in said.property:
        return None
    if reason := property_misfit(said.url, said.property):
        raise OwnershipError(f"{config.property_place}: {reason}", code="ownership.property")
    return DomainRecord(said.property, said.txt_record, parts.dns(config))


MAY_PASS = ("ownership.unreachable", "ownership.status", "ownership.dns")
"""Codes that a retry may clear. A proof that is certainly missing gets no retry."""


def prove(config: Config, pace: Pace, seen: dict[str, bool]) -> None:
    """Raises `OwnershipError` unless every signature file and TXT record of the config is there.

    `seen` gets, for the public path of each signature file, whether it is served, if that is known.
    """
    for proof in proofs(config):
        proven(proof, pace, seen)


def keep_seen(catalogue: Proofs, seen: Mapping[str, bool], now: datetime) -> None:
    """Write to the catalogue which of the placed signature files are served."""
    for placed in list(catalogue.proofs()):
        is_seen = seen.get(placed.path)
        if is_seen is not None and is_seen != (placed.checked_at is not None):
            catalogue.put_proof(replace(placed, checked_at=now if is_seen else None))


def proofs(config: Config) -> list[OwnershipProof]:
    """The config's signature files, or its TXT record. Raises `OwnershipError`."""
    record = domain_record(config)
    return [*signatures(config), *([record] if record and record.expected else [])]


def proven(proof: OwnershipProof, pace: Pace, seen: dict[str, bool]) -> None:
    """Raises `OwnershipError` unless the proof is there. `seen` is as in `prove`."""
    path = proof.path if isinstance(proof, SignatureFile) else None
    try:
        retry(partial(_seen_once, proof, pace), pace, pace.patience.retry)
    except OwnershipError as error:
        if path is not None and error.code not in MAY_PASS:
            seen[path] = False
        raise
    if path is not None:
        seen[path] = True


def _seen_once(proof: OwnershipProof, pace: Pace) -> None:
    try:
        proof.check(pace)
    except OwnershipError as error:
        error.transient = error.transient and error.code in MAY_PASS
        raise
