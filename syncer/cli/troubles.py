"""What stands in the way of an asset: one line each, for `status` and the end of `sync`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import click

from syncer.manifest import timestamp
from syncer.model import Entry, Finding, State, rejects

SHOWN = 20
"""Lines for a person; the rest is counted, and `syncer status --all` shows it."""

Trouble = dict[str, object]


def troubles(entries: Iterable[Entry]) -> Iterator[Trouble]:
    """Of every entry that is not as it should be."""
    for entry in entries:
        asset: Trouble = {"source": entry.source, "key": entry.key, "state": entry.state.value}
        if entry.error:
            error = entry.error
            reason = {"code": error.code, "message": error.message, "hint": error.hint}
            yield asset | reason | {"runs": entry.attempts}
        elif entry.state in (State.REJECTED, State.STORED):
            yield asset | _reason(rejects(entry.findings)) | {"checked_at": timestamp(entry.checked_at)}


def _reason(findings: tuple[Finding, ...]) -> Trouble:
    if not findings:
        return {"code": None, "message": "not seen yet", "hint": None}
    return {"code": findings[0].rule, "message": findings[0].message, "hint": findings[0].hint}


def show(listed: Iterable[Trouble], most: int | None = SHOWN) -> None:
    """On stdout; of what a terminal would act on, escapes instead."""
    from syncer.cli.console import visible

    rest = iter(listed)
    for trouble in islice(rest, most):
        click.echo(visible(f"  {_MARK[str(trouble['state'])]} {trouble['source']}:{trouble['key']}"))
        click.echo(visible(f"      {trouble['message']} [{trouble['code']}]"))
        if trouble["hint"]:
            click.echo(visible(f"      → {trouble['hint']}"))
    more = sum(1 for _ in rest)
    if more:
        click.echo(f"  … and {more} more; `syncer status --all` lists them")


_MARK = {"rejected": "✗", "failed": "!", "stored": "?", "published": "!", "doomed": "!"}
