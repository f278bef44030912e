"""Sends published files to the platform as drafts, for its own verdict."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from syncer import process
from syncer.catalogue import open_catalogue, open_pushes
from syncer.config import Config
from syncer.connect.web.client import WebSettings, ask, http_client
from syncer.errors import ConfigError, OriginError
from syncer.mirror import layout, parts
from syncer.mirror.values import Drafted
from syncer.model import HEAD_SIZE, Entry, State
from syncer.probe.media_types import sniff
from syncer.protocols import Pace
from syncer.push import limits
from syncer.push.drafts import Draft, Item, chosen, drafts
from syncer.push.model import Push
from syncer.push.pusher import Pusher, PushOrders
from syncer.push.tiktok import TiktokClient, TiktokSettings
from syncer.push.verdicts import DraftVerdict
from syncer.runners import Serial


@dataclass(frozen=True, slots=True)
class Asked:
    """What to send, and how."""

    names: tuple[str, ...]
    again: bool
    album: bool
    title: str | None
    wait: float


@dataclass(frozen=True, slots=True)
class Tellers:
    """The callbacks of the caller."""

    progress: Callable[[DraftVerdict], None]
    sent: Callable[[Push], None]
    warning: Callable[[str], None]


def pushed(config: Config, crew: Serial, asked: Asked, tell: Tellers) -> Drafted:
    """Raises `ConfigError` if a name matches nothing, or no token is set."""
    orders = PushOrders(
        asked.wait,
        limits.LIMITS,
        limits.PATIENCE,
        again=asked.again,
        owned=config.origin.property,
        policy=config.patience.retry,
    )
    with closing(open_pushes(config.catalogue)) as pushes, pushes.lock():
        platform = TiktokClient(_settings(config), crew.pace)
        pusher = Pusher(pushes, platform, crew.pace, orders, tell.progress, tell.sent)
        wanted = _drafts(config, asked, crew.pace, tell.warning)
        with process.stopping(crew.stop):
            code = pusher.run(wanted)
    return Drafted(code, tuple(pusher.verdicts))


def _settings(config: Config) -> TiktokSettings:
    said = config.tiktok
    if said.access_token is None:
        raise ConfigError(
            f"{config.file}: tiktok.access_token is not set",
            code="config.secret",
            hint='set `tiktok: {access_token: "env:TIKTOK_ACCESS_TOKEN"}`',
        )
    return TiktokSettings(said.access_token, said.endpoint, WebSettings(said.ca, said.connect_to))


def _drafts(config: Config, asked: Asked, pace: Pace, warn: Callable[[str], None]) -> list[Draft]:
    if not asked.names:
        return []
    items = _items(config, asked.names, pace)
    for item in items:
        if item.warning:
            warn(item.warning)
    return drafts(items, album=asked.album, title=asked.title)


def _items(config: Config, asked: tuple[str, ...], pace: Pace) -> list[Item]:
    ours = layout.addresses(config, frozenset())
    with closing(open_catalogue(config.catalogue, read_only=True)) as catalogue:
        published = filter(ours.serves, catalogue.entries(State.PUBLISHED))

        def find(source: str, key: str) -> Entry | None:
            entry = catalogue.entry(source, key)
            return entry if entry and ours.serves(entry) else None

        return chosen(asked, published, find, lambda url: _sniff(config, url, pace))


def _sniff(config: Config, url: str, pace: Pace) -> str | None:
    """The media type of a URL; `None` if it can't be read, as the platform then judges it itself."""
    ours = url.startswith(config.origin.url)
    try:
        with http_client(parts.web(config) if ours else WebSettings(), pace) as http:
            answer = ask(http, url, headers={"Range": f"bytes=0-{HEAD_SIZE - 1}"})
    except OriginError:
        return None
    found = sniff(answer.start)
    return found if answer.status in (200, 206) and found.startswith(("video/", "image/")) else None
