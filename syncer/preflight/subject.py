"""The media that the rules judge. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncer.model import Facts, Severity
from syncer.preflight.limit import Limits
from syncer.preflight.rule import Rule, Verdict

REJECT, WARN = Severity.REJECT, Severity.WARN


@dataclass(frozen=True, slots=True)
class Subject:
    """One file: its type, size and facts, and the limits."""

    media_type: str
    size: int | None
    facts: Facts
    limits: Limits
    at_least: int = 0
    """Bytes that came so far, if the size is unknown."""

    @property
    def is_video(self) -> bool:
        return self.media_type in self.limits.video_types.value

    @property
    def is_photo(self) -> bool:
        return self.media_type in self.limits.photo_types.value

    @property
    def sides(self) -> tuple[int, int] | None:
        """The shorter and the longer one, in pixels."""
        width, height = self.facts.width, self.facts.height
        return None if width is None or height is None else (min(width, height), max(width, height))


def media_rule(
    name: str, about: str, tell: Callable[[Subject], Verdict | None], *limits: str
) -> Rule[Subject]:
    return Rule(f"media.{name}", about, tell, limits)
