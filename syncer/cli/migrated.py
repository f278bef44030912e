"""The output of `syncer migrate`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click

from syncer.cli.causes import Groups, cause
from syncer.cli.console import log_json, print_json, print_lines
from syncer.migrate.resolve import Fate, Links, MapRow
from syncer.pipes import inherited
from syncer.settings.masked import masked
from syncer.settings.spelling import counted
from syncer.urls.links import shown_url

STDOUT = Path("-")
MOST = 20
"""Causes that are printed; the map has all links."""


def migrated_file(file: Path) -> Path:
    """The default output: standard output for a document from a pipe, else a file beside the document."""
    is_piped = file == STDOUT or inherited(file) is not None
    return STDOUT if is_piped else file.with_name(f"{file.stem}.migrated{file.suffix}")


@dataclass(frozen=True, slots=True)
class Result:
    """What a migration did with each link of a document."""

    rows: Sequence[MapRow]
    others: int
    """The number of distinct links that do not lead to media."""
    example: str | None
    """One of them."""
    target: Path
    map_file: Path | None

    @property
    def left(self) -> list[MapRow]:
        return [row for row in self.rows if row.left]


def show_migrated(result: Result, *, as_json: bool) -> None:
    if result.target == STDOUT:
        print_lines(*_left(result.left), err=True)
    elif as_json:
        print_json(_record(result))
    else:
        map_file = result.map_file
        print_lines(
            f"{_summary(result)}: {masked(str(result.target))}",
            *_left(result.left),
            *_others(result),
            *([f"the map, with the original links: {masked(str(map_file))}"] if map_file else ()),
        )


def _summary(result: Result) -> str:
    if not result.rows:
        return "no link to media was found, so nothing was replaced"
    replaced = sum(row.state is Fate.REPLACED for row in result.rows)
    places = sum(row.occurrences - row.left for row in result.rows)
    told = (
        f"{counted(replaced, 'link')} replaced, in {counted(places, 'place')}"
        if replaced
        else "no link replaced"
    )
    stay = len(result.rows) - replaced + result.others
    return f"{told}; {counted(stay, 'link stays as it is', 'links stay as they are')}" if stay else told


def log_migrated(result: Result) -> None:
    """One line for a log of JSON; on stderr where stdout has the document."""
    told = {"event": "summary", **_record(result)}
    click.echo(log_json(told), err=result.target == STDOUT)


def _record(result: Result) -> dict[str, object]:
    counts = Counter(row.state for row in result.rows)
    return {
        "output": str(result.target),
        "map": result.map_file and str(result.map_file),
        "links": len(result.rows),
        "counts": {fate.value: counts[fate] for fate in Fate},
        "occurrences": sum(row.occurrences for row in result.rows),
        "others": result.others,
        "other_example": result.example and _shown(result.example),
        "left": [_told(row) for row in result.left],
    }


def _shown(link: str) -> str:
    """Without its query, which only the map contains. The cell of a column may also be other text."""
    return shown_url(link) if _WEB.match(link) else masked(link)


_WEB = re.compile("https?://", re.IGNORECASE)


def _told(row: MapRow) -> dict[str, object]:
    return {
        "link": _shown(row.link),
        "state": row.state.value,
        "reason": row.reason,
        "occurrences": row.occurrences,
        "left": row.left,
        "line": row.line,
    }


def _left(rows: list[MapRow]) -> Iterator[str]:
    """Each cause once, with the first of its links."""
    groups: Groups[MapRow] = Groups()
    for row in rows:
        groups.add(cause(row.state.value, row.reason, (_shown(row.link), row.key)), row)
    told: set[str] = set()
    if rows:
        partly = sum(row.state is Fate.REPLACED for row in rows)
        others = f" ({partly} of them in some places only)" if partly else ""
        yield f"{counted(len(rows), 'link was', 'links were')} not replaced{others}:"
    for found, row in islice(groups.examples.items(), MOST):
        first = f"{row.left} places, the first in " if row.left > 1 else ""
        state = "partly" if row.state is Fate.REPLACED else row.state.value
        yield f"  {state:<9} {_shown(row.link)} ({first}line {row.line})"
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


def _others(result: Result) -> Iterator[str]:
    if not result.example:
        return
    one = "link was left as it is, as nothing says that it is a video or photo:"
    many = "links were left as they are, as nothing says that they are videos or photos, for example"
    told = f"{counted(result.others, one, many)} {_shown(result.example)}"
    yield f"{told}; --column NAME replaces every link of a column"


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
    "failed": "may not be media, or can't be replaced; would stay as they are",
    "others": "other links, as nothing says that they are videos or photos; not counted above",
}
