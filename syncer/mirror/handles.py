"""What a `Mirror` holds: the calls that run, so that they can be stopped, and a catalogue to read."""

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
    """For all threads that call one `Mirror`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._paces: list[SharedPace] = []
        self._passed = 0
        self._stopped = False
        self._reader: int | None = None
        """The thread that shares a catalogue."""
        self._shared: Catalogue | None = None

    # What runs

    def stop(self) -> None:
        """End all calls that run now, and those to come."""
        self._stopped = True
        for pace in tuple(self._paces):
            pace.stop()

    @property
    def passed(self) -> int:
        """Bytes that were transferred so far."""
        return self._passed + sum(pace.passed for pace in tuple(self._paces))

    @contextmanager
    def crew(self) -> Iterator[Serial | Threads]:
        """Workers, as many as the config says."""
        from syncer.mirror import run

        crew = run.runner(self._config)
        with self.stoppable(crew.pace):
            yield crew

    @contextmanager
    def sender(self) -> Iterator[Serial]:
        """One worker, without a limit of bandwidth."""
        from syncer.runners import Serial

        crew = Serial(patience=self._config.patience)
        with self.stoppable(crew.pace):
            yield crew

    @contextmanager
    def pace(self) -> Iterator[SharedPace]:
        """For a call without workers."""
        from syncer.mirror import run

        with self.stoppable(run.pace_of(self._config)) as pace:
            yield pace

    @contextmanager
    def stoppable(self, pace: SharedPace) -> Iterator[SharedPace]:
        self._paces.append(pace)
        if self._stopped:  # asked after the pace is known to `stop`, so that none is missed
            pace.stop()
        try:
            yield pace
        finally:
            self._paces.remove(pace)
            self._passed += pace.passed

    # What is read

    def share(self) -> None:
        """From now on, this thread reads through one handle."""
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
