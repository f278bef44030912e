"""The running calls of a `Mirror`, so that they can be stopped, and its catalogue for reading."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import get_ident
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.connect.pace import SharedPace
    from syncer.protocols import Catalogue
    from syncer.runners import Serial, Threads


class Handles:
    """Shared by all threads that call one `Mirror`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._paces: list[SharedPace] = []
        self._passed = 0
        self._stopped = False
        self._reader: int | None = None
        """The thread that uses `_shared`."""
        self._shared: Catalogue | None = None

    # Running calls

    def stop(self) -> None:
        """End all running calls, and all later ones."""
        self._stopped = True
        for pace in tuple(self._paces):
            pace.stop()

    @property
    def passed(self) -> int:
        return self._passed + sum(pace.passed for pace in tuple(self._paces))

    @contextmanager
    def crew(self) -> Iterator[Serial | Threads]:
        from syncer.mirror import run

        crew = run.runner(self._config)
        with self.stoppable(crew.pace):
            yield crew

    @contextmanager
    def sender(self) -> Iterator[Serial]:
        """One worker, without a bandwidth limit."""
        from syncer.runners import Serial

        crew = Serial(patience=self._config.patience)
        with self.stoppable(crew.pace):
            yield crew

    @contextmanager
    def pace(self) -> Iterator[SharedPace]:
        """The pace of a call without workers."""
        from syncer.mirror import run

        with self.stoppable(run.pace_of(self._config)) as pace:
            yield pace

    @contextmanager
    def stoppable(self, pace: SharedPace) -> Iterator[SharedPace]:
        self._paces.append(pace)
        if self._stopped:  # checked last, so that a `stop` in between is not missed
            pace.stop()
        try:
            yield pace
        finally:
            self._paces.remove(pace)
            self._passed += pace.passed

    # Reading

    def share(self) -> None:
        """From now on, this thread reads with one handle."""
        self._reader = get_ident()

    def close(self) -> None:
        self._reader, shared, self._shared = None, self._shared, None
        if shared:
            shared.close()

    @contextmanager
    def reading(self) -> Iterator[Catalogue]:
        from syncer.catalogue import open_catalogue

        if self._reader != get_ident():
            with closing(open_catalogue(self._config.catalogue, read_only=True)) as catalogue:
                yield catalogue
            return
        self._shared = self._shared or open_catalogue(self._config.catalogue, read_only=True)
        yield self._shared
