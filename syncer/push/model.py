"""Drafts: the values, and the protocols that other modules implement, with their laws."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class PushState(StrEnum):
    """The state of a draft, from just before it is sent."""

    SENDING = "sending"
    """The request is on its way. If no push is running, its push was killed."""
    UNSURE = "unsure"
    """No answer came: the platform may have accepted it."""
    REFUSED = "refused"
    """Not accepted: nothing is at the platform."""
    SENT = "sent"
    """Accepted; syncer follows it."""
    ARRIVED = "arrived"
    """In the user's inbox, or posted from there."""
    FAILED = "failed"
    """Accepted, but then the platform failed with it."""


class Media(StrEnum):
    """A draft is one video, or one to 35 photos."""

    VIDEO = "video"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class PlatformStatus:
    """The platform's status of a draft."""

    state: PushState
    """`SENT`, `ARRIVED` or `FAILED`."""
    status: str
    """The platform's name of the status."""
    code: str | None = None
    """The platform's code of the failure."""
    bytes: int | None = None
    """Bytes that it has pulled so far."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One asset of a draft."""

    identity: str
    """Hex: a hash of the URL with its query, and of the sha256 if known. No identity is sent twice."""
    url: str
    """Without its query, which may be a signature."""
    sha256: str | None = None
    source: str | None = None
    """`None` if syncer did not publish it."""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """One draft: a video, or one or more photos."""

    state: PushState
    assets: tuple[Pushed, ...]
    sent_at: datetime
    """The time of the answer; before that, the start of the request."""
    number: int = 0
    """Given by `Pushes.add`."""
    publish_id: str | None = None
    status: str | None = None
    """The platform's name of the status."""
    code: str | None = None
    """The platform's code of the refusal or failure."""
    looked_at: datetime | None = None
    """The time of the last request for its status."""
    ended_at: datetime | None = None


class Pushes(Protocol):
    """The record of all drafts, stored beside the entries.

    * Its lock is not the catalogue's: following a draft takes up to an hour, and `sync` from cron must work
      meanwhile. Each of the two writes only its own tables, in short single statements, and waits for the
      other's statements.
    * Only the holder of the lock sends. So a `sending` that it finds is from a dead process, no two processes
      send the same asset, and the limits on calls hold across processes.
    * A write that has returned survives a crash and a power cut: a draft without a record is sent again.
    """

    def lock(self) -> AbstractContextManager[None]:
        """Holds the right to send. Raises `Locked`, which says who holds it and since when."""

    def add(self, push: Push) -> Push:
        """Stores a draft, and returns it with its number."""

    def put(self, push: Push) -> None:
        """Replaces the draft with this number; its assets stay."""

    def latest(self, identity: str) -> Push | None:
        """The last draft with this asset that the platform accepted or may have accepted."""

    def standing(self, *states: PushState) -> list[Push]:
        """The drafts in these states, oldest first."""

    def since(self, time: datetime) -> list[Push]:
        """The drafts in any state that were sent or looked at after `time`, oldest first."""

    def close(self) -> None: ...


class Platform(Protocol):
    """The receiver of drafts. Its errors are `PlatformError` with the platform's own `code`."""

    def send(self, urls: tuple[str, ...], media: Media, title: str | None) -> str:
        """Returns the publish_id for `status`.

        Raises `Unanswered` if the draft may have been accepted; any other error means that it was not.
        """

    def status(self, publish_id: str) -> PlatformStatus: ...
