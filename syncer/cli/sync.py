"""`syncer sync`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import DeleteLimitType, config_option, json_option, log_option, take_over_option
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Container

    from syncer.cli.causes import Cause
    from syncer.config import Config
    from syncer.config.deletes import DeleteLimit
    from syncer.mirror.values import Synced


@click.command("sync")
@click.option(
    "--max-delete",
    type=DeleteLimitType(),
    metavar="SHARE|NUMBER",
    help="For this run: 20%, or 5 (files), instead of the config's limit. An empty source needs 100%.",
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
    """Copy new and changed files, check URLs, write the manifests."""
    return sync(Mirror.load(config_file), log_format, as_json=as_json, take_over=take_over, most=max_delete)


def sync(
    mirror: Mirror,
    log_format: str | None,
    *,
    as_json: bool,
    take_over: bool = False,
    most: DeleteLimit | None = None,
) -> int:
    """Run it, and print the result on stdout."""
    from syncer.cli.causes import one_stream
    from syncer.cli.console import print_json
    from syncer.cli.voice import progress

    with progress(log_format, lambda: mirror.passed) as voice:
        done = mirror.sync(voice, on_error=voice.complain, take_over=take_over, max_delete=most)
    for error in done.errors:
        voice.complain(error)
    if as_json:
        print_json(_record(mirror.config, done))
    else:
        _show(mirror, done, voice.told if one_stream() else ())
    return done.exit


def _record(config: Config, done: Synced) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "exit_code": done.exit,
        "counts": dict(done.counts),
        "listed": done.listed,
        "manifests": [str(file) for file in config.manifest],
        "errors": [
            {"code": error.code, "message": error.message, "hint": error.hint} for error in done.errors
        ],
        "findings": [asdict(finding) for finding in done.findings],
    }


def _show(mirror: Mirror, done: Synced, known: Container[Cause]) -> None:
    """`known` are the causes that were printed before."""
    from syncer.cli import troubles
    from syncer.cli.console import show_findings
    from syncer.cli.words import told_counts
    from syncer.settings.spelling import counted

    did = done.counts
    click.echo(told_counts(did, _none_copied(done)))
    show_findings(troubles.unsaid(done.findings, did["stored"], known))
    if did["rejected"] or did["marked"] or did["failed"] or did["stored"]:
        troubles.show_troubles(mirror.troubles(), known=known)
    names = ", ".join(str(file) for file in mirror.config.manifest)
    if done.listed is None:
        click.echo(f"{names}: not written, still as before")
    elif names:
        click.echo(f"{counted(done.listed, 'URL')} in {names}")
    if done.interrupted:
        click.echo("interrupted; run it again to continue")


def _none_copied(done: Synced) -> str:
    """After an error or a failure it is unknown whether there was something to copy."""
    did = done.counts
    unsure = done.errors or done.interrupted or did["failed"]
    nothing_to_do = not (unsure or did["in_place"] or did["unseen"] or did["found"])
    return "nothing to copy" if nothing_to_do else "nothing copied"
