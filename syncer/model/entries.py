"""What the catalogue knows of one asset."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from syncer.model.facts import Content, Facts
from syncer.model.findings import Finding
from syncer.model.outcomes import Failed


class State(StrEnum):
    """Where an asset stands."""

    PUBLISHED = "published"
    """At its public URL, and seen there."""
    STORED = "stored"
    """At the destination, not (or no longer) seen at its public URL: to be looked at again."""
    REJECTED = "rejected"
    """The platform would refuse this version; it was not copied."""
    FAILED = "failed"
    """To be tried again in the next run."""
    DOOMED = "doomed"
    """About to be deleted: out of the manifest already."""


@dataclass(frozen=True, slots=True)
class Entry:
    """All that the catalogue knows of one asset. A manifest line is a projection of it."""

    source: str
    key: str
    state: State
    version: str | None = None
    """The version that `state` speaks of."""
    path: str | None = None
    """Public path at the destination, relative to its root; `None` until something was stored."""
    url: str | None = None
    size: int | None = None
    sha256: str | None = None
    head_sha256: str | None = None
    media_type: str | None = None
    verified_by: str | None = None
    """What proved the source's bytes, as of `Content`."""
    facts: Facts = field(default_factory=Facts)
    findings: tuple[Finding, ...] = ()
    error: Failed | None = None
    attempts: int = 0
    """Runs that failed in a row."""
    published_at: datetime | None = None
    """When these bytes were first seen at the URL."""
    checked_at: datetime | None = None
    """When the URL was last looked at."""
    gone_since: datetime | None = None
    """When a complete listing of the source first lacked it."""
    in_place: bool = False
    """Whether the file at the path is the user's own: it is never written and never deleted."""
    found: bool = False
    """Whether the copy lay at the path before syncer came, with the very same bytes. It is published, and as
    syncer did not write it, it is never replaced and never deleted."""
    doubted: bool = False
    """Whether the file at the path may be another one of the same size and beginning: it is not ours until
    all its bytes were compared. Only of an entry that is `unconfirmed`."""

    @property
    def ours(self) -> bool:
        """Whether syncer wrote what lies at the path. Only that may be replaced or deleted."""
        return self.path is not None and not (self.in_place or self.found or self.unconfirmed)

    @property
    def unconfirmed(self) -> bool:
        """Whether it was stored at another destination, and nobody has looked for it at this one yet."""
        unseen = self.state in (State.STORED, State.FAILED)
        return unseen and self.path is not None and self.checked_at is None

    @property
    def content(self) -> Content:
        """What was published, as far as it is remembered."""
        return Content(
            self.size or 0,
            self.sha256 or "",
            self.head_sha256 or "",
            self.media_type or "",
            self.facts,
            self.verified_by,
        )

    def holding(self, content: Content) -> Entry:
        """The same with these bytes."""
        return replace(
            self,
            size=content.size,
            sha256=content.sha256,
            head_sha256=content.head_sha256,
            media_type=content.media_type,
            verified_by=content.verified_by,
            facts=content.facts,
        )
