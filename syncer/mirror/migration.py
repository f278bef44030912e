"""Replaces the links of one document with stable URLs."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from typing import IO

from syncer.catalogue import open_catalogue
from syncer.config import Config
from syncer.errors import Exit
from syncer.migrate import files
from syncer.migrate.documents import open_document
from syncer.migrate.resolve import MapRow, Whereabouts, is_served, links_of, missing_links, rows
from syncer.mirror import layout, run, scanning, tenure
from syncer.mirror.values import Heard, Synced, Tell
from syncer.protocols import Catalogue
from syncer.runners import Serial, Threads
from syncer.sources.link_settings import MIGRATED
from syncer.sources.links import link_status


class Migration:
    """One document, which the caller holds open."""

    def __init__(  # noqa: PLR0913 - the options for a document
        self,
        config: Config,
        crew: AbstractContextManager[Serial | Threads],
        original: files.Original,
        name: str,
        form: str | None,
        column: str | None,
    ) -> None:
        """The ending of `name` is the format, unless `form` is given. Raises `ConfigError`."""
        self._config = config
        self._crew = crew
        self._original = original
        self._document = open_document(name, original.stream, form, column)
        every = column is not None
        self.links, others = links_of(self._document, original.stream, config.origin.property, every=every)
        self.others = len(others)
        """The number of distinct links that do not lead to media."""
        self.example = others[0] if others else None
        """One of them."""
        self.rows: tuple[MapRow, ...] = ()
        """The fate of each link, after `copy`."""
        self.synced: Synced | None = None
        """The run that copied the missing files; `None` if none was missing."""

    def plan(self) -> Counter[str]:
        """The number of links in each status. It uses no network and writes nothing."""
        with closing(open_catalogue(self._config.catalogue)) as catalogue:
            where = whereabouts(self._config, catalogue)
            waiting = list(missing_links(self.links, where))
            published = sum(is_served(link, where) for link in self.links)
        now, refresh = datetime.now(UTC), self._config.migrate.refresh
        counts: Counter[str] = Counter(link_status(link, now, refresh) for link in waiting)
        failed = len(self.links) - len(waiting) - published
        counts |= {"published": published, "failed": failed, "others": self.others}
        return counts

    def copy(self, tell: Tell | None, heard: Heard | None, *, take_over: bool) -> None:
        """Copy the files that are not published yet."""
        config = self._config
        with closing(open_catalogue(config.catalogue)) as catalogue:
            tenure.take_over(config, catalogue)
            where = whereabouts(config, catalogue)
            waiting = list(missing_links(self.links, where))
            if not waiting:
                self.rows = tuple(rows(self.links, where))
                return
        listings = {MIGRATED: config.listing(waiting)}
        with self._crew as crew, scanning.scanned(config, crew.pace, listings=listings) as scan:
            self.synced = run.conduct(config, scan, crew, tell, heard, listings, take_over=take_over)
            self.rows = tuple(rows(self.links, whereabouts(config, scan.catalogue)))

    @property
    def interrupted(self) -> bool:
        return self.synced is not None and self.synced.interrupted

    def write(self, target: files.Output | IO[bytes]) -> None:
        """Write the document with the stable URLs. Raises `SyncerError`."""
        files.write_document(
            self._document, self._original, target, {row.link: row.url for row in self.rows if row.url}
        )

    @property
    def exit(self) -> Exit:
        """The most serious one wins. A link whose file was rejected counts as
        failed, as it is not replaced.
        """
        if self.synced and self.synced.exit in (Exit.ERROR, Exit.USAGE, Exit.UNPROVEN, Exit.INTERRUPTED):
            return self.synced.exit
        return Exit.FAILED if any(row.left for row in self.rows) else Exit.OK


def whereabouts(config: Config, catalogue: Catalogue) -> Whereabouts:
    return Whereabouts(catalogue, config.sources, layout.addresses(config, frozenset()))
