"""`syncer status`: the last run, counts, failures, rejects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from syncer.mirror.values import Status
    from syncer.model import Run


@click.command("status")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="List every asset with a problem, and every unpublished asset.",
)
@click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Print only what needs attention, and nothing if all is well: for a cron job that sends mail.",
)
@json_option
@config_option
def command(everything: bool, quiet: bool, as_json: bool, config_file: Path) -> None:  # noqa: FBT001 - click passes it
    """Show the last run, the counts, and the problems."""
    from syncer.cli import troubles
    from syncer.cli.console import print_lines, show_findings, stream_json
    from syncer.model import State

    with Mirror.load(config_file, secrets=False) as mirror:
        status, origin = mirror.status(), mirror.config.origin.url
        if as_json:
            stream_json(_known(status, origin), "troubles", troubles.troubles(mirror.troubles()))
            return
        for line in _bad(status) if quiet else _lines(status, origin, everything=everything):
            print_lines(line)
        findings = status.last_run.findings if status.last_run else ()
        show_findings(troubles.unsaid(findings, status.counts[State.STORED]))
        (troubles.show_each if everything else troubles.show_troubles)(mirror.troubles())


def _known(status: Status, origin: str) -> dict[str, object]:
    return {
        "origin": origin,
        "last_run": status.last_run and _record(status.last_run),
        "counts": {state.value: count for state, count in status.counts.items()},
        "unpublished": len(status.unpublished),
        "unpublished_assets": status.unpublished,
        "undeleted": status.undeleted,
        "dangerous_names": status.dangerous_names,
        "signature_files": [proof.url for proof in status.signature_files],
        "signature_files_seen": [proof.url for proof in status.signature_files if proof.checked_at],
    }


def _lines(status: Status, origin: str, *, everything: bool) -> Iterator[str]:
    from syncer.model import State

    named = {state.value: count for state, count in status.counts.items()}
    named[State.STORED.value] -= status.not_seen
    named["not seen at their URL"] = status.not_seen
    assets = ", ".join(f"{count} {name}" for name, count in named.items() if count)
    yield f"origin     {origin}"
    yield f"last run   {_sentence(status.last_run)}"
    yield f"assets     {assets or 'none'}"
    yield from (f"signature  ✓ {proof.url}" for proof in status.signature_files if proof.checked_at)
    if status.unpublished:
        listed = "`syncer unpublish --undo` publishes them again" if everything else "--all lists them"
        yield f"by hand    {len(status.unpublished)} unpublished; {listed}"
        yield from (f"           {asset}" for asset in status.unpublished if everything)
    yield from _attention(status)


def _bad(status: Status) -> Iterator[str]:
    """A run that goes on is no reason for mail, and one that was killed had its own exit code."""
    run = status.last_run
    if run is None or (run.ended_at and run.exit_code):
        yield f"last run   {_sentence(run)}"
    yield from _attention(status)


def _attention(status: Status) -> Iterator[str]:
    from syncer.settings.spelling import counted

    for proof in status.signature_files:
        if not proof.checked_at:
            yield f"signature  ✗ {proof.url} (not seen there; run `syncer check` to check again)"
    if status.dangerous_names:
        files = counted(status.dangerous_names, "file has a name", "files have names")
        yield f"names      {files} {_EXPOSED}"
    yield from (f"by hand    ✗ {url} {_UNDELETED}" for url in status.undeleted)


_UNDELETED = "is not published any more, but its file may still be public: `syncer sync` says why"
_EXPOSED = "that a web server may act on; `syncer check` lists them"


def _record(run: Run) -> dict[str, object]:
    from dataclasses import asdict

    from syncer.manifest import timestamp

    return {
        "started_at": timestamp(run.started_at),
        "ended_at": timestamp(run.ended_at),
        "exit_code": run.exit_code,
        "counts": run.counts,
        "error": run.error,
        "findings": [asdict(finding) for finding in run.findings],
    }


def _sentence(run: Run | None) -> str:
    from syncer.cli.words import told_counts
    from syncer.manifest import timestamp

    if run is None:
        return "none yet: run `syncer sync`"
    if run.ended_at is None:
        return f"began {timestamp(run.started_at)} and has not ended: it is still running, or was killed"
    did = told_counts(run.counts, "")
    error = f"; {run.error}" if run.error else ""
    return f"{timestamp(run.ended_at)}, exit code {run.exit_code}: {did or 'nothing to do'}{error}"
