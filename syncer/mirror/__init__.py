"""`Mirror`: the Python API. It has a method for each command, and the command line calls it too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from syncer.mirror.handles import Handles

if TYPE_CHECKING:
    from datetime import timedelta

    from syncer.config import Config
    from syncer.config.deletes import DeleteLimit
    from syncer.mirror.checks import Checks
    from syncer.mirror.migration import Migration
    from syncer.mirror.plan import Plan
    from syncer.mirror.values import (
        Drafted,
        Heard,
        Known,
        Migrated,
        Status,
        Synced,
        Tell,
        Tidied,
        Unpublished,
    )
    from syncer.model import Entry
    from syncer.origin.ownership.bootstrap import Bootstrapped, Say
    from syncer.push.model import Push
    from syncer.push.verdicts import DraftVerdict


class Mirror:
    """One config. Every method opens what it needs and closes it again; in a `with`, the methods that only
    read share a handle.

    A method raises `SyncerError` if it can't do its work; an error of a single asset is in the result.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._handles = Handles(config)

    @classmethod
    def load(cls, file: str | Path = "config.yaml", *, secrets: bool = True) -> Mirror:
        """Raises `ConfigError` with a line for each problem. With `secrets=False`, secrets may be missing:
        the methods that only read the catalogue need none.
        """
        from syncer.mirror.loading import loaded

        return cls(loaded(Path(file), secrets=secrets))

    # Questions to the catalogue

    def urls(self, pattern: str | None = None) -> Iterator[Entry]:
        """The published entries, sorted by URL. `pattern` is a glob for the key or public path."""
        from syncer.mirror import known

        with self._handles.reading() as catalogue:
            yield from known.urls(self.config, catalogue, pattern)

    def manifest(self, pattern: str | None = None, form: str = "json") -> Iterator[str]:
        """The same as text, in pieces. `form` is `json`, `jsonl`, `csv` or `txt`."""
        from syncer.mirror import known

        with self._handles.reading() as catalogue:
            yield from known.manifest(self.config, catalogue, pattern, form)

    def url_for(self, name: str) -> str | None:
        """The stable URL of an asset; `None` if it was not seen there. `name` is a key or `source:key`.

        Raises `ConfigError` if assets of two sources have that key.
        """
        return self.look_up(name).url

    def look_up(self, name: str) -> Known:
        """The same, with the asset's entry."""
        from syncer.mirror import known

        with self._handles.reading() as catalogue:
            return known.look_up(self.config, catalogue, name)

    def links(self, links: Iterable[str]) -> Iterator[Known]:
        """The entry and the stable URL for each link, in the same order, without network access."""
        from syncer.mirror import known

        with self._handles.reading() as catalogue:
            yield from known.links(self.config, catalogue, links)

    def status(self) -> Status:
        """The last run, and the number of assets in each state."""
        from syncer.mirror import known

        with self._handles.reading() as catalogue:
            return known.status(self.config, catalogue)

    def troubles(self) -> Iterator[Entry]:
        """The assets with a problem."""
        from syncer.mirror import known

        with self._handles.reading() as catalogue:
            yield from known.troubled(self.config, catalogue)

    # Runs

    def bootstrap(
        self,
        wait: float = 0.0,
        progress: Say | None = None,
        *,
        remember: bool = True,
        take_over: bool = False,
    ) -> Bootstrapped:
        """Upload the signature files and look for them, or look for the TXT record of a domain.

        It waits up to `wait` seconds for them; `progress` is called with each step. With `remember=False`, it
        does not use the catalogue.
        """
        from syncer.mirror.bootstrap import bootstrapped

        with self._handles.pace() as pace:
            return bootstrapped(
                self.config, wait, pace, progress or _silent, remember=remember, take_over=take_over
            )

    @contextmanager
    def plan(self) -> Iterator[Plan]:
        """What `sync` would do. It changes nothing, and reads no media.

        The `with` holds the sources open, and a private copy of the catalogue.
        """
        from syncer.mirror import scanning
        from syncer.mirror.plan import Plan

        with self._handles.pace() as pace, scanning.scanned(self.config, pace, alone=False) as scan:
            yield Plan(scan, pace)

    def sync(
        self,
        progress: Tell | None = None,
        *,
        on_error: Heard | None = None,
        take_over: bool = False,
        max_delete: DeleteLimit | str | int | None = None,
    ) -> Synced:
        """Copy what is new or changed, look at each public URL, and write the manifests.

        `progress` is called with each outcome and `on_error` with each error of the run, in the caller's
        thread. With `take_over`, it publishes even if another catalogue owns the destination. `max_delete` is
        the limit for this run: `"20%"`, or a number of files.
        """
        from syncer.mirror import run, scanning

        config = self.config if max_delete is None else run.limited(self.config, max_delete)
        with self._handles.crew() as crew, scanning.scanned(config, crew.pace) as scan:
            return run.conduct(config, scan, crew, progress, on_error, take_over=take_over)

    @contextmanager
    def check(self, urls: Iterable[str] | None = None) -> Iterator[Checks]:
        """Whether the platform would accept the published files, or other URLs.

        For published files, the `with` holds the lock, the findings go into the catalogue, and at the end it
        writes the manifests. If the destination seems to be empty, it then raises `DestinationError`.
        """
        from syncer.mirror import checks

        if urls is None:
            with self._handles.crew() as crew, checks.of_published(self.config, crew) as results:
                yield results
            return
        crew = checks.crew(self.config)
        with (
            self._handles.stoppable(crew.pace),
            checks.of_urls(self.config, urls, checks.checker(self.config), crew) as results,
        ):
            yield results

    @contextmanager
    def migration(
        self, document: Path | IO[bytes], name: str, form: str | None = None, column: str | None = None
    ) -> Iterator[Migration]:
        """The links of a document, in steps: `plan`, `copy`, `write`. The `with` holds the document open."""
        from syncer.migrate.files import reread
        from syncer.mirror.migration import Migration

        with reread(document) as original:
            yield Migration(self.config, self._handles.crew(), original, name, form, column)

    def migrate(  # noqa: PLR0913 - the options of the command
        self,
        file: str | Path,
        output: str | Path,
        progress: Tell | None = None,
        *,
        on_error: Heard | None = None,
        form: str | None = None,
        column: str | None = None,
        take_over: bool = False,
    ) -> Migrated:
        """Copy the media behind the links in `file`, and write the document to `output` with stable URLs.

        `output` may be `file` itself, but no file that the config names: that raises `ConfigError`. `form` is
        `csv`, `tsv`, `json`, `jsonl`, `sql` or `text`; by default the name decides. With `column`, only the
        links of that column or key are replaced. If it is interrupted, it writes nothing. It raises
        `SyncerError` if `file` or `output` was changed meanwhile.
        """
        from syncer.migrate.files import Output
        from syncer.mirror.outputs import expect_free
        from syncer.mirror.values import Migrated

        file = Path(file)
        expect_free(self.config, file, Path(output), None, named=True)
        with self.migration(file, file.name, form, column) as job:
            target = Output(Path(output))
            job.copy(progress, on_error, take_over=take_over)
            if not job.interrupted:
                job.write(target)
        return Migrated(job.exit, job.rows, job.others, job.synced)

    def push(  # noqa: PLR0913 - the options of the command
        self,
        *names: str,
        again: bool = False,
        album: bool = False,
        title: str | None = None,
        wait: float = 3600.0,
        progress: Callable[[DraftVerdict], None] | None = None,
        on_sent: Callable[[Push], None] | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> Drafted:
        """Send drafts to TikTok, and follow each for up to `wait` seconds.

        A name is a key, `source:key`, a glob, or an https URL. Without names, it follows drafts that were
        sent before. `progress` is called with each verdict.
        """
        from syncer.mirror.push import Asked, Tellers, pushed

        asked = Asked(names, again=again, album=album, title=title, wait=wait)
        tell = Tellers(progress or _silent, on_sent or _silent, on_warning or _silent)
        with self._handles.sender() as crew:
            return pushed(self.config, crew, asked, tell)

    def tidy(
        self, older_than: timedelta | None = None, progress: Callable[[str, bool], None] | None = None
    ) -> Tidied:
        """Remove the files that killed runs left, or only those older than `older_than`, and no published
        file.

        `progress` is called with each name, and whether the file is gone.
        """
        from syncer.mirror.tidy import tidied

        with self._handles.pace() as pace:
            return tidied(self.config, older_than, pace, progress or _silent)

    def unpublish(self, *names: str) -> Unpublished:
        """Take assets out of the manifest, then delete them from the origin.

        A name is a key or `source:key` (for every public file of the asset), a public path, or a stable URL.
        """
        from syncer.mirror import unpublish

        with self._handles.crew() as crew:
            return unpublish.unpublished(self.config, crew, names)

    def readmit(self, *names: str) -> tuple[tuple[str, str], ...]:
        """Let the next `sync` publish unpublished assets again. Returns source and key of each asset."""
        from syncer.mirror import unpublish

        return unpublish.readmitted(self.config, names)

    # Ending

    def stop(self) -> None:
        """End all running calls soon, and without half-done work; for any thread or signal handler. Later
        calls stop, too: load another `Mirror` for them.
        """
        self._handles.stop()

    @property
    def passed(self) -> int:
        """Bytes transferred so far."""
        return self._handles.passed

    def __enter__(self) -> Self:
        self._handles.share()
        return self

    def __exit__(self, *_: object) -> None:
        self._handles.close()


def _silent(*_: Any) -> None:
    """The default for a caller that needs no progress."""
