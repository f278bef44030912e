"""`syncer tidy`: removes what dead runs left staged, at the destination and beside the manifests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import DurationType, config_option, json_option

if TYPE_CHECKING:
    from syncer.config import Config


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
    """Remove what killed runs left staged. Published files are never touched."""
    from syncer.catalogue import open_catalogue
    from syncer.cli.console import print_json, visible
    from syncer.cli.parts import owner
    from syncer.config import load
    from syncer.runners import SharedPace

    config = load(config_file)
    removed = []
    with closing(open_catalogue(config.catalogue)) as catalogue, catalogue.lock():
        owner(config, catalogue, SharedPace()).look()  # another machine's run may be staging there
        for name in _tidied(config, older_than):
            removed.append(name)
            click.echo(visible(f"removed {name}"), err=True)
    if as_json:
        print_json({"removed": removed})
    else:
        click.echo(f"{len(removed)} staged files removed" if removed else "nothing was left behind")


def _tidied(config: Config, older_than: timedelta | None) -> Iterator[str]:
    from syncer import manifest
    from syncer.destinations import open_destination

    yield from map(str, manifest.tidy(config.manifest, older_than))
    with closing(open_destination(config.origin.destination)) as destination:
        destination.check()
        for litter in destination.litter(older_than):
            destination.discard(litter)
            yield litter.name
