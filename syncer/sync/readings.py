"""What several reads of one asset say of its source's hash: which of the two is wrong.

| the bytes                             | the hash               | then                                   |
| ------------------------------------- | ---------------------- | -------------------------------------- |
| agree with it                         |                        | it is what they are `verified_by`      |
| differ from it, in this read only     |                        | they were corrupted: read again        |
| came the same in two reads            | must be theirs         | the source holds other bytes: an error |
| came the same in two reads            | may be none (an ETag)  | it is none: `verified_by` nothing      |
| came differently in each of three     |                        | the connection is bad: an error        |

Each further read asks for the bytes in other pieces. So a fault that hits one place of each answer does not
make two reads agree.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from syncer.connect.digests import Comparison, choose
from syncer.errors import SourceError
from syncer.model import Asset, Digest, Finding, Severity

MISMATCH = "source.digest"
"""The code of a read whose bytes are others than the source says."""
MOST_READS = 3
BY_SIZE = {"media.size", "media.empty", "source.max_size"}
"""Rules that judge by how long an asset is."""
REFUTED = 2
"""Objects of a source whose ETags were no hashes, after which those of the others are not compared."""

_LIKELY = "if it happens again, use https, and look at the network and at the source's memory and disks"
_AGAIN = dict.fromkeys(("zip-crc32", "gzip-crc32"), "it is damaged in its archive: download that part again")


@dataclass(slots=True)
class Doubts:
    """By source and name of a hash, how often in a row it was none. One worker's."""

    refuted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def holds(self, source: str, told: Digest) -> bool:
        """Whether it is still compared."""
        return told.certain or self.refuted[source, told.name] < REFUTED


@dataclass(slots=True)
class Readings:
    """Of one asset, in one attempt to copy it."""

    asset: Asset
    doubts: Doubts
    warnings: tuple[Finding, ...] = ()
    """What is to be said of an asset that is published all the same."""
    _came: list[str] = field(default_factory=list)
    """sha256 of each read that did not agree with the source."""
    _refused: list[frozenset[str]] = field(default_factory=list)
    """The rules that refused it, in each read."""

    @property
    def split(self) -> int:
        """The place before which this read asks for a piece by itself; 0 for the first, which is in one."""
        return len(self._came) + len(self._refused)

    def refuses(self, findings: tuple[Finding, ...]) -> bool:
        """Whether a refusal stands. It is remembered and the asset is not read again, so a byte that was
        corrupted in one read must not decide it.
        """
        rules = frozenset(finding.rule for finding in findings)
        stands = rules <= BY_SIZE or rules in self._refused
        self._refused.append(rules)
        return stands or len(self._refused) == MOST_READS

    def differs(self, at: int) -> SourceError:
        """What was read for the media facts came otherwise in the pass over all bytes."""
        self._came.append("")
        return SourceError(
            f"{self.asset.source}:{self.asset.key} came differently in two reads near byte {at}: one was"
            " corrupted on its way; nothing of it was published",
            code=MISMATCH,
            hint=_LIKELY,
            transient=len(self._came) < MOST_READS,
        )

    def compared(self, told: tuple[Digest, ...]) -> Comparison | None:
        """With the hash that this read is compared with; `None` where there is none that can be."""
        listed = _listed(self.asset)
        chosen = choose(each for each in (*told, *listed) if self.doubts.holds(self.asset.source, each))
        return Comparison(chosen) if chosen else None

    def verified_by(self, comparison: Comparison | None, sha256: str) -> str | None:
        """What proves a whole read with that sha256. Raises `SourceError` (`source.digest`), transient where
        another read can help.
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
            f" {'parts, if they have the usual size' if told.parts else 'bytes'}, on which two reads agree."
            " Nothing else proves them",
            limit=told.value,
            value=came,
            hint="nothing, if the store encrypts or converts what it holds; else upload it there again",
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
    """What the listing told."""
    algorithm, _, value = (asset.digest or "").partition(":")
    return (Digest(algorithm, algorithm, value.lower()),) if value else ()
