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
from itertools import islice

from syncer.connect.retry import Policy, retry
from syncer.errors import DestinationError
from syncer.protocols import Pace
from syncer.protocols.tenure import Mark, Marked, Tenure, Tenures

ONCE = Policy(attempts=1)
EMPTIED = "destination.emptied"
ROOTLESS = ("destination.root", "destination.bucket")
"""Codes of a destination whose root or bucket is not there."""
SAMPLE = 20
"""At least so many published files are looked for where the mark is gone, less than twice as many at most."""


class Standing(Enum):
    FREE = "free"
    """No mark: nobody has published there yet."""
    OURS = "ours"
    OLDER = "older"
    """A later state of this catalogue wrote there, or a copy of it on another machine."""
    OTHERS = "others"


FOREIGN = (Standing.OLDER, Standing.OTHERS)


@dataclass(frozen=True, slots=True)
class Owner:
    """One catalogue at one destination."""

    catalogue: Tenures
    opened: Callable[[], AbstractContextManager[Marked]]
    place: str
    """The destination, in words."""
    origin: str
    pace: Pace
    policy: Policy = field(default_factory=Policy)
    published: Callable[[], Iterable[str]] = tuple
    """Paths of what is published there, by the catalogue."""

    def look(self, *, take_over: bool = False, sure: bool = False) -> None:
        """At the start of a run. Raises `DestinationError`: `destination.owner` if it is another's, and
        `destination.emptied` if our mark is gone and a sample of what we published there, too.

        `take_over` makes another's ours, where all that is published has to be seen again. A destination that
        can't be asked passes, if it was ours before: nothing is written or deleted there without `hold`. With
        `sure`, for whoever deletes without leaving a mark, it does not pass.
        """
        left = self._left()
        known = left is not None and not take_over and not sure
        try:
            content = self._read(ONCE if known else self.policy)
        except DestinationError as error:
            if not known:
                raise
            if error.code in ROOTLESS and any(self.published()):
                raise DestinationError(error.message, code=EMPTIED, hint=error.hint) from error
            return
        standing, mark = self._judge(content)
        if content is None and left is not None:
            if not take_over and self._is_emptied():
                raise emptied(self.place)
            self.catalogue.doubt()
        if standing in FOREIGN:
            if not take_over:
                raise self._refusal(standing, mark)
            self.catalogue.doubt()
            self._remember(_turn(content), self._name())

    def hold(self, destination: Marked) -> None:
        """Before anything is written or deleted: looks again, and leaves the mark of this run there."""
        content = self._read_at(destination, self.policy)
        standing, mark = self._judge(content)
        if standing in FOREIGN:
            raise self._refusal(standing, mark)
        ours, left = self._mark(mark), self._left()
        # A server may have told us that there is none: the one that we left is still ours.
        before = _turn(content) or (left.turn if left else None)
        self._remember(ours.turn, ours.catalogue, before)
        written = json.dumps(asdict(ours), indent=1).encode()
        self._write_at(destination, written, new=standing is Standing.FREE)
        now = self._read_at(destination, self.policy)
        if now != written:  # another was faster
            raise self._refusal(*self._judge(now))

    def adopt(self, *, take_over: bool) -> bool:
        """For a catalogue that was made anew: the mark of the one that is lost becomes ours. Returns whether
        there is one: without it, nothing shows that syncer ever wrote there.

        Raises `DestinationError` (`destination.owner`) if it names another machine, unless `take_over`.
        """
        content = self._read(self.policy)
        standing, mark = self._judge(content)
        if standing not in FOREIGN:
            return content is not None
        was_here = (mark.host, mark.origin) == (socket.gethostname(), self.origin)
        if not was_here and not take_over:
            raise self._refusal(standing, mark)
        self._remember(_turn(content), mark.catalogue if was_here else self._name())
        return True

    def _is_emptied(self) -> bool:
        """Whether nothing of a sample lies there. Somebody may have removed the mark alone."""
        count = sum(1 for _ in self.published())
        sample = islice(self.published(), 0, None, max(1, count // SAMPLE))
        with self.opened() as destination:
            there = (retry(partial(destination.stat, path), self.pace, self.policy) for path in sample)
            return count > 0 and not any(there)

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

    def _judge(self, content: bytes | None) -> tuple[Standing, Mark]:
        return judge(content, self.catalogue.tenures(), self.place)

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

    def _refusal(self, standing: Standing, mark: Mark) -> DestinationError:
        return refusal(standing, mark, self.place)


def at(place: str, known: Iterable[Tenure]) -> Tenure | None:
    """The one at this destination."""
    return next((tenure for tenure in known if tenure.place == place), None)


def judge(content: bytes | None, known: Iterable[Tenure], place: str) -> tuple[Standing, Mark]:
    """Whose a mark is, for a catalogue that knows these tenures."""
    if content is None:
        return Standing.FREE, Mark("", "")
    mark, standing = _parsed(content), Standing.OTHERS
    for tenure in known:
        if _turn(content) in (tenure.turn, tenure.before):
            return Standing.OURS, mark
        if tenure.catalogue == mark.catalogue:
            if tenure.turn is None and tenure.place == place:
                return Standing.OURS, mark
            standing = Standing.OLDER
    return standing, mark


def refusal(standing: Standing, mark: Mark, place: str) -> DestinationError:
    whose = (
        f"host {mark.host} uses it for {mark.origin} since {mark.since}"
        if mark.host
        else "its owner mark can't be read"
    )
    if standing is Standing.OLDER:
        return DestinationError(
            f"the destination ({place}) was written by a later state of this catalogue or by a copy of it:"
            f" {whose}",
            code="destination.owner",
            hint="if two machines have the same catalogue, stop one; if this is an old copy that was put"
            " back, `syncer sync --take-over` looks at every URL again",
        )
    return DestinationError(
        f"the destination ({place}) belongs to another catalogue: {whose}",
        code="destination.owner",
        hint="give each catalogue a root or prefix of its own; if its catalogue was lost,"
        " `syncer catalogue rebuild`; if this one takes its place, `syncer sync --take-over`",
    )


def emptied(place: str) -> DestinationError:
    return DestinationError(
        f"the destination ({place}) seems to be empty: its owner mark is gone, and the files that were"
        " published there, too; nothing was copied or deleted",
        code=EMPTIED,
        hint="is its disk mounted, its root or prefix right? If you emptied it, `syncer sync --take-over`"
        " copies everything again",
    )


def _parsed(content: bytes) -> Mark:
    """One without a name where it can't be read."""
    try:
        said = json.loads(content)
        mark = Mark(**{field.name: str(said[field.name]) for field in fields(Mark)})
    except (ValueError, LookupError, TypeError, RecursionError):
        return Mark("", "")
    return replace(mark, **{name: _short(getattr(mark, name)) for name in ("host", "origin", "since")})


def _short(text: str) -> str:
    """For messages: whoever may write there chose it."""
    return "".join(char for char in text if char.isprintable())[:200]


def _turn(content: bytes | None) -> str | None:
    """What a mark is known by: one that can't be read goes by its bytes."""
    return None if content is None else _parsed(content).turn or hashlib.sha256(content).hexdigest()
