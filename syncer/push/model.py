"""What is sent to the platform: the nouns, and the verbs that others implement, with their laws."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class PushState(StrEnum):
    """Where a draft stands that was sent, or was about to be."""

    SENDING = "sending"
    """The request is on its way. Where nobody sends any more, its sender was killed."""
    UNSURE = "unsure"
    """No answer came: the platform may have taken it."""
    REFUSED = "refused"
    """Not taken, so nothing is at the platform."""
    SENT = "sent"
    """Taken, and to be followed."""
    ARRIVED = "arrived"
    """In the user's inbox, or posted from there."""
    FAILED = "failed"
    """Taken, and given up by the platform."""


class Media(StrEnum):
    """A draft is one video, or one to 35 photos."""

    VIDEO = "video"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class PlatformStatus:
    """What the platform says of a draft."""

    state: PushState
    """`SENT`, `ARRIVED` or `FAILED`."""
    status: str
    """Its own word."""
    code: str | None = None
    """Why it failed, in its own word."""
    bytes: int | None = None
    """How many it has pulled so far."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One asset of a draft."""

    identity: str
    """Hex: a hash of the URL with its query, and of the sha256 if that is known. What is never sent twice."""
    url: str
    """Without query: that may be a signature."""
    sha256: str | None = None
    source: str | None = None
    """`None` of what syncer did not publish."""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """One draft: a video, or one or more photos."""

    state: PushState
    assets: tuple[Pushed, ...]
    sent_at: datetime
    """When the request was answered; until then, when it was begun."""
    number: int = 0
    """Given by whoever keeps it."""
    publish_id: str | None = None
    status: str | None = None
    """As the platform calls it."""
    code: str | None = None
    """Why it was refused or failed, as the platform calls it."""
    looked_at: datetime | None = None
    """When its status was last asked for."""
    ended_at: datetime | None = None


class Pushes(Protocol):
    """What was sent to the platform, kept beside the entries and not among them.

    * Its lock is not the catalogue's: following a draft takes up to an hour, in which `sync` must go on from
      cron. Each of the two writes only its own tables, in single short statements, and waits for the other's.
    * The lock is held by whoever sends. So a `sending` that its holder finds is a dead one's, no two send the
      same asset at once, and the limits on calls are kept across processes.
    * Every write outlives the process and the power when it returns: what is not on record is sent again.
    """

    def lock(self) -> AbstractContextManager[None]:
        """Hold the right to send. Raises `Locked`, saying who holds it and since when."""

    def add(self, push: Push) -> Push:
        """Remember a draft, and give it its number."""

    def put(self, push: Push) -> None:
        """Replace what is known of the draft with that number; its assets stay."""

    def latest(self, identity: str) -> Push | None:
        """The last draft with this asset that the platform took or may have taken: none that was refused."""

    def standing(self, *states: PushState) -> list[Push]:
        """Those in these states, oldest first."""

    def since(self, time: datetime) -> list[Push]:
        """Those that were sent, or looked at, after `time`, whatever became of them, oldest first."""

    def close(self) -> None: ...


class Platform(Protocol):
    """Where drafts are sent. Errors are `PlatformError`, with the platform's own word as `code`."""

    def send(self, urls: tuple[str, ...], media: Media, title: str | None) -> str:
        """Returns the name by which the draft is followed.

        Raises `Unanswered` where it may have been taken all the same; every other error says that it was not.
        """

    def status(self, publish_id: str) -> PlatformStatus: ...
