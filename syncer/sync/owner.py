"""Whose a destination is: two catalogues that publish there would overwrite and delete each other's files.

A mark lies at the destination's root. It names a catalogue and the last run of it that wrote there (a turn).
A catalogue remembers its own turns, so it knows its mark; another's, or that of a copy of it, it does not.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import socket
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import Enum
from functools import partial

from syncer.connect.retry import Policy, retry
from syncer.errors import DestinationError
from syncer.model import Entry, Stored
from syncer.protocols import Pace
from syncer.protocols.tenure import Mark, Marked, Tenure, Tenures
from syncer.settings.terminal import shorten, visible
from syncer.sync.sample import EMPTIED, beside_mark, emptied, vanished, without_mark

ONCE = Policy(attempts=1)
ROOTLESS = ("destination.root", "destination.bucket")
"""Codes of a destination whose root or bucket is not there."""


class OwnerStatus(Enum):
    FREE = "free"
    """No mark: nobody has published there yet."""
    OURS = "ours"
    OLDER = "older"
    """A later state of this catalogue wrote there, or a copy of it on another machine."""
    OTHERS = "others"


FOREIGN = (OwnerStatus.OLDER, OwnerStatus.OTHERS)


@dataclass(slots=True)
class Owner:
    """One catalogue at one destination, for one run."""

    catalogue: Tenures
    opened: Callable[[], AbstractContextManager[Marked]]
    place: str
    """The destination, in words."""
    origin: str
    pace: Pace
    policy: Policy = field(default_factory=Policy)
    published: Callable[[], Iterable[Entry]] = tuple
    """What is published there, by the catalogue."""
    unmarked: bool = False
    """Whether `look` saw that our mark is gone, and let the run go on: `hold` leaves a new one."""

    def look(self, *, take_over: bool = False, sure: bool = False) -> None:
        """At the start of a run. Raises `DestinationError`: `destination.owner` if it is another's, and
        `destination.emptied` if nothing of a sample of what we published is there: of its size where our mark
        is gone, at all where it is there.

        Where our mark is gone, nothing there is ours before all its bytes were compared. `take_over` goes on
        all the same, and makes another's ours in that way, too. A destination that can't be asked passes, if
        it was ours before: nothing is written or deleted there without `hold`. With `sure`, for whoever
        deletes without leaving a mark, it does not pass.
        """
        left = self._left()
        known = left is not None and not take_over and not sure
        with self.opened() as destination:
            try:
                content = self._read_at(destination, ONCE if known else self.policy)
            except DestinationError as error:
                if not known:
                    raise
                if error.code in ROOTLESS and any(True for _ in self.published()):
                    raise DestinationError(error.message, code=EMPTIED, hint=error.hint) from error
                return
            standing, mark = self._judge(content)
            if standing in FOREIGN:
                if not take_over:
                    raise self._refusal(standing, mark)
                self.catalogue.disown()
                self._remember(_turn(content), self._name())
            elif content is not None:
                self._see_it_is_full(destination, take_over=take_over)
            elif left is not None:
                self._give_up_mark(destination, take_over=take_over)

    def _see_it_is_full(self, destination: Marked, *, take_over: bool) -> None:
        """Our mark is there. Its files may lie on a disk of their own."""
        gone = beside_mark(self.published, self._stat(destination, ONCE))
        if gone and not take_over:
            raise emptied(self.place, gone, marked=True)
        if gone:
            self.catalogue.doubt()

    def _give_up_mark(self, destination: Marked, *, take_over: bool) -> None:
        """Our mark is gone. Somebody may have removed it alone, or put files of his own there."""
        if not take_over:
            gone = without_mark(self.published, self._stat(destination, self.policy))
            if gone:
                raise emptied(self.place, gone, marked=False)
        self.catalogue.disown()
        self.unmarked = True

    def _stat(self, destination: Marked, policy: Policy) -> Callable[[str], Stored | None]:
        return lambda path: retry(partial(destination.stat, path), self.pace, policy)

    def hold(self, destination: Marked) -> None:
        """Before anything is written or deleted: looks again, and leaves the mark of this run there.

        Raises `DestinationError` also where our mark is gone and `look` did not say so.
        """
        content = self._read_at(destination, self.policy)
        standing, mark = self._judge(content)
        if standing in FOREIGN:
            raise self._refusal(standing, mark)
        ours, left = self._mark(mark), self._left()
        if content is None and left and not self.unmarked:
            raise vanished(self.place)
        # A server may have told us that there is none: the one that we left is still ours.
        before = _turn(content) or (left.turn if left else None)
        self._remember(ours.turn, ours.catalogue, before)
        written = json.dumps(asdict(ours), indent=1).encode()
        self._write_at(destination, written, new=standing is OwnerStatus.FREE)
        now = self._read_at(destination, self.policy)
        if now != written:  # another was faster
            raise self._refusal(*self._judge(now))
        self.unmarked = False

    def adopt(self, *, take_over: bool) -> bool:
        """For a catalogue that was made anew: the mark of the one that is lost becomes ours. Whether it is
        that of this machine and origin, so that what the manifest lists there is what syncer wrote.

        Raises `DestinationError` (`destination.owner`) if it names another machine, unless `take_over`.
        """
        content = self._read(self.policy)
        standing, mark = self._judge(content)
        if standing not in FOREIGN:
            return standing is OwnerStatus.OURS
        was_here = (mark.host, mark.origin) == (socket.gethostname(), self.origin)
        if not was_here and not take_over:
            raise self._refusal(standing, mark)
        self._remember(_turn(content), mark.catalogue if was_here else self._name())
        return was_here

    # The mark

    def _read(self, policy: Policy) -> bytes | None:
        with self.opened() as destination:
            return self._read_at(destination, policy)

    def _read_at(self, destination: Marked, policy: Policy) -> bytes | None:
        return retry(destination.mark, self.pace, policy)

    def _write_at(self, destination: Marked, content: bytes, *, new: bool) -> None:
        retry(partial(destination.put_mark, content, new=new), self.pace, self.policy)

    def _mark(self, there: Mark) -> Mark:
        """That of this run."""
        name, now = self._name(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        since = there.since if there.catalogue == name else now
        return Mark(name, secrets.token_hex(16), socket.gethostname(), self.origin, since)

    def _judge(self, content: bytes | None) -> tuple[OwnerStatus, Mark]:
        return judge_mark(content, self.catalogue.tenures(), self.place)

    # What the catalogue remembers

    def _left(self) -> Tenure | None:
        """What it knows of the mark that we left there."""
        return at(self.place, self.catalogue.tenures())

    def _name(self) -> str:
        """The catalogue's, made where it has none yet."""
        known = self.catalogue.tenures()
        return known[0].catalogue if known else secrets.token_hex(16)

    def _remember(self, turn: str | None, name: str, before: str | None = None) -> None:
        self.catalogue.put_tenure(Tenure(self.place, name, turn, before))

    def _refusal(self, standing: OwnerStatus, mark: Mark) -> DestinationError:
        return owner_error(standing, mark, self.place)


def at(place: str, known: Iterable[Tenure]) -> Tenure | None:
    """The one at this destination."""
    return next((tenure for tenure in known if tenure.place == place), None)


def judge_mark(content: bytes | None, known: Iterable[Tenure], place: str) -> tuple[OwnerStatus, Mark]:
    """Whose a mark is, for a catalogue that knows these tenures."""
    if content is None:
        return OwnerStatus.FREE, Mark("", "")
    mark, standing = _parsed(content), OwnerStatus.OTHERS
    for tenure in known:
        if _turn(content) in (tenure.turn, tenure.before):
            return OwnerStatus.OURS, mark
        if tenure.catalogue == mark.catalogue:
            if tenure.turn is None and tenure.place == place:
                return OwnerStatus.OURS, mark
            standing = OwnerStatus.OLDER
    return standing, mark


def owner_error(standing: OwnerStatus, mark: Mark, place: str) -> DestinationError:
    whose = (
        f"host {mark.host} uses it for {mark.origin} since {mark.since}"
        if mark.host
        else "its owner mark can't be read"
    )
    if standing is OwnerStatus.OLDER:
        return DestinationError(
            f"the destination ({place}) was written by a later state of this catalogue or by a copy of it:"
            f" {whose}",
            code="destination.owner",
            hint="if two machines have the same catalogue, stop one. If another disk was mounted here"
            " meanwhile, or an old copy of the catalogue or the disk was put back, `syncer sync --take-over`"
            " looks at each file again: nothing is lost, and only what is missing is copied",
        )
    return DestinationError(
        f"the destination ({place}) belongs to another catalogue: {whose}",
        code="destination.owner",
        hint="give each catalogue a root or prefix of its own; if its catalogue was lost,"
        " `syncer catalogue rebuild`; if this one takes its place, `syncer sync --take-over`",
    )


def _parsed(content: bytes) -> Mark:
    """One without a name where it can't be read."""
    try:
        said = json.loads(content)
        mark = Mark(**{field.name: str(said[field.name]) for field in fields(Mark)})
    except (ValueError, LookupError, TypeError, RecursionError):
        return Mark("", "")
    return replace(
        mark, **{name: shorten(visible(getattr(mark, name)), 200) for name in ("host", "origin", "since")}
    )


def _turn(content: bytes | None) -> str | None:
    """What a mark is known by: one that can't be read goes by its bytes."""
    return None if content is None else _parsed(content).turn or hashlib.sha256(content).hexdigest()
