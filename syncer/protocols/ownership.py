"""The contract of a proof that shows the platform who owns the host."""

from __future__ import annotations

from typing import Protocol

from syncer.protocols.pace import Pace


class OwnershipProof(Protocol):
    """One way to prove that the host is ours: a signature file, or a TXT record."""

    def warnings(self) -> list[str]:
        """What is unusual about the proof. It may still be right."""

    def steps(self) -> list[str]:
        """What the user still has to do, in order."""

    def check(self, pace: Pace | None = None) -> None:
        """Raises `OwnershipError` unless the platform would find the proof now, as far as syncer can know."""
