"""`Mirror`: one config, and a method for each command. The Python API, which the command line calls too."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import timedelta
    from types import TracebackType

    from syncer.config import Config
    from syncer.connect.pace import SharedPace
    from syncer.mirror.checks import Checks
    from syncer.mirror.plan import Plan
    from syncer.mirror.values import Heard, Known, Status, Synced, Tell, Tidied, Unpublished
    from syncer.model import Entry
    from syncer.origin.ownership.bootstrap import Bootstrapped, Say
    from syncer.protocols import Catalogue
    from syncer.runners import Serial, Threads
    from syncer.settings.fields import DeleteLimit


class Mirror:
    """Every method opens what it needs and closes it again. In a `with`, the methods that only read the
    catalogue (`urls`, `manifest`, `url_for`, `links` and so on) share one handle.

    What keeps a method from its work is raised, as a `SyncerError`; what concerns one asset is in the result.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._paces: list[SharedPace] = []
        self._passed = 0
        self._stopped = False
        self._owner: int | None = None
        """The thread that is in the `with`."""
        self._shared: Catalogue | None = None

    @classmethod
    def load(cls, file: str | Path = "config.yaml", *, secrets: bool = True) -> Mirror:
        """Raises `ConfigError` with a line for each problem. Without `secrets`, secrets may be missing: the
        methods that only read the catalogue need none.
        """
        from syncer import process
        from syncer.config import load
        from syncer.errors import ConfigError

        if not process.reads_utf8():
            raise ConfigError(
                f"this Python reads file names as {sys.getfilesystemencoding()}, which changes their URLs",
                code="config.locale",
                hint="start it with PYTHONUTF8=1 in its environment",
            )
        return cls(load(Path(file), secrets=secrets))

    # What is known

    def urls(self, pattern: str | None = None) -> Iterator[Entry]:
        """What is published, in the order of its URLs. `pattern` is a glob on key or public path."""
        from syncer.mirror import known

        with self._reading() as catalogue:
            yield from known.urls(self.config, catalogue, pattern)

    def manifest(self, pattern: str | None = None, form: str = "json") -> Iterator[str]:
        """The same as text, piece by piece. `form` is `json`, `jsonl`, `csv` or `txt`."""
        from syncer.mirror import known

        with self._reading() as catalogue:
            yield from known.manifest(self.config, catalogue, pattern, form)

    def url_for(self, name: str) -> str | None:
        """The stable URL of an asset: `name` is a key or `source:key`.

        `None` if there is none that was seen. Raises `ConfigError` if assets of two sources have that key.
        """
        return self.look_up(name).url

    def look_up(self, name: str) -> Known:
        """The same with all that is known of the asset."""
        from syncer.mirror import known

        with self._reading() as catalogue:
            return known.look_up(self.config, catalogue, name)

    def links(self, links: Iterable[str]) -> Iterator[Known]:
        """What is known of the media behind each link, in the same order. It needs no network."""
        from syncer.mirror import known

        with self._reading() as catalogue:
            yield from known.links(self.config, catalogue, links)

    def status(self) -> Status:
        """The last run, and how many assets are in which state."""
        from syncer.mirror import known

        with self._reading() as catalogue:
            return known.status(catalogue)

    def troubles(self) -> Iterator[Entry]:
        """The assets that something is wrong with."""
        with self._reading() as catalogue:
            yield from catalogue.troubled()

    # Runs

    def bootstrap(
        self,
        wait: float = 0.0,
        progress: Say | None = None,
        *,
        remember: bool = True,
        take_over: bool = False,
    ) -> Bootstrapped:
        """Place the signature files, and look for them, or for the TXT record of a domain.

        It waits up to `wait` seconds for them; `progress` gets each step. Without `remember`, it leaves the
        catalogue alone.
        """
        from syncer.mirror.bootstrap import bootstrapped

        say = progress or (lambda _note: None)
        with self._pace() as pace:
            return bootstrapped(self.config, wait, pace, say, remember=remember, take_over=take_over)

    @contextmanager
    def plan(self) -> Iterator[Plan]:
        """What `sync` would do. It changes nothing, and reads no media.

        The `with` holds the sources open, and a private copy of the catalogue.
        """
        from syncer.mirror import run
        from syncer.mirror.plan import Plan

        with self._pace() as pace, run.surveyed(self.config, pace, alone=False) as survey:
            yield Plan(survey, pace)

    def sync(
        self,
        progress: Tell | None = None,
        *,
        on_error: Heard | None = None,
        take_over: bool = False,
        max_delete: DeleteLimit | str | int | None = None,
    ) -> Synced:
        """Copy what is new or changed, look at each public URL, and write the manifests.

        `progress` gets each outcome and `on_error` each error of the run, in the caller's thread. With
        `take_over`, publish though another catalogue does at this destination. `max_delete` is of this run:
        `"20%"`, or a number of files.
        """
        from syncer.mirror import run

        config = self.config if max_delete is None else run.limited(self.config, max_delete)
        with self._crew() as crew, run.surveyed(config, crew.pace) as survey:
            return run.conduct(config, survey, crew, progress, on_error, take_over=take_over)

    @contextmanager
    def check(self, urls: Iterable[str] | None = None) -> Iterator[Checks]:
        """Would the platform accept it? Checks all that is published, and keeps what it finds; or other URLs.

        While the results are read in the `with`, the lock is held. At its end the manifests are written.
        """
        from syncer.mirror import checks

        if urls is None:
            with self._crew() as crew, checks.of_published(self.config, crew) as results:
                yield results
            return
        crew = checks.crew(self.config)
        with (
            self._stoppable(crew.pace),
            checks.of_urls(self.config, urls, checks.checker(self.config), crew) as results,
        ):
            yield results

    def tidy(
        self, older_than: timedelta | None = None, progress: Callable[[str, bool], None] | None = None
    ) -> Tidied:
        """Remove what killed runs left staged, or only what is older. Published files are never touched.

        `progress` gets each name, and whether it is gone.
        """
        from syncer.mirror.tidy import tidied

        with self._pace() as pace:
            return tidied(self.config, older_than, pace, progress or (lambda _name, _gone: None))

    def unpublish(self, *names: str) -> Unpublished:
        """Take assets out of the manifest, then delete them from the origin.

        A name is a key or `source:key` (all that is public of the asset), a public path, or a stable URL.
        """
        from syncer.mirror import unpublish

        with self._crew() as crew:
            return unpublish.unpublished(self.config, crew, names)

    def readmit(self, *names: str) -> tuple[tuple[str, str], ...]:
        """Let the next `sync` publish again what was unpublished. Returns source and key of each asset."""
        from syncer.mirror import unpublish

        return unpublish.readmitted(self.config, names)

    # Ending

    def stop(self) -> None:
        """End what runs, soon and in good order, from any thread or signal handler. It lasts: load another
        `Mirror` to go on.
        """
        self._stopped = True
        for pace in tuple(self._paces):
            pace.stop()

    @property
    def passed(self) -> int:
        """Bytes that were transferred so far."""
        return self._passed + sum(pace.passed for pace in tuple(self._paces))

    @contextmanager
    def _crew(self) -> Iterator[Serial | Threads]:
        from syncer.mirror import run

        crew = run.runner(self.config)
        with self._stoppable(crew.pace):
            yield crew

    @contextmanager
    def _pace(self) -> Iterator[SharedPace]:
        """For a method without workers."""
        from syncer.mirror import run

        with self._stoppable(run.pace_of(self.config)) as pace:
            yield pace

    @contextmanager
    def _stoppable(self, pace: SharedPace) -> Iterator[SharedPace]:
        self._paces.append(pace)
        if self._stopped:  # asked after the pace is known to `stop`, so that none is missed
            pace.stop()
        try:
            yield pace
        finally:
            self._paces.remove(pace)
            self._passed += pace.passed

    # Handles

    def __enter__(self) -> Self:
        self._owner = get_ident()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._owner, shared, self._shared = None, self._shared, None
        if shared:
            shared.close()

    @contextmanager
    def _reading(self) -> Iterator[Catalogue]:
        from syncer.catalogue import open_catalogue

        if self._owner != get_ident():
            with closing(open_catalogue(self.config.catalogue, read_only=True)) as catalogue:
                yield catalogue
            return
        self._shared = self._shared or open_catalogue(self.config.catalogue, read_only=True)
        yield self._shared
