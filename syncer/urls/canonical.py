"""One spelling for each URL: roots, the paths below them, and URLs in messages. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote, urlsplit

from syncer.errors import ConfigError
from syncer.urls.weburl import ascii_host, bare_url

__all__ = ["DEFAULT_PORTS", "bare_url", "canonical", "hosts_only", "under"]

DEFAULT_PORTS = {"https": 443, "http": 80}


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
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        scheme, host, port = "", "", None
    if not scheme or not host or parts.query or parts.fragment or parts.username is not None:
        raise ConfigError(
            f"{bare_url(url)} can't be the root of public URLs",
            code="config.url",
            hint="write it as https://media.example.com/ without user, query and fragment",
        )
    where = f"[{host}]" if ":" in host else host
    at = "" if port in (None, DEFAULT_PORTS.get(scheme)) else f":{port}"
    path = quote(unicodedata.normalize("NFC", parts.path), safe="/%:@!$&'()*+,;=~")
    return f"{scheme}://{where}{at}{path.rstrip('/')}/"


def hosts_only(message: str) -> str:
    """The message with the host in place of each web URL, for an error of the whole host."""
    return re.sub(r"\bhttps?://([^/\s]+)/[^\s;,]*?(:?)(?=[\s;,]|$)", r"\1\2", message)
