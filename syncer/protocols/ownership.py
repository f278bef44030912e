"""How ownership of the host is proven to the platform."""

from __future__ import annotations

from typing import Protocol

from syncer.protocols.pace import Pace


class OwnershipProof(Protocol):
    """One way to prove that the host is ours: a signature file, or a TXT record."""

    def warnings(self) -> list[str]:
        """What does not look as the platform is known to want it. It may still be right."""

    def steps(self) -> list[str]:
        """What a person still does, in order."""

    def check(self, pace: Pace | None = None) -> None:
        """Raise `OwnershipError` unless the platform would find the proof now, as far as can be known."""
