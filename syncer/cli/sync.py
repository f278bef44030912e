"""`syncer sync`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import DeleteLimitType, config_option, json_option, log_option, take_over_option

if TYPE_CHECKING:
    from collections.abc import Container

    from syncer.cli.causes import Cause
    from syncer.config import Config
    from syncer.protocols import Catalogue
    from syncer.settings.fields import DeleteLimit
    from syncer.sync.conductor import Summary


@click.command("sync")
@click.option(
    "--max-delete",
    type=DeleteLimitType(),
    metavar="SHARE|NUMBER",
    help="Instead of the config's, for this run: 20%, or 5 files. 100% is needed where a source is empty.",
)
@take_over_option
@log_option
@json_option
@config_option
def command(
    max_delete: DeleteLimit | None,
    take_over: bool,  # noqa: FBT001 - click passes it
    log_format: str | None,
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Copy what is new or changed, look at each public URL, and write the manifests."""
    from syncer.config import load

    config = load(config_file)
    if max_delete is not None:
        config = config.model_copy(update={"max_delete": max_delete})
    return sync(config, log_format, as_json=as_json, take_over=take_over)


def sync(config: Config, log_format: str | None, *, as_json: bool, take_over: bool = False) -> int:
    """Run it, and print what it did on stdout."""
    from syncer.cli.causes import one_stream
    from syncer.cli.console import print_json
    from syncer.cli.voice import progress
    from syncer.mirror import run

    crew = run.runner(config)
    with run.surveyed(config, crew.pace) as survey:
        with run.stopping(crew), progress(log_format, lambda: crew.pace.passed) as voice:
            conductor = run.conductor(config, survey, crew, voice, heard=voice.complain, take_over=take_over)
            summary = conductor.run()
            if summary.listed is not None:
                summary.remarks.extend(run.copied(config, survey.catalogue, crew.pace))
        for error in summary.errors:
            voice.complain(error)
        if as_json:
            print_json(_record(config, summary))
        else:
            _show(config, summary, survey.catalogue, voice.told if one_stream() else ())
    return summary.exit


def _record(config: Config, summary: Summary) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "exit_code": summary.exit,
        "counts": dict(summary.counts),
        "listed": summary.listed,
        "manifests": [str(file) for file in config.manifest],
        "errors": [
            {"code": error.code, "message": error.message, "hint": error.hint} for error in summary.errors
        ],
        "findings": [asdict(finding) for finding in summary.remarks],
    }


def _show(config: Config, summary: Summary, catalogue: Catalogue, known: Container[Cause]) -> None:
    """`known` are the causes that stand above it already."""
    from syncer.cli import troubles
    from syncer.cli.console import show_findings
    from syncer.cli.words import told
    from syncer.settings.spelling import counted

    did = summary.counts
    click.echo(told(did, _none_copied(summary)))
    show_findings(troubles.unsaid(summary.remarks, did["stored"], known))
    if did["rejected"] or did["marked"] or did["failed"] or did["stored"]:
        troubles.show(catalogue, known=known)
    names = ", ".join(str(file) for file in config.manifest)
    if summary.listed is None:
        click.echo(f"{names}: not written, still as before")
    elif names:
        click.echo(f"{counted(summary.listed, 'URL')} in {names}")
    if summary.interrupted:
        click.echo("interrupted; run it again to go on")


def _none_copied(summary: Summary) -> str:
    """After an error or a failure nobody knows that there was nothing to copy; files in place never are."""
    did = summary.counts
    unsure = summary.errors or summary.interrupted or did["failed"]
    return "nothing copied" if unsure or did["in_place"] else "nothing to copy"
