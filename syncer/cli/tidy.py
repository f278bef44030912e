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
    from syncer.protocols import Pace


@click.command("tidy")
@click.option(
    "--older-than",
    type=DurationType(),
    help="Only what is older. Without it: all staged files, as no run is going on; unfinished S3 uploads,"
    " which may be another program's, after a day; and what the next run can resume after three days.",
)
@json_option
@config_option
def command(older_than: timedelta | None, as_json: bool, config_file: Path) -> None:  # noqa: FBT001 - click passes it
    """Remove what killed runs left staged. Published files are never touched."""
    from syncer.catalogue import open_catalogue
    from syncer.cli.console import print_json, visible
    from syncer.config import load
    from syncer.mirror.layout import copies
    from syncer.mirror.run import pace_of
    from syncer.mirror.tenure import owner
    from syncer.settings.spelling import counted

    config = load(config_file)
    removed, kept, pace = [], 0, pace_of(config)
    with closing(open_catalogue(config.catalogue)) as catalogue, catalogue.lock():
        # Another machine's run may be staging there.
        if copies(config.sources):
            owner(config, catalogue, pace).look(sure=True)
        for name, is_gone in _tidied(config, older_than, pace):
            if is_gone:
                removed.append(name)
            else:
                kept += 1
            said = f"removed {name}" if is_gone else f"kept {name}: the next run resumes it"
            click.echo(visible(said), err=True)
    if as_json:
        print_json({"removed": removed})
    elif removed or kept:
        click.echo(
            f"{counted(len(removed), 'staged file')} removed"
            + (f", {kept} kept to be resumed" if kept else "")
        )
    else:
        click.echo("nothing was left behind")


def _tidied(config: Config, older_than: timedelta | None, pace: Pace) -> Iterator[tuple[str, bool]]:
    """What was found, and whether it is gone."""
    from syncer import manifest
    from syncer.connect.retry import retry
    from syncer.destinations import open_destination
    from syncer.errors import DestinationError
    from syncer.mirror import layout

    for file in manifest.tidy(config.manifest, older_than):
        yield str(file), True
    remembered = layout.uploads(config)
    remembered.expire()
    if not layout.copies(config.sources):
        return  # nothing is staged where all lies in place, and unfinished uploads there are the user's own
    resumable = remembered.resumable() if older_than is None else set()
    own = layout.in_place(config)
    with closing(open_destination(config.origin.destination, pace)) as destination:
        try:
            retry(destination.check, pace, pace.patience.retry)
        except DestinationError as error:
            # One that is full can be tidied, and one that takes nothing new.
            if error.code not in ("destination.full", "destination.denied"):
                raise
        for litter in destination.litter(older_than):
            if litter.path is not None and own(litter.path):
                continue  # somebody is uploading a file of the user's own
            if litter.locator not in resumable:
                destination.discard(litter)
                remembered.forget(litter.locator)
            yield litter.name, litter.locator not in resumable
