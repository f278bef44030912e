"""`syncer unpublish`: removes published files from the origin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.errors import Exit
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from syncer.mirror.values import Unpublished, Withdrawn


@click.command("unpublish")
@click.argument("asked", nargs=-1, required=True, metavar="KEY|URL|PATH…")
@click.option("--undo", is_flag=True, help="Let the next sync publish these assets again.")
@json_option
@config_option
def command(
    asked: tuple[str, ...],
    undo: bool,  # noqa: FBT001 - click passes it
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Remove assets from the manifest, then from the origin.

    KEY is an asset's key or source:key, and means all its public files. PATH is a public path, URL a stable
    URL; both may be old ones of the asset. The source is not touched: a file in place stays, and only leaves
    the manifest. `sync` does not publish the same bytes under this key again, only other bytes. If a file
    can't be deleted, every `sync` tries it again, whatever `delete` is. A file that somebody else has put
    there stays.

    Then it looks at the URL of each deleted file. If a cache still serves the file, or if that is unknown,
    the exit code is 3.
    """
    mirror = Mirror.load(config_file)
    if undo:
        _tell_readmitted(mirror.readmit(*asked), as_json=as_json)
        return Exit.OK
    done = mirror.unpublish(*asked)
    _tell(done, as_json=as_json)
    return done.exit


def _tell_readmitted(assets: Iterable[tuple[str, str]], *, as_json: bool) -> None:
    from syncer.cli.console import print_json, print_lines

    if as_json:
        print_json({"readmitted": [{"source": source, "key": key} for source, key in assets]})
        return
    for source, key in assets:
        print_lines(f"the next `syncer sync` publishes {source}:{key} again")


def _tell(done: Unpublished, *, as_json: bool) -> None:
    from syncer.cli.console import print_json, print_lines

    if as_json:
        told = [_record(each) | _deleted(each) for each in done.deleted]
        told += [_record(each) | {"changed" if each.changed else "in_place": True} for each in done.kept]
        failed = [_record(each) | {"served": each.served} for each in done.failed]
        print_json({"unpublished": told, "failed": failed})
        return
    for each in done.deleted:
        _tell_deleted(each)
    for each in done.kept:
        print_lines(
            f"! {each.source}:{each.key}  {each.url} is out of the manifest, but its file stays public"
        )
        whose = "is another one now, not syncer's," if each.changed else "is yours"
        click.echo(f"      → the file {whose} and stays there: delete it yourself if nobody should see it")
    for each in done.failed:
        _tell_failed(each)


def _tell_failed(each: Withdrawn) -> None:
    from syncer.cli.console import print_lines
    from syncer.sync.taken import UNPROVEN

    public = "not served any more, but still there" if each.served is False else "STILL PUBLIC"
    public = "maybe STILL PUBLIC" if each.served is None else public
    print_lines(f"✗ {each.source}:{each.key}  {each.url} is out of the manifest, but {public}")
    does = "tries the delete again"
    if failed := each.failed:
        print_lines(f"      {each.path} could not be deleted: {failed.message} [{failed.code}]")
        if failed.hint:
            print_lines(f"      → {failed.hint}")
        does = "names it" if failed.code == UNPROVEN else does
    print_lines(f"      → each `syncer sync` {does}, and exits with 3 until the file is gone")


def _tell_deleted(each: Withdrawn) -> None:
    from syncer.cli.console import print_lines

    quiet = "✓" if each.was_there or each.since else "!"
    sign = quiet if each.served is False else "!" if each.served is None else "✗"
    print_lines(f"{sign} {each.source}:{each.key}  {each.url} {_done(each)}")
    if not (each.was_there or each.since):
        print_lines(
            "      → if it lies on a disk that is away, each `syncer sync` looks for it and deletes it"
        )
    if failed := each.failed:
        print_lines(f"      {failed.message} [{failed.code}]")
        print_lines(f"      → {failed.hint}")


def _done(each: Withdrawn) -> str:
    already = f"is unpublished already (since {each.since:%Y-%m-%d %H:%M} UTC)" if each.since else ""
    if each.was_there:
        return f"{already}, and is deleted now" if already else "is deleted"
    if already:
        gone = "; the URL does not serve it" if each.served is False else ""
        return f"{already}; its file is not at the destination{gone}"
    return "is out of the manifest, but its file was not at the destination: nothing was deleted"


def _deleted(each: Withdrawn) -> dict[str, object]:
    told: dict[str, object] = {"served": each.served}
    if not each.was_there:
        told["was_there"] = False
    return told | ({"since": each.since.isoformat()} if each.since else {})


def _record(each: Withdrawn) -> dict[str, object]:
    told: dict[str, object] = {"source": each.source, "key": each.key, "path": each.path, "url": each.url}
    if failed := each.failed:
        told |= {"code": failed.code, "message": failed.message, "hint": failed.hint}
    return told
