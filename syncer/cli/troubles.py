"""The problems of assets, for `status` and the end of `sync`: by cause, or one by one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

import click

from syncer.cli.causes import ORIGIN_WIDE, Cause, Groups, cause, sentence
from syncer.manifest import timestamp
from syncer.model import Entry, Finding, State, against

SHOWN = 20
"""Causes that are printed; the others are counted, and `syncer status --all` prints them."""

Trouble = dict[str, object]


def troubles(entries: Iterable[Entry]) -> Iterator[Trouble]:
    """One record for each of these entries with a problem."""
    for entry in entries:
        asset: Trouble = {"source": entry.source, "key": entry.key, "state": entry.state.value}
        if entry.error:
            error = entry.error
            reason = {"code": error.code, "message": error.message, "hint": error.hint}
            yield asset | reason | {"runs": entry.attempts}
        else:
            found = against(entry.findings, seen=entry.state is not State.STORED)
            yield asset | _reason(found) | {"checked_at": timestamp(entry.checked_at)}


def _reason(findings: tuple[Finding, ...]) -> Trouble:
    if not findings:
        return {"code": None, "message": "not seen at its URL yet", "hint": None}
    return {"code": findings[0].rule, "message": findings[0].message, "hint": findings[0].hint}


def unsaid(findings: Iterable[Finding], stored: int, known: Container[Cause] = ()) -> Iterator[Finding]:
    """The findings that `show_troubles` does not print for that number of stored assets, and that are not
    `known`.
    """
    for finding in findings:
        of_the_origin = finding.rule in ORIGIN_WIDE
        if not (of_the_origin and (stored or cause(finding.rule, finding.message) in known)):
            yield finding


def show_troubles(troubled: Iterable[Entry], *, known: Container[Cause] = ()) -> None:
    """Print each cause once on stdout, with the number of its assets; leave out the `known` causes."""
    groups: Groups[Trouble] = Groups()
    for entry, trouble in _paired(troubled):
        found = cause(str(trouble["code"]), str(trouble["message"]), filter(None, (entry.key, entry.path)))
        if found not in known:
            groups.add(found, trouble)
    hidden, grouped = 0, False
    for number, (found, trouble) in enumerate(groups.examples.items()):
        count = groups.counts[found]
        if number >= SHOWN:
            hidden += count
            continue
        grouped = grouped or count > 1
        asset = f"{trouble['source']}:{trouble['key']}"
        if count > 1:
            trouble["message"] = sentence(str(trouble["code"]), str(trouble["message"]))
        _show(trouble, asset if count == 1 else f"{count} assets, such as {asset}")
    if hidden:
        click.echo(f"  … and {hidden} more; `syncer status --all` lists them")
    elif grouped:
        click.echo("  `syncer status --all` lists each of them")


def show_each(troubled: Iterable[Entry]) -> None:
    """Print each asset on stdout."""
    for trouble in troubles(troubled):
        _show(trouble, f"{trouble['source']}:{trouble['key']}")


def _paired(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Trouble]]:
    for entry in entries:
        yield entry, next(troubles([entry]))


def _show(trouble: Trouble, what: str) -> None:
    from syncer.cli.console import print_lines

    print_lines(f"  {_MARK[str(trouble['state'])]} {what}")
    code = f" [{trouble['code']}]" if trouble["code"] else ""
    print_lines(f"      {trouble['message']}{code}")
    if trouble["hint"]:
        print_lines(f"      → {trouble['hint']}")


_MARK = {"rejected": "✗", "failed": "!", "stored": "?", "published": "!", "doomed": "!"}
