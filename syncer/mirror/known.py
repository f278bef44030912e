"""Answers from the catalogue alone."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from syncer.config import Config
from syncer.errors import ConfigError
from syncer.manifest import FORMATS, timestamp
from syncer.mirror import layout
from syncer.mirror.values import Known, Status
from syncer.model import Entry, State, rejects
from syncer.protocols import Catalogue, Entries
from syncer.sources.link_settings import MIGRATED
from syncer.urls import safe_names


def urls(config: Config, catalogue: Entries, pattern: str | None) -> Iterator[Entry]:
    """The entries published at today's origin. `pattern` is a glob for the key or public path."""
    ours = layout.addresses(config, frozenset())
    for entry in catalogue.entries(State.PUBLISHED):
        names = (entry.key, entry.path or "")
        asked = pattern is None or any(fnmatch.fnmatchcase(name, pattern) for name in names)
        if asked and ours.serves(entry):
            yield entry


def manifest(config: Config, catalogue: Entries, pattern: str | None, form: str) -> Iterator[str]:
    """The same as the text of a manifest."""
    count = sum(1 for _ in urls(config, catalogue, pattern))
    yield from FORMATS[form].chunks(urls(config, catalogue, pattern), heading(config, count))


def heading(config: Config, count: int) -> dict[str, object]:
    """The head of a JSON manifest."""
    return {
        "origin": config.origin.url,
        "property": config.origin.property,
        "generated_at": timestamp(datetime.now(UTC)),
        "count": count,
    }


def links(config: Config, catalogue: Catalogue, given: Iterable[str]) -> Iterator[Known]:
    from syncer.mirror.migration import whereabouts

    where = whereabouts(config, catalogue)
    for link in given:
        entry = where.entry(link)
        yield Known(link, entry, entry.url if entry and where.serves(entry) else None)


def look_up(config: Config, catalogue: Entries, name: str) -> Known:
    """`name` is a key or `source:key`. Raises `ConfigError` if assets of two sources have the key."""
    ours = layout.addresses(config, frozenset())
    found = list(_named(config, catalogue, name))
    served = [entry for entry in found if entry.state is State.PUBLISHED and ours.serves(entry)]
    if len(served) > 1:
        several = " and ".join(f"{entry.source}:{entry.key}" for entry in served)
        raise ConfigError(
            f"{name} is ambiguous: {several}", code="config.ambiguous", hint="name one of these"
        )
    if served:
        return Known(name, served[0], served[0].url)
    return Known(name, found[0] if found else None, None)


def _named(config: Config, catalogue: Entries, name: str) -> Iterator[Entry]:
    source, _, key = name.partition(":")
    for asset in ((source, key), *((each, name) for each in (*config.sources, MIGRATED))):
        if entry := catalogue.entry(*asset):
            yield entry


def troubled(config: Config, catalogue: Catalogue) -> Iterator[Entry]:
    """Entries with a problem. If their source is not in the config any more, only those that are public, as
    syncer does not try the others again.
    """
    for entry in catalogue.troubled():
        if entry.source in config.sources or entry.source == MIGRATED:
            yield entry
        elif entry.path and (entry.state is not State.PUBLISHED or rejects(entry.findings)):
            yield entry if entry.state is State.FAILED else replace(entry, error=None, attempts=0)


def _is_public(catalogue: Catalogue, source: str, key: str) -> bool:
    """Whether another version of the asset is public."""
    entry = catalogue.entry(source, key)
    return entry is not None and entry.path is not None


def status(config: Config, catalogue: Catalogue) -> Status:
    url, in_place = layout.addresses(config, frozenset()).url, layout.is_in_place_path(config)
    return Status(
        catalogue.last_run(),
        {state: catalogue.count(state) for state in State},
        tuple(catalogue.proofs()),
        sum(entry.in_place for entry in catalogue.entries(State.STORED)),
        tuple(
            f"{source}:{key}"
            for source, key in catalogue.withdrawals()
            if not _is_public(catalogue, source, key)
        ),
        tuple(url(left.path) for left in catalogue.undeleted() if not in_place(left.path)),
        sum(1 for path, *_ in catalogue.paths() if safe_names.obeyed(path)),
    )
