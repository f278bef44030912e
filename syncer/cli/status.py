"""`syncer status`: the last run, counts, failures, rejects."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option

if TYPE_CHECKING:
    from syncer.model import Run


@click.command("status")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="List every asset that something is wrong with, and what is unpublished.",
)
@json_option
@config_option
def command(everything: bool, as_json: bool, config_file: Path) -> None:  # noqa: FBT001 - click passes it
    """Say what the last run did, and what stands in the way of the rest."""
    from syncer.catalogue import open_catalogue
    from syncer.cli import troubles
    from syncer.cli.console import show_findings, stream_json, visible
    from syncer.config import load
    from syncer.model import State
    from syncer.settings.spelling import counted
    from syncer.urls import safe_names

    config = load(config_file, secrets=False)
    with closing(open_catalogue(config.catalogue, read_only=True)) as catalogue:
        run, proofs = catalogue.last_run(), catalogue.proofs()
        counts = {state.value: catalogue.count(state) for state in State}
        withdrawn = [f"{source}:{key}" for source, key in catalogue.withdrawals()]
        exposed = sum(1 for path, *_ in catalogue.paths() if safe_names.obeyed(path))
        if as_json:
            known: dict[str, object] = {
                "origin": config.origin.url,
                "last_run": run and _record(run),
                "counts": counts,
                "unpublished": len(withdrawn),
                "unpublished_assets": withdrawn,
                "dangerous_names": exposed,
                "signature_files": [proof.url for proof in proofs],
            }
            stream_json(known, "troubles", troubles.troubles(catalogue.troubled()))
            return
        in_place = sum(entry.in_place for entry in catalogue.entries(State.STORED))
        named = {**counts, "stored": counts["stored"] - in_place, "not seen at their URL": in_place}
        assets = ", ".join(f"{count} {name}" for name, count in named.items() if count) or "none"
        lines = [f"origin     {config.origin.url}", f"last run   {_sentence(run)}", f"assets     {assets}"]
        lines += [
            f"signature  {proof.url}{'' if proof.checked_at else ' (not seen there yet)'}" for proof in proofs
        ]
        files = counted(exposed, "file has a name", "files have names")
        lines += [f"names      {files} {_EXPOSED}"] if exposed else []
        if withdrawn:
            listed = "`syncer unpublish --undo` publishes them again" if everything else "--all names them"
            lines.append(f"by hand    {len(withdrawn)} unpublished; {listed}")
        lines += [f"           {asset}" for asset in withdrawn if everything]
        for line in lines:
            click.echo(visible(line))
        show_findings(troubles.unsaid(run.findings if run else (), counts[State.STORED.value]))
        (troubles.show_each if everything else troubles.show)(catalogue)


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
    from syncer.cli.words import told
    from syncer.manifest import timestamp

    if run is None:
        return "none yet: run `syncer sync`"
    if run.ended_at is None:
        return f"began {timestamp(run.started_at)} and has not ended: it goes on, or was killed"
    did = told(run.counts, "")
    error = f"; {run.error}" if run.error else ""
    return f"{timestamp(run.ended_at)}, exit code {run.exit_code}: {did or 'nothing to do'}{error}"
