"""Compares several reads of one asset with its source's hash, and decides which of the two is wrong.

| the bytes                             | the hash               | result                                 |
| ------------------------------------- | ---------------------- | -------------------------------------- |
| match it                              |                        | they are `verified_by` it              |
| differ from it, in this read only     |                        | they were corrupted: read again        |
| are the same in two reads             | is certain             | the source holds other bytes: an error |
| are the same in two reads             | may be none (an ETag)  | it is none: `verified_by` nothing      |
| differ in each of three reads         |                        | the connection is bad: an error        |

Each further read asks for the bytes in other pieces, so that a fault at one offset of every answer does not
make two reads agree.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from syncer.connect.digests import Comparison, choose
from syncer.errors import SourceError
from syncer.model import Asset, Digest, Finding, Severity

MISMATCH = "source.digest"
"""The code of a read whose bytes do not match the source's hash."""
MOST_READS = 3
BY_SIZE = {"media.size", "media.empty", "source.max_size"}
"""Rules that judge only the size of an asset."""
REFUTED = 2
"""After so many objects whose ETags were no hashes, the source's other ETags are not compared."""

_LIKELY = "if it happens again, use https, and look at the network and at the source's memory and disks"
_AGAIN = dict.fromkeys(("zip-crc32", "gzip-crc32"), "it is damaged in its archive: download that part again")


@dataclass(slots=True)
class Doubts:
    """How often in a row a hash of a source was none, by source and name of the hash. Each worker has its
    own.
    """

    refuted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def holds(self, source: str, told: Digest) -> bool:
        """Whether the hash is still worth comparing."""
        return told.certain or self.refuted[source, told.name] < REFUTED


@dataclass(slots=True)
class Readings:
    """The reads of one asset, in one attempt to copy it."""

    asset: Asset
    doubts: Doubts
    warnings: tuple[Finding, ...] = ()
    """Warnings about an asset that is published nevertheless."""
    _came: list[str] = field(default_factory=list)
    """sha256 of each read that did not match the source's hash."""
    _refused: list[frozenset[str]] = field(default_factory=list)
    """The rules that refused it, in each read."""

    @property
    def split(self) -> int:
        """The offset at which this read divides the object into two requests; 0 for the first read, which is
        one request.
        """
        return len(self._came) + len(self._refused)

    def refuses(self, findings: tuple[Finding, ...]) -> bool:
        """Whether a refusal is final. The asset is then not read again in later runs, so one corrupted byte
        in one read must not decide it.
        """
        rules = frozenset(finding.rule for finding in findings)
        stands = rules <= BY_SIZE or rules in self._refused
        self._refused.append(rules)
        return stands or len(self._refused) == MOST_READS

    def differs(self, at: int) -> SourceError:
        """The error for bytes that differ from those read before for the media facts."""
        self._came.append("")
        return SourceError(
            f"{self.asset.source}:{self.asset.key} came differently in two reads near byte {at}: one was"
            " corrupted on its way; nothing of it was published",
            code=MISMATCH,
            hint=_LIKELY,
            transient=len(self._came) < MOST_READS,
        )

    def compared(self, told: tuple[Digest, ...]) -> Comparison | None:
        """A comparison with the best hash; `None` if there is none to compare with."""
        listed = _listed(self.asset)
        chosen = choose(each for each in (*told, *listed) if self.doubts.holds(self.asset.source, each))
        return Comparison(chosen) if chosen else None

    def verified_by(self, comparison: Comparison | None, sha256: str) -> str | None:
        """The name of the hash that verifies a complete read. Raises `SourceError` (`source.digest`),
        transient if another read can help.
        """
        if comparison is None:
            return None
        told, came = comparison.digest, comparison.came(sha256)
        if came == told.value:
            del self.doubts.refuted[self.asset.source, told.name]
            return told.name or None
        agrees = sha256 in self._came
        self._came.append(sha256)
        if agrees and not told.certain:
            self.doubts.refuted[self.asset.source, told.name] += 1
            self.warnings = (self._refuted(told, came),)
            return None
        raise self._mismatch(told, came, agrees=agrees)

    def _refuted(self, told: Digest, came: str) -> Finding:
        return Finding(
            "source.etag",
            Severity.WARN,
            f"its {told.name} {told.value} is not the {told.algorithm} of its"
            f" {'parts, if they have the usual size' if told.parts else 'bytes'}. Two reads gave the same"
            " bytes; nothing else verifies them",
            limit=told.value,
            value=came,
            hint="nothing, if the store encrypts or converts its objects; otherwise upload it there again",
        )

    def _mismatch(self, told: Digest, came: str, *, agrees: bool) -> SourceError:
        again = not agrees and len(self._came) < MOST_READS
        why, hint = "they were corrupted on their way, it seems", _LIKELY
        if agrees:
            why = "two reads came the same, so the source holds other bytes than it says"
            hint = _AGAIN.get(told.name, "upload it to the source again")
        elif len(self._came) > 1:
            why = f"{len(self._came)} reads were each corrupted in another way"
        return SourceError(
            f"{self.asset.source}:{self.asset.key} came with the {told.algorithm} {came}, and its source says"
            f" {told.value} ({told.name}): {why}; nothing of it was published",
            code=MISMATCH,
            hint=hint,
            transient=again,
        )


def _listed(asset: Asset) -> tuple[Digest, ...]:
    algorithm, _, value = (asset.digest or "").partition(":")
    return (Digest(algorithm, algorithm, value.lower()),) if value else ()
