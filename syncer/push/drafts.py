"""Makes drafts of the names and URLs that the user pushes: each asset alone, or photos as an album."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from syncer.errors import ConfigError
from syncer.model import Entry, State, rejects
from syncer.probe.media_types import by_name
from syncer.push.model import Media, Pushed
from syncer.settings.masked import masked
from syncer.urls.canonical import bare_url, canonical_url, web_url

MOST_PHOTOS = 35
MOST_TITLE = 90
"""UTF-16 units."""

Sniff = Callable[[str], str | None]
"""The media type of a URL's first bytes; `None` if unknown."""


@dataclass(frozen=True, slots=True)
class Item:
    """One asset to send."""

    url: str = field(repr=False)
    """With its query, which only the platform may see."""
    media: Media
    asset: Pushed
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One request: a video, or photos."""

    items: tuple[Item, ...]
    title: str | None = None

    @property
    def media(self) -> Media:
        return self.items[0].media

    @property
    def assets(self) -> tuple[Pushed, ...]:
        return tuple(item.asset for item in self.items)

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(item.url for item in self.items)


def drafts(items: Sequence[Item], *, album: bool, title: str | None) -> list[Draft]:
    """Raises `ConfigError` if these items, `album` and `title` do not fit together."""
    if title is not None and len(title.encode("utf-16-le")) > 2 * MOST_TITLE:
        raise ConfigError(f"the title is longer than {MOST_TITLE} characters", code="push.title")
    if (album or title is not None) and (video := next((i for i in items if i.media is Media.VIDEO), None)):
        raise ConfigError(
            f"{video.asset.url} is a video: only photos can have a title or be in an album", code="push.album"
        )
    if not album:
        return [Draft((item,), title) for item in items]
    if not 0 < len(items) <= MOST_PHOTOS:
        raise ConfigError(f"an album has 1 to {MOST_PHOTOS} photos, not {len(items)}", code="push.album")
    return [Draft(tuple(items), title)]


def chosen(
    asked: Sequence[str], published: Iterable[Entry], find: Callable[[str, str], Entry | None], sniff: Sniff
) -> list[Item]:
    """The items in the order of `asked`, each asset once.

    Each of `asked` is an https URL, `source:key`, or a glob on keys and public paths (then in order of URL).
    """
    spellings: dict[str, str] = {}
    for name in asked:
        spellings.setdefault(canonical_url(name), _plain(name))
    asked = [*spellings.values()]
    named = {name: entry for name in asked if (entry := _named(name, find))}
    found: dict[str, list[Entry]] = {name: [] for name in asked}
    for entry in published:
        for name in asked:
            if name not in named and _means(name, entry):
                found[name].append(entry)
    items: dict[str, Item] = {}
    for name in asked:
        entries = [named[name]] if name in named else found[name]
        for item in map(_published, entries) if entries or not _is_url(name) else [_foreign(name, sniff)]:
            items.setdefault(item.asset.identity, item)
        if not entries and not _is_url(name):
            said = f"no published file is named {masked(name)!r}"
            raise ConfigError(said, code="push.nothing", hint=_HINT)
    return list(items.values())


_HINT = "give a key, source:key, a glob such as 'clips/*.mp4', or an https:// URL; `syncer urls` lists them"


def _plain(url: str) -> str:
    """A URL to send: without fragment, its scheme, host and port in their canonical spelling."""
    parts = web_url(url)
    return url if parts is None or parts.user is not None else str(parts)


def _is_url(name: str) -> bool:
    return "://" in name


def _named(name: str, find: Callable[[str, str], Entry | None]) -> Entry | None:
    source, colon, key = name.partition(":")
    return find(source, key) if colon and not _is_url(name) else None


def _means(name: str, entry: Entry) -> bool:
    if _is_url(name):
        return canonical_url(name) == canonical_url(entry.url or "")
    names = (entry.key, entry.path or "", f"{entry.source}:{entry.key}")
    return any(fnmatch.fnmatchcase(each, name) for each in names)


def _published(entry: Entry) -> Item:
    url = entry.url or ""
    asset = Pushed(_identity(url, entry.sha256), url, entry.sha256, entry.source, entry.key)
    media = _media(entry.media_type or by_name(url), f"{entry.source}:{entry.key}")
    return Item(url, media, asset, _complaint(entry))


def _complaint(entry: Entry) -> str | None:
    name = f"{entry.source}:{entry.key}"
    if refused := rejects(entry.findings):
        return f"{name} is unlikely to be accepted: {refused[0].message} [{refused[0].rule}]"
    if entry.state is not State.PUBLISHED:
        return f"{name} is not seen at its URL (it is {entry.state.value}), so a pull is likely to fail"
    return None


def _foreign(url: str, sniff: Sniff) -> Item:
    shown = bare_url(url)
    parts = web_url(url)
    sound = parts and parts.scheme == "https" and parts.user is None
    if not parts or not sound or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError(
            f"{shown} is not an https URL that a platform pulls from",
            code="push.url",
            hint="it must begin with https://, have no user name, and be percent-encoded",
        )
    seen = sniff(url)
    media_type = seen or by_name(parts.path)
    by = "its first bytes" if seen else "its name"
    item = Item(url, _media(media_type, shown), Pushed(_identity(url, None), shown))
    said = f"syncer did not publish {shown}; by {by} it is a {item.media.value}"
    return replace(item, warning=said)


def _media(media_type: str, name: str) -> Media:
    kinds = {"video": Media.VIDEO, "image": Media.PHOTO}
    media = kinds.get(media_type.partition("/")[0])
    if media is None:
        raise ConfigError(f"{name} is not a video or a photo, but {media_type}", code="push.media")
    return media


def _identity(url: str, sha256: str | None) -> str:
    return hashlib.sha256(f"{canonical_url(url)}\n{sha256 or ''}".encode()).hexdigest()
