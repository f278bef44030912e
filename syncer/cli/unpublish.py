"""`syncer unpublish`: takes what was published off the origin."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer import process
from syncer.cli.options import config_option, json_option
from syncer.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncer.config import Config
    from syncer.protocols import Catalogue
    from syncer.sync.unpublish import Names, Target, Unpublisher


@click.command("unpublish")
@click.argument("asked", nargs=-1, required=True, metavar="KEY|URL|PATH…")
@click.option("--undo", is_flag=True, help="Let the next sync publish again what was unpublished.")
@json_option
@config_option
def command(
    asked: tuple[str, ...],
    undo: bool,  # noqa: FBT001 - click passes it
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Take assets out of the manifest, then delete them from the origin.

    KEY is an asset's key or source:key, and stands for all that is public of it. PATH is a public path, URL
    a stable URL; both may be old ones that the asset has left. The source is not touched, so a file in place
    stays where it is and is only taken out of the manifest. `sync` does not
    publish the same version again, but it publishes a new version.
    """
    from syncer.catalogue import open_catalogue
    from syncer.config import load
    from syncer.mirror import tenure

    config = load(config_file)
    with closing(open_catalogue(config.catalogue)) as catalogue, tenure.mine(config, catalogue):
        _refuse_moved(config, catalogue)
        names = _names(config, catalogue)
        _refuse_begun(config, names, asked)
        if undo:
            return _undo(catalogue, names.withdrawn(asked), as_json=as_json)
        return _unpublish(config, catalogue, names.targets(asked), as_json=as_json)


def _refuse_moved(config: Config, catalogue: Catalogue) -> None:
    from syncer.mirror import tenure
    from syncer.sync.unpublish import not_seen

    if before := tenure.moved_from(config, catalogue):
        place = config.origin.destination.identity()
        raise not_seen(f"the destination is {place} now, and what is published is at {before}")


def _refuse_begun(config: Config, names: Names, asked: tuple[str, ...]) -> None:
    """Which version is public of it, the next run finds out."""
    from syncer.destinations.keys import printable
    from syncer.mirror import layout
    from syncer.sync.unpublish import not_seen

    wanted = {*asked, *map(names.path, asked)}
    for note in layout.notes(config).left():
        asset = f"{note.source}:{note.key}"
        if {note.key, asset, note.path} & wanted:
            raise not_seen(f"a run died while it published {printable(asset)}")


def _names(config: Config, catalogue: Catalogue) -> Names:
    from syncer.mirror import layout
    from syncer.sync.unpublish import Names

    stays, in_place = layout.signed(config, catalogue), layout.in_place(config)
    return Names(catalogue, config.origin.url, stays, in_place)


def _undo(catalogue: Catalogue, assets: list[tuple[str, str]], *, as_json: bool) -> int:
    from syncer.cli.console import print_json, visible

    for source, key in assets:
        catalogue.readmit(source, key)
    if as_json:
        print_json({"readmitted": [{"source": source, "key": key} for source, key in assets]})
        return Exit.OK
    for source, key in assets:
        click.echo(visible(f"{source}:{key} is published again by the next `syncer sync`"))
    return Exit.OK


def _unpublish(config: Config, catalogue: Catalogue, targets: list[Target], *, as_json: bool) -> int:
    from syncer.mirror import layout, run, tenure
    from syncer.sync.unpublish import Unpublisher

    ours = layout.addresses(config, frozenset())
    crew = run.runner(config)

    def publish() -> int:
        return run.write_manifests(config, ours, catalogue)

    def ready() -> None:
        tenure.ready(config, catalogue, crew.pace)

    unpublisher = Unpublisher(catalogue, crew, run.deleter(config, ours), publish, ready)
    with process.stopping(crew.stop):
        if any(not target.stays for target in targets):
            tenure.owner(config, catalogue, crew.pace).look()
        code = unpublisher.run(targets, run.clock())
    _tell(unpublisher, ours.url, as_json=as_json)
    return code


def _tell(done: Unpublisher, url: Callable[[str], str], *, as_json: bool) -> None:
    from syncer.cli.console import print_json, visible

    if as_json:
        print_json(
            {
                "unpublished": [
                    *(_record(target, url) for target in done.deleted),
                    *(_record(target, url) | {"in_place": True} for target in done.kept),
                ],
                "failed": [
                    _record(target, url)
                    | {"code": failed.code, "message": failed.message, "hint": failed.hint}
                    for target, failed in done.failed
                ],
            }
        )
        return
    for target in done.deleted:
        click.echo(visible(f"✓ {target.source}:{target.key}  {url(target.path)} is deleted"))
    for target in done.kept:
        click.echo(visible(f"✓ {target.source}:{target.key}  {url(target.path)} is out of the manifest"))
        click.echo("      → the file is yours, and stays there: delete it yourself if nobody should see it")
    for target, failed in done.failed:
        click.echo(
            visible(f"✗ {target.source}:{target.key}  {url(target.path)}: {failed.message} [{failed.code}]")
        )
        click.echo(visible(f"      → {failed.hint or 'try again'}; it is out of the manifest"))


def _record(target: Target, url: Callable[[str], str]) -> dict[str, object]:
    return {"source": target.source, "key": target.key, "path": target.path, "url": url(target.path)}
