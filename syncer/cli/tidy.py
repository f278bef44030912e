"""`syncer tidy`: removes what dead runs left at the destination and beside the manifests."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from syncer.cli.options import DurationType, config_option, json_option
from syncer.mirror import Mirror


@click.command("tidy")
@click.option(
    "--older-than",
    type=DurationType(),
    help="Remove only older files. Default: all staged files; unfinished S3 uploads, which may belong to"
    " another program, after a day; uploads that the next run can resume after three days; and"
    " syncer-doctor-….mp4, which `syncer doctor` may be using, after an hour.",
)
@json_option
@config_option
def command(older_than: timedelta | None, as_json: bool, config_file: Path) -> None:  # noqa: FBT001 - click passes it
    """Remove the files that killed runs left: staged files, and the small syncer-doctor-….mp4 that a check
    of the public URL writes. It never touches published files.
    """
    from syncer.cli.console import print_json, print_lines
    from syncer.settings.spelling import counted

    def say(name: str, is_gone: bool) -> None:  # noqa: FBT001 - as `Mirror.tidy` calls it
        print_lines(f"removed {name}" if is_gone else f"kept {name}: the next run resumes it", err=True)

    done = Mirror.load(config_file).tidy(older_than, say)
    if as_json:
        print_json({"removed": done.removed})
    elif done.removed or done.kept:
        click.echo(
            f"{counted(len(done.removed), 'file')} removed"
            + (f", {len(done.kept)} kept to be resumed" if done.kept else "")
        )
    else:
        click.echo("no files of killed runs were found")
