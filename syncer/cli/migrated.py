"""The output of `syncer migrate`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import click

from syncer.cli.causes import Groups, cause
from syncer.cli.console import log_json, print_json, print_lines
from syncer.migrate.resolve import Fate, Links, MapRow
from syncer.settings.masked import masked
from syncer.settings.spelling import counted
from syncer.urls.links import shown_url

STDOUT = Path("-")
MOST = 20
"""Causes that are printed; the map has all links."""


def migrated_file(file: Path) -> Path:
    return STDOUT if file == STDOUT else file.with_name(f"{file.stem}.migrated{file.suffix}")


def show_migrated(
    rows: Sequence[MapRow], others: int, target: Path, map_file: Path | None, *, as_json: bool
) -> None:
    """`others`: distinct links that do not lead to media."""
    counts = Counter(row.state for row in rows)
    places = sum(row.occurrences - row.left for row in rows)
    left = [row for row in rows if row.left]
    if target == STDOUT:
        print_lines(*_left(left), err=True)
    elif as_json:
        print_json(_record(rows, others, target, map_file))
    else:
        replaced = (
            f"{counts[Fate.REPLACED]} of {counted(len(rows), 'link')} replaced, in {counted(places, 'place')}"
        )
        print_lines(
            f"{replaced if rows else 'no link to media was found, so nothing was replaced'}:"
            f" {masked(str(target))}",
            *_left(left),
            *_others(others),
            *([f"the map, with the original links: {masked(str(map_file))}"] if map_file else ()),
        )


def log_migrated(rows: Sequence[MapRow], others: int, target: Path, map_file: Path | None) -> None:
    """One line for a log of JSON; on stderr where stdout has the document."""
    told = {"event": "summary", **_record(rows, others, target, map_file)}
    click.echo(log_json(told), err=target == STDOUT)


def _record(rows: Sequence[MapRow], others: int, target: Path, map_file: Path | None) -> dict[str, object]:
    counts = Counter(row.state for row in rows)
    return {
        "output": str(target),
        "map": map_file and str(map_file),
        "links": len(rows),
        "counts": {fate.value: counts[fate] for fate in Fate},
        "occurrences": sum(row.occurrences for row in rows),
        "others": others,
        "left": [_told(row) for row in rows if row.left],
    }


def _told(row: MapRow) -> dict[str, object]:
    """Without the link's query, which only the map contains."""
    return {
        "link": shown_url(row.link),
        "state": row.state.value,
        "reason": row.reason,
        "occurrences": row.occurrences,
        "left": row.left,
    }


def _left(rows: list[MapRow]) -> Iterator[str]:
    """Each cause once, with the first of its links."""
    groups: Groups[MapRow] = Groups()
    for row in rows:
        groups.add(cause(row.state.value, row.reason, (shown_url(row.link), row.key)), row)
    told: set[str] = set()
    if rows:
        partly = sum(row.state is Fate.REPLACED for row in rows)
        others = f" ({partly} of them in some places only)" if partly else ""
        yield f"{counted(len(rows), 'link was', 'links were')} not replaced{others}:"
    for found, row in islice(groups.examples.items(), MOST):
        times = f" ({row.occurrences} places)" if row.occurrences > 1 else ""
        state = "partly" if row.state is Fate.REPLACED else row.state.value
        yield f"  {state:<9} {shown_url(row.link)}{times}"
        yield f"            {row.reason}"
        if row.hint and row.hint not in told:
            yield f"            → {row.hint}"
            told.add(row.hint)
        if more := groups.counts[found] - 1:
            again = counted(more, "more link")
            yield f"            and {again} for the same reason; --map writes all of them"
    hidden = len(rows) - sum(groups.counts[found] for found in islice(groups.examples, MOST))
    if hidden:
        yield f"  and {hidden} more; --map writes all of them"


def _others(count: int) -> Iterator[str]:
    if count:
        one = "other link was not requested: nothing says that it leads"
        many = "other links were not requested: nothing says that they lead"
        yield f"{counted(count, one, many)} to media (--column takes a whole column)"


def show_plan(links: Links, counts: Counter[str], *, as_json: bool) -> None:
    occurrences = sum(place.occurrences for place in links.values())
    told = {
        "links": len(links),
        "occurrences": occurrences,
        **{word: counts[word] for word in _PLANNED},
    }
    if as_json:
        print_json(told)
        return
    print_lines(
        f"{counted(len(links), 'link')}, in {counted(occurrences, 'place')}",
        *(f"  {told[word]:>7} {word:<12} {meaning}" for word, meaning in _PLANNED.items()),
    )


_PLANNED = {
    "published": "already have a stable URL",
    "live": "signed and still valid",
    "recoverable": "expired; will be read with the credentials in migrate.refresh",
    "expired": "expired; would stay as they are",
    "unknown": "do not say when they expire; will be tried",
    "failed": "may not be media, so they are not requested; would stay as they are",
    "others": "other links, which do not lead to media; not counted above",
}
