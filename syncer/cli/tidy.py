"""`syncer tidy`: removes what dead runs left staged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from syncer.cli.options import DurationType, config_option, json_option


@click.command("tidy")
@click.option(
    "--older-than",
    type=DurationType(),
    help="Only what is older. Without it: all staged files, as no run is going on, and unfinished S3"
    " uploads, which may be another program's, after a day.",
)
@json_option
@config_option
def command(older_than: timedelta | None, as_json: bool, config_file: Path) -> None:  # noqa: FBT001 - click passes it
    """Remove what killed runs left staged at the destination. Published files are never touched."""
    from syncer.catalogue import open_catalogue
    from syncer.cli.console import print_json
    from syncer.config import load
    from syncer.destinations import open_destination

    config = load(config_file)
    catalogue = open_catalogue(config.catalogue)
    removed = []
    with catalogue.lock():
        destination = open_destination(config.origin.destination)
        destination.check()
        for litter in destination.litter(older_than):
            destination.discard(litter)
            removed.append(litter.name)
            click.echo(f"removed {litter.name}", err=True)
        destination.close()
    catalogue.close()
    if as_json:
        print_json({"removed": removed})
    else:
        click.echo(f"{len(removed)} staged files removed" if removed else "nothing was left behind")
