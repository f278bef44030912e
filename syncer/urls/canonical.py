"""One spelling for each URL: its parts, roots, the paths below them, and comparisons. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from syncer.errors import ConfigError
from syncer.urls.weburl import ascii_host, bare_url

__all__ = [
    "DEFAULT_PORTS",
    "WebUrl",
    "authority",
    "bare_url",
    "canonical",
    "canonical_url",
    "hosts_only",
    "path_below",
    "tcp_address",
    "under",
    "web_url",
]

DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class WebUrl:
    """The parts of a URL. Scheme, host and port have one spelling; the other parts are as written."""

    scheme: str
    """In lower case."""
    host: str
    """In lower case, in its xn-- form; an IPv6 address without brackets."""
    port: int | None
    """`None` for the scheme's default."""
    path: str
    query: str
    fragment: str
    user: str | None
    """User info; `None` if there is none."""

    @property
    def authority(self) -> str:
        """Host, and port if it is not the default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def __str__(self) -> str:
        """Without user info and fragment."""
        return f"{self.scheme}://{self.authority}{self.path or '/'}{'?' + self.query if self.query else ''}"


def web_url(url: str) -> WebUrl | None:
    """`None` for text that can't be parsed, or has no scheme or host."""
    try:
        parts = urlsplit(url)
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if not parts.scheme or not host:
        return None
    user, at, _ = parts.netloc.rpartition("@")
    return WebUrl(
        parts.scheme,
        host,
        None if port == DEFAULT_PORTS.get(parts.scheme) else port,
        parts.path,
        parts.query,
        parts.fragment,
        user if at else None,
    )


def authority(url: str) -> str:
    """Host of a URL, and port if it is not the default; empty if it can't be parsed."""
    parts = web_url(url)
    return parts.authority if parts else ""


def tcp_address(url: str) -> tuple[str, int]:
    """Host and port of a web URL for a connection. Raises `ConfigError` as `canonical` does."""
    parts = web_url(url)
    if parts is None or parts.scheme not in DEFAULT_PORTS:
        raise _no_root(url)
    return parts.host, parts.port or DEFAULT_PORTS[parts.scheme]


def canonical_url(url: str) -> str:
    """The spelling of a URL for comparisons, without fragment: each character of its path is decoded, then
    encoded as `under` does. Text that is no URL, or has user info, is returned unchanged.
    """
    parts = web_url(url)
    if parts is None or parts.user is not None:
        return url
    names = (quote(unquote_to_bytes(name), safe="") for name in parts.path.split("/"))
    return str(replace(parts, path="/".join(names)))


def path_below(url: str, root: str) -> str | None:
    """The decoded path of `url` below `root`; `None` if it is not below. Query and fragment are ignored."""
    spelled, start = canonical_url(url).partition("?")[0], canonical_url(canonical(root))
    return unquote(spelled.removeprefix(start)) if spelled.startswith(start) else None


def under(url: str, path: str) -> str:
    """The URL of `path` below `url`: pure ASCII, no query, no fragment.

    The path is percent-encoded UTF-8 in Unicode normal form C. Only what RFC 3986 calls unreserved (letters,
    digits and `-._~`) and `/` stays as it is, so that no client has a reason to rewrite it.
    """
    return canonical(url) + quote(unicodedata.normalize("NFC", path), safe="/")


@lru_cache(maxsize=64)
def canonical(url: str) -> str:
    """`url` as the root of other URLs: scheme and host in lower case, ASCII, no default port, a slash last.

    Raises `ConfigError` with the code `config.url`.
    """
    parts = web_url(url)
    if parts is None or parts.query or parts.fragment or parts.user is not None:
        raise _no_root(url)
    path = quote(unicodedata.normalize("NFC", parts.path), safe="/%:@!$&'()*+,;=~")
    return str(replace(parts, path=f"{path.rstrip('/')}/"))


def _no_root(url: str) -> ConfigError:
    return ConfigError(
        f"{bare_url(url)} can't be the root of public URLs",
        code="config.url",
        hint="write it as https://media.example.com/ without user, query and fragment",
    )


def hosts_only(message: str) -> str:
    """The message with the host in place of each web URL, for an error of the whole host."""
    return re.sub(r"\bhttps?://([^/\s]+)/[^\s;,]*?(:?)(?=[\s;,]|$)", r"\1\2", message)
