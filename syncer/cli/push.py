"""`syncer push`: the platform's own verdict."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer import process
from syncer.cli.options import config_option, json_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncer.config import Config
    from syncer.protocols import Pace
    from syncer.push.drafts import Draft, Item
    from syncer.push.model import Push, Pushed, Pushes
    from syncer.push.pusher import Orders, Pusher
    from syncer.push.verdicts import Verdict

HOUR = 3600.0
"""After which TikTok gives up a pull."""


@click.command("push")
@click.argument("asked", nargs=-1, metavar="[KEY|URL]…")
@click.option("--again", is_flag=True, help="Send also what was sent before.")
@click.option("--album", is_flag=True, help="Send the photos together, as one draft.")
@click.option("--title", help="Title of a photo draft.")
@click.option(
    "--wait",
    default=HOUR,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Follow each draft so long; 0 only sends.",
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
    """Send URLs to TikTok as drafts in the user's inbox, and follow each to its end.

    KEY is an asset's key, source:key, or a glob on its key or public path, as in `syncer urls`. A URL may
    be any that begins with https://. Without any, what was sent before and has no end yet is followed on.
    """
    from syncer.catalogue import open_pushes
    from syncer.cli.console import print_json
    from syncer.config import load
    from syncer.push import limits
    from syncer.push.pusher import Orders
    from syncer.runners import Serial

    config = load(config_file, secrets=False)
    crew = Serial(patience=config.patience)
    orders = Orders(
        wait,
        limits.LIMITS,
        limits.PATIENCE,
        again=again,
        owned=config.origin.property,
        policy=config.patience.retry,
    )
    with closing(open_pushes(config.catalogue)) as pushes, pushes.lock():
        tell = (lambda verdict: None) if as_json else _show  # noqa: ARG005 - the one that does nothing
        pusher = _pusher(config, pushes, crew.pace, orders, tell)
        drafts = _drafts(config, asked, crew.pace, album=album, title=title)
        with process.stopping(crew.stop):
            code = pusher.run(drafts)
    if as_json:
        print_json([_record(verdict) for verdict in pusher.verdicts])
    elif not pusher.verdicts:
        click.echo("nothing was sent that has no end yet")
    return code


def _pusher(
    config: Config, pushes: Pushes, pace: Pace, orders: Orders, tell: Callable[[Verdict], None]
) -> Pusher:
    from syncer.connect.web.client import WebSettings
    from syncer.errors import ConfigError
    from syncer.push.pusher import Pusher
    from syncer.push.tiktok import Tiktok, TiktokSettings

    said = config.tiktok
    if said.access_token is None:
        raise ConfigError(
            f"{config.file}: tiktok.access_token is not set",
            code="config.secret",
            hint='set `tiktok: {access_token: "env:TIKTOK_ACCESS_TOKEN"}`',
        )
    settings = TiktokSettings(said.access_token, said.endpoint, WebSettings(said.ca, said.connect_to))
    return Pusher(pushes, Tiktok(settings, pace), pace, orders, tell, _note)


def _drafts(
    config: Config, asked: tuple[str, ...], pace: Pace, *, album: bool, title: str | None
) -> list[Draft]:
    from syncer.cli.console import visible
    from syncer.push.drafts import drafts

    if not asked:
        return []
    items = _items(config, asked, pace)
    for item in items:
        if item.warning:
            click.echo(visible(f"syncer: {item.warning}"), err=True)
    return drafts(items, album=album, title=title)


def _items(config: Config, asked: tuple[str, ...], pace: Pace) -> list[Item]:
    from syncer.catalogue import open_catalogue
    from syncer.mirror.layout import addresses
    from syncer.model import Entry, State
    from syncer.push.drafts import chosen

    ours = addresses(config, frozenset())
    with closing(open_catalogue(config.catalogue, read_only=True)) as catalogue:
        published = filter(ours.serves, catalogue.entries(State.PUBLISHED))

        def find(source: str, key: str) -> Entry | None:
            entry = catalogue.entry(source, key)
            return entry if entry and ours.serves(entry) else None

        return chosen(asked, published, find, lambda url: _sniff(config, url, pace))


def _sniff(config: Config, url: str, pace: Pace) -> str | None:
    """Whatever goes wrong here is for the platform to judge."""
    from syncer.connect.web.client import WebSettings, ask, client
    from syncer.errors import OriginError
    from syncer.mirror.layout import web
    from syncer.model import HEAD_SIZE
    from syncer.probe.media_types import sniff

    ours = url.startswith(config.origin.url)
    try:
        with client(web(config) if ours else WebSettings(), pace) as http:
            answer = ask(http, url, headers={"Range": f"bytes=0-{HEAD_SIZE - 1}"})
    except OriginError:
        return None
    found = sniff(answer.start)
    return found if answer.status in (200, 206) and found.startswith(("video/", "image/")) else None


_MARKS = {"arrived": "✓", "sent": "…", "unsure": "?", "held": "-"}


def _note(push: Push) -> None:
    from syncer.cli.console import visible

    click.echo(visible(f"syncer: sent {_names(push.assets)}"), err=True)


def _names(assets: tuple[Pushed, ...]) -> str:
    return ", ".join(f"{each.source}:{each.key}" if each.source else each.url for each in assets)


def _show(verdict: Verdict) -> None:
    from syncer.cli.console import visible

    code = f" [{verdict.code}]" if verdict.code else ""
    click.echo(visible(f"{_MARKS.get(verdict.state, '✗')} {_names(verdict.assets)}: {verdict.message}{code}"))
    if verdict.hint:
        click.echo(visible(f"    → {verdict.hint}"))


def _record(verdict: Verdict) -> dict[str, object]:
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
