"""`syncer tidy`: removes what dead runs left staged, at the destination and beside the manifests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import DurationType, config_option, json_option

if TYPE_CHECKING:
    from syncer.config import Config
    from syncer.seams import Destination


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
    from syncer.cli.parts import owner, pace_of
    from syncer.config import load

    config = load(config_file)
    removed, kept = [], 0
    with closing(open_catalogue(config.catalogue)) as catalogue, catalogue.lock():
        owns = owner(config, catalogue, pace_of(config))
        owns.look()  # another machine's run may be staging there
        for name, is_gone in _tidied(config, older_than, owns.hold):
            if is_gone:
                removed.append(name)
            else:
                kept += 1
            said = f"removed {name}" if is_gone else f"kept {name}: the next run resumes it"
            click.echo(visible(said), err=True)
    if as_json:
        print_json({"removed": removed})
    elif removed or kept:
        click.echo(f"{len(removed)} staged files removed" + (f", {kept} kept to be resumed" if kept else ""))
    else:
        click.echo("nothing was left behind")


def _tidied(
    config: Config, older_than: timedelta | None, hold: Callable[[Destination], None]
) -> Iterator[tuple[str, bool]]:
    """What was found, and whether it is gone. `hold` is called before the first file is removed there."""
    from syncer import manifest
    from syncer.cli import parts
    from syncer.destinations import open_destination
    from syncer.retry import retry

    for file in manifest.tidy(config.manifest, older_than):
        yield str(file), True
    remembered = parts.uploads(config)
    remembered.expire()
    resumable = remembered.resumable() if older_than is None else set()
    pace = parts.pace_of(config)
    with closing(open_destination(config.origin.destination, pace)) as destination:
        retry(destination.check, pace, pace.patience.retry)
        held = False
        for litter in destination.litter(older_than):
            if litter.locator not in resumable:
                if not held:
                    hold(destination)
                    held = True
                destination.discard(litter)
                remembered.forget(litter.locator)
            yield litter.name, litter.locator not in resumable
