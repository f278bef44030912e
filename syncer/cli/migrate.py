"""`syncer migrate`: a document full of links becomes one of stable URLs."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option, log_option, take_over_option
from syncer.errors import Exit

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.migrate.documents import Document
    from syncer.migrate.resolve import Links, Row
    from syncer.mirror.values import Synced

STDIN = Path("-")
IN_MEMORY = 8 * 1024 * 1024
"""Bytes of standard input that are held in memory; the rest is on disk, unnamed."""

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("migrate")
@click.argument("file", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="Where to write it; else NAME.migrated.EXT beside FILE.")
@click.option("--map", "map_file", type=_FILE, help="Write each link and what became of it, as CSV.")
@click.option("--column", help="Only links of this column (CSV) or key (JSON), whatever they look like.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "tsv", "json", "jsonl", "sql", "text"]),
    help="Of FILE, where its name does not say it.",
)
@click.option("--plan", is_flag=True, help="Only count: nobody is asked, nothing is written.")
@take_over_option
@log_option
@json_option
@config_option
def command(  # noqa: PLR0913 - click passes one argument for each option
    file: Path,
    output: Path | None,
    map_file: Path | None,
    column: str | None,
    format_: str | None,
    plan: bool,  # noqa: FBT001 - click passes it
    take_over: bool,  # noqa: FBT001 - click passes it
    log_format: str | None,
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Replace the links to unverified storage in FILE by stable URLs.

    What is missing is copied first. A link that can't be migrated stays as it was and is listed with the
    reason. Run again, only the rest is done. FILE is a CSV, JSON, JSON lines, an SQL dump or any text; - is
    standard input.
    """
    from syncer.cli import migrated
    from syncer.config import load
    from syncer.migrate.documents import open_document

    config = load(config_file)
    target = output or migrated.beside(file)
    with _held(file) as stream:
        document = open_document(file.name, stream, format_, column)
        links, others = _links(document, stream, config, every=column is not None)
        if plan:
            return _plan(config, links, others, as_json=as_json)
        summary, rows = _copied(config, links, log_format, take_over=take_over)
        if summary and summary.interrupted:
            click.echo("interrupted, and nothing was written; run it again to go on", err=True)
            return Exit.INTERRUPTED
        migrated.write(document, stream, target, {row.link: row.url for row in rows if row.url})
    if map_file:
        migrated.write_map(map_file, rows)
    migrated.show(rows, others, target, map_file, as_json=as_json)
    return migrated.verdict(summary, rows)


@contextmanager
def _held(file: Path) -> Iterator[IO[bytes]]:
    """The document, to be read more than once. Raises `ConfigError`."""
    from tempfile import SpooledTemporaryFile

    from syncer.errors import ConfigError

    if file == STDIN:
        with SpooledTemporaryFile(IN_MEMORY) as spool:
            shutil.copyfileobj(sys.stdin.buffer, spool)
            yield spool
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise ConfigError(
            f"{file} can't be read: {error.strerror}", code="config.document", hint="name the file to migrate"
        ) from None
    with stream:
        yield stream


def _links(document: Document, stream: IO[bytes], config: Config, *, every: bool) -> tuple[Links, int]:
    """The links that lead to media or may do so, and how many others there are."""
    from syncer.migrate.documents import Kind, kind_of, reason
    from syncer.migrate.resolve import Place
    from syncer.origin.ownership.property import covers

    links: dict[str, Place] = {}
    others: set[str] = set()
    for found in document.links(stream):
        url = found.url
        if url in others or covers(url, config.origin.property):
            continue
        if url not in links and not every and kind_of(url) is Kind.OTHER:
            others.add(url)
            continue
        if url not in links:
            links[url] = Place(unrequested=None if every else reason(url))
        links[url].occurrences += 1
        links[url].hindrance = links[url].hindrance or found.hindrance
    return links, len(others)


def _plan(config: Config, links: Links, others: int, *, as_json: bool) -> int:
    from datetime import UTC, datetime

    from syncer.catalogue import open_catalogue
    from syncer.cli import migrated
    from syncer.migrate.resolve import is_served, missing
    from syncer.mirror import layout
    from syncer.sources.links import standing

    with closing(open_catalogue(config.catalogue)) as catalogue:
        where = layout.whereabouts(config, catalogue)
        waiting = list(missing(links, where))
        published = sum(is_served(link, where) for link in links)
    now, refresh = datetime.now(UTC), config.migrate.refresh
    counts: Counter[str] = Counter(standing(link, now, refresh) for link in waiting)
    counts |= {"published": published, "failed": len(links) - len(waiting) - published, "others": others}
    migrated.show_plan(links, counts, as_json=as_json)
    return Exit.OK


def _copied(
    config: Config, links: Links, log_format: str | None, *, take_over: bool
) -> tuple[Synced | None, list[Row]]:
    """Copies what is missing. What became of each link; no summary where there was nothing to do."""
    from syncer.catalogue import open_catalogue
    from syncer.cli.voice import progress
    from syncer.migrate.resolve import missing, rows
    from syncer.mirror import layout, run, tenure
    from syncer.sources.links import MIGRATED

    with closing(open_catalogue(config.catalogue)) as catalogue:
        tenure.take_over(config, catalogue)
        where = layout.whereabouts(config, catalogue)
        waiting = list(missing(links, where))
        if not waiting:
            return None, list(rows(links, where))
    crew, listings = run.runner(config), {MIGRATED: config.listing(waiting)}
    with run.surveyed(config, crew.pace, listings=listings) as survey:
        with progress(log_format, lambda: crew.pace.passed) as voice:
            summary = run.conduct(config, survey, crew, voice, voice.complain, listings, take_over=take_over)
        for error in summary.errors:
            voice.complain(error)
        return summary, list(rows(links, layout.whereabouts(config, survey.catalogue)))
