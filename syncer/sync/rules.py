"""The rules for the assets of a run, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncer.connect.retry import Policy
from syncer.model import Content, Facts, Finding
from syncer.preflight import Limits, judge_media, refusals
from syncer.sync.bounds import TooLarge, over_max_size
from syncer.sync.stream import Incoming


@dataclass(frozen=True, slots=True)
class Rules:
    limits: Limits
    publish_rejected: bool = False
    verify_all: bool = False
    """Download each new URL and compare the sha256."""
    policy: Policy = field(default_factory=Policy)
    max_sizes: Mapping[str, int] = field(default_factory=dict)
    """Bytes that an asset may have, by source, for assets whose listing gives no size."""

    def refuse(self, media_type: str, size: int | None, facts: Facts) -> tuple[Finding, ...]:
        """The rules that keep it from being published."""
        return refusals(media_type, size, facts, self.limits, publish_rejected=self.publish_rejected)

    def refuse_content(self, content: Content) -> tuple[Finding, ...]:
        return self.refuse(content.media_type, content.size, content.facts)

    def judge(self, content: Content) -> tuple[Finding, ...]:
        return judge_media(content.media_type, content.size, content.facts, self.limits)

    def bound(self, incoming: Incoming) -> None:
        """Stop reading as soon as it has more bytes than the platform or its source's `max_size` allows."""
        kind, most = incoming.media_type, self.max_sizes.get(incoming.asset.source)
        if most is not None:
            incoming.reader.limit(most, lambda came: TooLarge(came, (over_max_size(most, came),)))
        largest = None if self.publish_rejected else self.limits.largest(kind)
        if largest is not None:
            incoming.reader.limit(
                largest, lambda came: TooLarge(came, self.refuse(kind, came, incoming.facts))
            )
