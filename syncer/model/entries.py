"""What the catalogue knows of one asset."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from syncer.model.facts import Content, Facts
from syncer.model.findings import Finding
from syncer.model.outcomes import Failed


@dataclass(frozen=True, slots=True)
class Undeleted:
    """A file that a user unpublished and that is not known to be gone: every run tries to delete it. If it is
    `earlier`, no user did that, and `delete` in the config says when it goes.
    """

    source: str
    key: str
    path: str
    sha256: str | None
    """Of the bytes that syncer left there; `None` is unknown."""
    doubted: bool = False
    """Whether the destination changed since, and its file may be the one that syncer left."""
    unproven: bool = False
    """Whether the destination changed since, and nothing shows that the file there is syncer's."""
    absent: bool = False
    """Whether the file was not there when it was to be deleted: it may lie on a disk that was away."""
    earlier: bool = False
    """Whether syncer left it here before the destination changed, and its asset went since."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A file that a user unpublished. Another destination or disk may still have it."""

    source: str
    key: str
    path: str
    since: datetime
    sha256: str
    head_sha256: str | None
    found: bool = False
    """As `Entry.found`: it may be the user's own."""


class State(StrEnum):
    """The state of an asset."""

    PUBLISHED = "published"
    """At its public URL, and seen there."""
    STORED = "stored"
    """At the destination, but not (or no longer) seen at its public URL: the next run looks again."""
    REJECTED = "rejected"
    """The platform would refuse this version; it was not copied."""
    FAILED = "failed"
    """The next run tries again."""
    DOOMED = "doomed"
    """About to be deleted, and out of the manifest already."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything that the catalogue knows of one asset. A manifest line has a part of it."""

    source: str
    key: str
    state: State
    version: str | None = None
    """The version that has this state."""
    path: str | None = None
    """Public path at the destination, relative to its root; `None` until something is stored."""
    url: str | None = None
    size: int | None = None
    sha256: str | None = None
    head_sha256: str | None = None
    media_type: str | None = None
    verified_by: str | None = None
    """As `Content.verified_by`."""
    facts: Facts = field(default_factory=Facts)
    findings: tuple[Finding, ...] = ()
    error: Failed | None = None
    attempts: int = 0
    """Runs that failed in a row."""
    published_at: datetime | None = None
    """When these bytes were first seen at the URL."""
    checked_at: datetime | None = None
    """When syncer last looked at the URL."""
    gone_since: datetime | None = None
    """When a complete listing of the source first lacked it."""
    in_place: bool = False
    """Whether the file at the path is the user's own: it is never written and never deleted."""
    found: bool = False
    """Whether the same bytes lay at the path before syncer came. syncer did not write the file, so it is
    published but never replaced or deleted.
    """
    doubted: bool = False
    """Whether the file at the path may be another one with the same size and first bytes: it is not ours
    until all its bytes were compared. Only for an `unconfirmed` entry.
    """

    @property
    def ours(self) -> bool:
        """Whether syncer wrote the file at the path. Only such a file may be replaced or deleted."""
        return self.path is not None and not (self.in_place or self.found or self.unconfirmed)

    @property
    def unconfirmed(self) -> bool:
        """Whether it was stored at another destination, and not looked for at this one yet."""
        unseen = self.state in (State.STORED, State.FAILED)
        return unseen and self.path is not None and self.checked_at is None

    @property
    def content(self) -> Content:
        """The content that was published; unknown values are empty or 0."""
        return Content(
            self.size or 0,
            self.sha256 or "",
            self.head_sha256 or "",
            self.media_type or "",
            self.facts,
            self.verified_by,
        )

    def holding(self, content: Content) -> Entry:
        """The same entry with this content."""
        return replace(
            self,
            size=content.size,
            sha256=content.sha256,
            head_sha256=content.head_sha256,
            media_type=content.media_type,
            verified_by=content.verified_by,
            facts=content.facts,
        )
