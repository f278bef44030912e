"""Sources take turns: a source whose listing is slow or endless waits until the others are listed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator

from syncer.errors import SourceError
from syncer.model import MOST_OBJECTS, Asset
from syncer.protocols import Source
from syncer.runners.aside import Aside
from syncer.sync.tally import Tally

TURN = 60.0
"""Seconds that the run waits for a source in its first turn; each further turn is twice as long."""
LONGEST = 16
"""The longest turn, in first turns."""
AT_WORK = 10
"""A turn also ends after so many times its seconds, including the time for other work."""
SILENCE = 24 * 60 * 60.0
"""Seconds until a source that lists nothing more is given up. It is long, as a large archive is read to its
end before its first file is known.
"""


class SourceListing:
    """The listing of one source, over all of its turns."""

    def __init__(self, tally: Tally, source: Source, stopped: Callable[[], bool]) -> None:
        self.name = tally.source
        self.source = source
        self.tally = tally
        self.is_over = False
        """Whether it is complete, or failed."""
        self._aside = Aside(source.assets, stopped)
        self._stopped = stopped
        self._here: deque[Asset] = deque()
        self._count = 0
        self._silent = 0.0

    def turn(self, seconds: float) -> Iterator[Asset]:
        """The assets that it lists until its turn ends. Raises `SourceError`."""
        left, end = seconds, time.monotonic() + AT_WORK * seconds
        while not self.is_over:
            while self._here:
                yield self._here.popleft()
                if time.monotonic() >= end or self.is_over:
                    return
            begun = time.monotonic()
            if not self._more(left):
                return
            left -= time.monotonic() - begun
            if left <= 0 and self._here:
                yield self._here.popleft()  # so each turn makes progress, however short it is
                return

    def leave(self) -> None:
        self.is_over = True
        self._aside.leave()

    def _more(self, seconds: float) -> bool:
        begun = time.monotonic()
        try:
            found = self._aside.take(max(seconds, 0.0))
        except BaseException:
            self.is_over = True
            raise
        self._silent = 0.0 if found else self._silent + time.monotonic() - begun
        if found is None:
            if self._silent >= SILENCE and not self._stopped():
                self.leave()
                raise self._timeout()
            return False
        self._here.extend(found)
        self._count += len(found)
        self.is_over = not found
        if self._count > MOST_OBJECTS:
            self.leave()
            raise self._endless()
        return bool(found)

    def _timeout(self) -> SourceError:
        return SourceError(
            f"it listed nothing more for {self._silent / 3600:.0f} hours",
            code="source.timeout",
            hint="is its disk or server there? The next run lists it again",
            transient=True,
        )

    def _endless(self) -> SourceError:
        return SourceError(
            f"it lists more than {MOST_OBJECTS:,} files, so its listing seems to be endless",
            code="source.endless",
            hint="split it into several sources, or check the server; what was listed is published",
        )
