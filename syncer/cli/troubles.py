"""What stands in the way of an asset: one line each, for `status` and the end of `sync`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import click

from syncer.manifest import timestamp
from syncer.model import Entry, Finding, rejects
from syncer.seams import Catalogue

SHOWN = 20
"""Lines for a person; the rest is counted, and `syncer status --all` shows it."""

Trouble = dict[str, object]


def troubles(entries: Iterable[Entry]) -> Iterator[Trouble]:
    """Of entries that something is wrong with."""
    for entry in entries:
        asset: Trouble = {"source": entry.source, "key": entry.key, "state": entry.state.value}
        if entry.error:
            error = entry.error
            reason = {"code": error.code, "message": error.message, "hint": error.hint}
            yield asset | reason | {"runs": entry.attempts}
        else:
            yield asset | _reason(rejects(entry.findings)) | {"checked_at": timestamp(entry.checked_at)}


def _reason(findings: tuple[Finding, ...]) -> Trouble:
    if not findings:
        return {"code": None, "message": "not seen yet", "hint": None}
    return {"code": findings[0].rule, "message": findings[0].message, "hint": findings[0].hint}


def show(catalogue: Catalogue, most: int | None = SHOWN) -> None:
    """On stdout; of what a terminal would act on, escapes instead."""
    from syncer.cli.console import visible

    for trouble in islice(troubles(catalogue.troubled()), most):
        click.echo(visible(f"  {_MARK[str(trouble['state'])]} {trouble['source']}:{trouble['key']}"))
        click.echo(visible(f"      {trouble['message']} [{trouble['code']}]"))
        if trouble["hint"]:
            click.echo(visible(f"      → {trouble['hint']}"))
    more = 0 if most is None else catalogue.count_troubled() - most
    if more > 0:
        click.echo(f"  … and {more} more; `syncer status --all` lists them")


_MARK = {"rejected": "✗", "failed": "!", "stored": "?", "published": "!", "doomed": "!"}
