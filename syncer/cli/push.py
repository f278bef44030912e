"""`syncer push`: the platform's own verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import config_option, json_option
from syncer.mirror import Mirror

if TYPE_CHECKING:
    from syncer.push.model import Push, Pushed
    from syncer.push.verdicts import DraftVerdict

HOUR = 3600.0
"""Seconds after which TikTok gives up a pull."""


@click.command("push")
@click.argument("asked", nargs=-1, metavar="[KEY|URL]…")
@click.option("--again", is_flag=True, help="Also send what was sent before.")
@click.option("--album", is_flag=True, help="Send the photos together, as one draft.")
@click.option("--title", help="Title of a photo draft.")
@click.option(
    "--wait",
    default=HOUR,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="How long to follow each draft; 0 only sends.",
)
@json_option
@config_option
def command(  # noqa: PLR0913 - one argument for each option
    asked: tuple[str, ...],
    again: bool,  # noqa: FBT001 - click passes it
    album: bool,  # noqa: FBT001 - click passes it
    title: str | None,
    wait: float,
    as_json: bool,  # noqa: FBT001 - click passes it
    config_file: Path,
) -> int:
    """Send URLs to TikTok as drafts, and print TikTok's verdicts.

    The drafts go to the user's inbox, and nothing is posted. KEY is an asset's key, source:key, or a glob on
    its key or public path, as in `syncer urls`. URL is any https:// URL. Without arguments, it continues to
    follow unfinished drafts.
    """
    from syncer.cli.console import print_json

    done = Mirror.load(config_file, secrets=False).push(
        *asked,
        again=again,
        album=album,
        title=title,
        wait=wait,
        progress=None if as_json else _show,
        on_sent=_note,
        on_warning=_warn,
    )
    if as_json:
        print_json([_record(verdict) for verdict in done.verdicts])
    elif not done.verdicts:
        click.echo("no unfinished drafts to follow")
    return done.exit


def _warn(warning: str) -> None:
    from syncer.cli.console import print_lines

    print_lines(f"syncer: {warning}", err=True)


_MARKS = {"arrived": "✓", "sent": "…", "unsure": "?", "held": "-"}


def _note(push: Push) -> None:
    from syncer.cli.console import print_lines

    print_lines(f"syncer: sent {_names(push.assets)}", err=True)


def _names(assets: tuple[Pushed, ...]) -> str:
    return ", ".join(f"{each.source}:{each.key}" if each.source else each.url for each in assets)


def _show(verdict: DraftVerdict) -> None:
    from syncer.cli.console import print_lines

    code = f" [{verdict.code}]" if verdict.code else ""
    print_lines(f"{_MARKS.get(verdict.state, '✗')} {_names(verdict.assets)}: {verdict.message}{code}")
    if verdict.hint:
        print_lines(f"    → {verdict.hint}")


def _record(verdict: DraftVerdict) -> dict[str, object]:
    from syncer.manifest import timestamp

    push = verdict.push
    assets = [
        {"url": each.url, "source": each.source, "key": each.key, "sha256": each.sha256}
        for each in verdict.assets
    ]
    return {
        "state": verdict.state,
        "code": verdict.code,
        "message": verdict.message,
        "hint": verdict.hint,
        "assets": assets,
        "publish_id": push and push.publish_id,
        "status": push and push.status,
        "sent_at": timestamp(push.sent_at) if push else None,
        "looked_at": timestamp(push.looked_at) if push else None,
        "ended_at": timestamp(push.ended_at) if push else None,
    }
