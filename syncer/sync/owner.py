"""The owner of a destination. Two catalogues there would overwrite and delete each other's files.

A mark lies at the destination's root. It names a catalogue and the last run of it that wrote there (a turn).
A catalogue remembers its own turns. So it recognises its own mark, and not that of another catalogue or of a
copy of itself.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from syncer.connect.retry import Policy, retry
from syncer.errors import DestinationError
from syncer.manifest import timestamp
from syncer.model import Entry, Finding, State, Stored
from syncer.protocols import Pace, Stopped
from syncer.protocols.tenure import Mark, Marked, Named, Tenure, Tenures
from syncer.sync.grip import ROOTLESS, Grip
from syncer.sync.marks import (
    FOREIGN,
    NAMED,
    OwnerStatus,
    at,
    is_listed,
    judge_mark,
    older,
    owner_error,
    turn_of,
)
from syncer.sync.sample import (
    EMPTIED,
    begins_alike,
    beside_mark,
    emptied,
    unmarked,
    unread,
    vanished,
    without_mark,
)

ONCE = Policy(attempts=1)
REMEMBERED = 1000
"""Runs that wrote there, of which a catalogue remembers the marks."""


@dataclass(slots=True)
class Owner:
    """One catalogue at one destination, for one run."""

    catalogue: Tenures
    opened: Callable[[], AbstractContextManager[Marked]]
    place: str
    """The destination, for messages and as its name in the catalogue."""
    origin: str
    pace: Pace
    policy: Policy = field(default_factory=Policy)
    published: Callable[[], Iterable[Entry]] = tuple
    """The entries that the catalogue has as published there."""
    listed: Callable[[], Named] = frozenset
    """What the newest manifest lists."""
    anew: bool = False
    """Whether `look` found another state of the destination than the last run left there."""
    moved: bool = False
    """Whether these entries are still those of another destination, as no run has come here yet."""
    unmarked: bool = False
    """Whether `look` found that our mark is gone and let the run go on: `hold` writes a new one."""
    unread: DestinationError | None = None
    """Why `look` could not read the mark at a destination that was ours before."""
    unlisted: int = 0
    """Published files that the newest manifest lacks, if it may be of a later state of the catalogue."""
    _first: list[str] = field(default_factory=list)
    """The names of the first ones."""
    grip: Grip = field(init=False)

    def __post_init__(self) -> None:
        self.grip = Grip(self.place)

    def look(self, *, take_over: bool = False, sure: bool = False) -> None:
        """Check the mark at the start of a run. Raises `DestinationError`: `destination.owner` if another
        catalogue owns the destination, and `destination.emptied` if a sample finds no published file there.
        If our mark is gone, a file of another size counts as missing, too.

        If our mark is gone, no file there is ours until all its bytes were compared. `take_over` goes on
        nevertheless, and takes over another catalogue's destination in the same way. A destination that can't
        be asked passes if it was ours before (see `unread`), as nothing is written or deleted there without
        `hold`. With `sure`, for a caller that deletes without a mark, it does not pass.
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
                self.unread = error
                return
            standing, mark = self._judge(content)
            self.anew = left is not None and not left.knows(turn_of(content))
            if standing in FOREIGN:
                if not take_over:
                    raise self._refusal(standing, mark)
                if standing is OwnerStatus.EARLIER:
                    self.catalogue.disown()
                else:
                    self._disown(outdated=True)
                self._remember(turn_of(content), self._name())
            elif content is not None:
                if self.anew:
                    self.catalogue.disown()
                self._see_it_is_full(destination, take_over=take_over)
            elif left is not None:
                self._give_up_mark(destination, take_over=take_over)
            self._hand_over(turn_of(content), left, take_over=take_over)

    def _hand_over(self, turn: str | None, left: Tenure | None, *, take_over: bool) -> None:
        """If somebody copied our mark from another destination, the files that came with it are ours. So are
        those at a new destination that is taken over.
        """
        if left and turn == left.turn:
            turn = left.before  # `bootstrap` may have replaced it
        for tenure in self.catalogue.tenures():
            if turn and tenure.place != self.place and turn in (tenure.turn, tenure.before, *tenure.written):
                self.catalogue.hand_over(tenure.place)
        if take_over and left is None:
            self.catalogue.hand_over(None)

    def _see_it_is_full(self, destination: Marked, *, take_over: bool) -> None:
        """Our mark is there, but the published files may be on another disk that is not mounted."""
        gone = None if self.moved else beside_mark(self.published, self._stat(destination, ONCE))
        if gone and not take_over:
            raise emptied(self.place, gone, marked=True)
        if gone:
            self.catalogue.doubt()

    def _give_up_mark(self, destination: Marked, *, take_over: bool) -> None:
        """Our mark is gone. Perhaps somebody removed only the mark, or put other files there."""
        if not take_over:
            gone = without_mark(self.published, self._stat(destination, self.policy), self._same(destination))
            if gone:
                raise emptied(self.place, gone, marked=False)
        self._disown(outdated=False)
        self.unmarked = True

    def _disown(self, *, outdated: bool) -> None:
        """The newest manifest shows what a later state of the catalogue let go. `outdated`: there is one."""
        listed = self.listed()
        published = (each for each in self.published() if each.state is State.PUBLISHED)
        unlisted = (f"{each.source}:{each.key}" for each in published if not is_listed(each, listed))
        self._first = list(islice(unlisted, NAMED))
        self.unlisted = len(self._first) + sum(1 for _ in unlisted)
        self.catalogue.disown(listed if outdated or self.unlisted else None)

    def remarks(self) -> Iterator[Finding]:
        """What `look` found, as warnings."""
        if self.unmarked:
            yield unmarked(self.place)
        if self.unread:
            yield unread(self.unread)
        if self.unlisted:
            yield older(self.unlisted, self._first)

    def _stat(self, destination: Marked, policy: Policy) -> Callable[[str], Stored | None]:
        return lambda path: retry(partial(destination.stat, path), self.pace, policy)

    def _same(self, destination: Marked) -> Callable[[Entry, Stored], bool]:
        def same(entry: Entry, stored: Stored) -> bool:
            return retry(lambda: begins_alike(destination, entry, stored, self.pace), self.pace, self.policy)

        return same

    def hold(self, destination: Marked) -> None:
        """Before the first write or delete: check the mark again, and write the mark of this run.

        Raises `DestinationError`, also if our mark has gone since `look`.
        """
        self.grip.check()
        content = self._read_at(destination, self.policy)
        standing, mark = self._judge(content)
        if standing in FOREIGN:
            raise self._refusal(standing, mark)
        ours, left = self._mark(mark), self._left()
        if content is None and left and not self.unmarked:
            raise vanished(self.place)
        # A server may have answered wrongly that there is no mark: the one that we left is still ours.
        before = turn_of(content) or (left.turn if left else None)
        self._remember(ours.turn, ours.catalogue, before, wrote=True)
        written = json.dumps(asdict(ours), indent=1).encode()
        self._write_at(destination, written, new=standing is OwnerStatus.FREE)
        begun = self.grip.clock()
        now = self._read_at(destination, self.policy)
        if now != written:  # another catalogue was faster
            raise self._refusal(*self._judge(now))
        is_ours = left is not None and before in (left.turn, *left.written)
        # From now on, an earlier mark of ours shows an older state of the destination.
        self._remember(ours.turn, ours.catalogue, None if is_ours else before)
        self.unmarked = False
        self.grip.took(written, begun, self._judged())

    def _judged(self) -> Callable[[bytes], DestinationError | None]:
        """For the workers, which can't ask the catalogue. `Grip` itself names the mark of an earlier run."""
        known = self.catalogue.tenures()

        def judged(content: bytes) -> DestinationError | None:
            standing, mark = judge_mark(content, known, self.place)
            is_anothers = standing in (OwnerStatus.OLDER, OwnerStatus.OTHERS)
            return self._refusal(standing, mark) if is_anothers else None

        return judged

    def still_hold(self) -> None:
        """Raises `DestinationError` if this run wrote its mark and the mark is not there any more."""
        if not self.grip.holds or self.pace.stopped():
            return
        with suppress(Stopped), self.opened() as destination:
            retry(partial(self.grip.look, destination, sure=True), self.pace, self.policy)

    def adopt(self, *, take_over: bool) -> bool:
        """For a new catalogue in place of a lost one: take over the mark of the lost one. Returns whether the
        mark names this machine and origin, so that the files in the manifest are those that syncer wrote
        there.

        Raises `DestinationError` (`destination.owner`) if the mark names another machine, unless `take_over`.
        """
        content = self._read(self.policy)
        standing, mark = self._judge(content)
        if standing not in FOREIGN:
            return standing is OwnerStatus.OURS
        was_here = (mark.host, mark.origin) == (socket.gethostname(), self.origin)
        if not was_here and not take_over:
            raise self._refusal(standing, mark)
        self._remember(turn_of(content), mark.catalogue if was_here else self._name())
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
        """The mark of this run."""
        name, now = self._name(), timestamp(datetime.now(UTC)) or ""
        since = there.since if there.catalogue == name else now
        return Mark(name, secrets.token_hex(16), socket.gethostname(), self.origin, since)

    def _judge(self, content: bytes | None) -> tuple[OwnerStatus, Mark]:
        return judge_mark(content, self.catalogue.tenures(), self.place)

    # What the catalogue remembers

    def _left(self) -> Tenure | None:
        """What the catalogue knows about the mark that we left there."""
        return at(self.place, self.catalogue.tenures())

    def _name(self) -> str:
        """The name of the catalogue; a new one if it has none yet."""
        known = self.catalogue.tenures()
        return known[0].catalogue if known else secrets.token_hex(16)

    def _remember(
        self, turn: str | None, name: str, before: str | None = None, *, wrote: bool = False
    ) -> None:
        left = self._left()
        written = left.written if left and left.catalogue == name else ()
        if wrote and turn:
            written = (turn, *written)[:REMEMBERED]
        self.catalogue.put_tenure(Tenure(self.place, name, turn, before, written))

    def _refusal(self, standing: OwnerStatus, mark: Mark) -> DestinationError:
        return owner_error(standing, mark, self.place)
