"""The values that the methods of `Mirror` return, or pass to callbacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from syncer.errors import Exit, SyncerError
from syncer.model import (
    Action,
    Copy,
    Deleted,
    Entry,
    Failed,
    Finding,
    Forgotten,
    Inspected,
    Outcome,
    Proof,
    Published,
    Rejected,
    Run,
    State,
)
from syncer.sync.planned import subject

if TYPE_CHECKING:
    from syncer.migrate.resolve import MapRow
    from syncer.push.verdicts import DraftVerdict

Heard = Callable[[SyncerError], None]
"""Called with each error of a run as soon as it happens."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The outcome for one asset."""

    action: Action
    outcome: Outcome

    @property
    def event(self) -> str:
        """`published`, `unseen` (stored, not seen at its URL), `checked`, `rejected`, `deleted`, `gone`,
        `inspected` or `failed`.
        """
        return event_of(self.action, self.outcome)

    @property
    def source(self) -> str:
        return subject(self.action)[0]

    @property
    def key(self) -> str:
        return subject(self.action)[1]


def event_of(action: Action, outcome: Outcome) -> str:
    """One word for an outcome."""
    match outcome:
        case Published(seen=False):
            return "unseen"
        case Published():
            return "published" if isinstance(action, Copy) else "checked"
        case _:
            return _EVENTS.get(type(outcome), "failed")


_EVENTS: dict[type[Outcome], str] = {
    Rejected: "rejected",
    Deleted: "deleted",
    Forgotten: "gone",
    Inspected: "inspected",
}

Tell = Callable[[Progress], None]
"""Called with each outcome of a run as soon as it is in the catalogue."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a run did."""

    exit: Exit
    """The exit code that `syncer sync` ends with; 0 if all is well."""
    counts: Counter[str]
    """Numbers of assets: `copied`, `kept`, `rejected`, `failed` and so on."""
    findings: tuple[Finding, ...]
    """Warnings about the whole run."""
    errors: tuple[SyncerError, ...]
    """Errors that concern more than one asset, in the order in which they happened."""
    interrupted: bool
    listed: int | None
    """URLs in the manifests; `None` if the manifests were not written."""


@dataclass(frozen=True, slots=True)
class Status:
    """A summary of the catalogue."""

    last_run: Run | None
    counts: Mapping[State, int]
    """The number of assets in each state."""
    signature_files: tuple[Proof, ...]
    not_seen: int
    """Files in place that were not seen at their URL. They count as `stored`, too."""
    unpublished: tuple[str, ...]
    """Assets that were unpublished by hand, as `source:key`."""
    undeleted: tuple[str, ...]
    """URLs of files that are not published any more and are not known to be deleted."""
    dangerous_names: int
    """Public files whose names a web server may act on."""


@dataclass(frozen=True, slots=True)
class Known:
    """The answer about one key or link."""

    name: str
    """The key or link of the question."""
    entry: Entry | None
    url: str | None
    """The stable URL, if the file was seen there."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """The files that killed runs left."""

    removed: tuple[str, ...]
    kept: tuple[str, ...]
    """Uploads that the next run resumes."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An unpublished path."""

    source: str
    key: str
    path: str
    url: str
    failed: Failed | None = None
    """Why the file could not be deleted, or why its URL is not known to be free of it."""
    served: bool | None = None
    """Whether the URL still serves the file, as a cache may do; `None` if that is unknown."""
    changed: bool = False
    """Whether somebody else's file is there now, so that it was not deleted."""
    was_there: bool = True
    """Whether the file was at the destination; if not, it may lie on a disk that was away."""
    since: datetime | None = None
    """If it was unpublished already: the time of that."""


@dataclass(frozen=True, slots=True)
class Unpublished:
    """The result of unpublishing. All paths are out of the manifest."""

    exit: Exit
    """The exit code that `syncer unpublish` ends with."""
    deleted: tuple[Withdrawn, ...]
    kept: tuple[Withdrawn, ...]
    """Files in place, which are the user's own, and files that somebody has put there since."""
    failed: tuple[Withdrawn, ...]


@dataclass(frozen=True, slots=True)
class Migrated:
    """The result for the links of a document."""

    exit: Exit
    """The exit code that `syncer migrate` ends with."""
    rows: tuple[MapRow, ...]
    """Each link to media, in the order of the document."""
    others: int
    """Distinct links that do not lead to media."""
    synced: Synced | None
    """The run that copied the missing files; `None` if none was missing."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """The result for the drafts."""

    exit: Exit
    """The exit code that `syncer push` ends with."""
    verdicts: tuple[DraftVerdict, ...]
