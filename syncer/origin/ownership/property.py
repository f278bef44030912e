"""URL properties: which URLs a verified one covers. Pure.

A property is a URL prefix (`https://media.example.com/`; the slash at its end is part of it, and is added
where it is missing) or a bare domain (`example.com`). The rule: https, no user info, a DNS name compared in
lower case, the path normalised. A domain covers its host, all subdomains and all paths; a prefix covers the
same host and port where the path begins with exactly its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from syncer.errors import OwnershipError
from syncer.urls.canonical import DEFAULT_PORTS, bare_url
from syncer.urls.weburl import ascii_host

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
"""A host whose last label is a number is an IP address to every client."""
ALIKE = 0.9
"""The ratio of `difflib` above which two hosts are alike."""
_HTTPS = DEFAULT_PORTS["https"]


@dataclass(frozen=True, slots=True)
class _Place:
    """What the rule compares of an https URL."""

    host: str
    port: int
    path: str

    def begins(self, other: _Place) -> bool:
        return (self.host, self.port) == (other.host, other.port) and other.path.startswith(self.path)

    def __str__(self) -> str:
        port = "" if self.port == _HTTPS else f":{self.port}"
        return f"https://{self.host}{port}{self.path}"


def covers(url: str, verified: str) -> bool:
    """Whether `url` belongs to whoever verified that property, as every client reads it."""
    owned = _owned(verified)
    return owned is not None and all(_covered(_place(reading), owned) for reading in _readings(url))


def _covered(place: _Place | None, owned: _Place | str) -> bool:
    if place is None:
        return False
    return owned.begins(place) if isinstance(owned, _Place) else _within(place.host, owned)


def _readings(url: str) -> tuple[str, ...]:
    """Without its query: clients encode a space, and a backslash of the path too, or take it for a slash."""
    spelt = re.split("[?#]", url, maxsplit=1)[0].strip(" ").replace(" ", "%20")
    found = re.fullmatch(r"([^:/\\]*://[^/\\]*)(/.*)", spelt, re.DOTALL)
    if not found or "\\" not in found[2]:
        return (spelt,)
    return tuple(found[1] + found[2].replace("\\", read) for read in ("/", "%5C"))


def property_misfit(url: str, verified: str) -> str | None:
    """Why the property covers nothing at the origin's `url`, and what would fit; `None` if all is well."""
    root, owned = _root(url), _owned(verified)
    if root is None:
        return f"origin.url {bare_url(url)} must be https:// and a DNS name, without user, query and fragment"
    if owned is None:
        return (
            f"origin.property {bare_url(verified)} must be a URL prefix such as https://{root.host}/ "
            f"or a domain such as {root.host}"
        )
    if isinstance(owned, str):
        if _within(root.host, owned):
            return None
        return (
            f"the domain {owned} does not cover origin.url {root}; origin.url must be at {owned} or below it"
        )
    if owned.begins(root) or root.begins(owned):
        return None
    fitting = _Place(owned.host, owned.port, root.path)
    fitting = fitting if owned.begins(fitting) else owned
    mistyped = _is_mistyped(owned.host, root.host)
    there = f"set origin.url to {fitting} if it is served there"
    advice = "correct the host that is mistyped" if mistyped else there
    return (
        f"origin.property {owned} does not cover origin.url {root}, not even a part of it; {advice}, or"
        f" verify {root}"
    )


def _is_mistyped(host: str, other: str) -> bool:
    """Whether one of two hosts is probably the other with a slip."""
    alike = SequenceMatcher(None, host, other).ratio() > ALIKE
    return host != other and host.count(".") == other.count(".") and alike


def signature_path(origin_url: str, verified: str, file_name: str) -> str:
    """Where at the destination the signature file goes.

    Raises `OwnershipError` with the code `ownership.property` if that is not below the destination's root.
    """
    reason = property_misfit(origin_url, verified)
    if reason:
        raise OwnershipError(reason, code="ownership.property")
    root, prefix = _root(origin_url), _owned(verified)
    if root is None or not isinstance(prefix, _Place):
        raise OwnershipError(
            f"a signature file proves a URL prefix, and origin.property {verified} is a domain",
            code="ownership.property",
            hint=f"take signature_files out (DNS proves a domain), or verify {root} and set it as property",
        )
    if not root.begins(prefix):
        rest = unquote(root.path.removeprefix(prefix.path))
        raise OwnershipError(
            f"the signature file belongs at {prefix}{file_name}, above the destination's root ({root})",
            code="ownership.property",
            hint=f"verify {root} at TikTok and set origin.property to it. To keep {prefix} as property, set"
            f" origin.url to {prefix}, destination.root to the folder that is served there, and the path of"
            f' each source to begin with {rest}, such as path: "{rest}{{source}}/{{key}}"',
        )
    return unquote(prefix.path.removeprefix(root.path)) + file_name


def signature_url(verified: str, file_name: str) -> str:
    """Where the platform looks for the file: directly under the prefix."""
    return f"{_owned(verified)}{quote(file_name, safe='')}"


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


@lru_cache(maxsize=64)
def _owned(verified: str) -> _Place | str | None:
    """A prefix, a domain, or neither."""
    if "/" in verified:
        return _root(verified)
    try:
        domain = ascii_host(verified)
    except ValueError:
        return None
    return domain if _is_name(domain) and "." in domain else None


@lru_cache(maxsize=64)
def _root(url: str) -> _Place | None:
    """A URL under which others lie."""
    if "?" in url or "#" in url:
        return None
    return _place(url if url.endswith("/") else url + "/")


def _place(url: str) -> _Place | None:
    if re.search(r"[\\\x00-\x20\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or "@" in parts.netloc or not _is_name(host):
        return None
    path = _normal(quote(parts.path or "/", safe="/%:@!$&'()*+,;=~[]|^`{}<>\""))
    return None if path is None else _Place(host, _HTTPS if port is None else port, path)


def _is_name(host: str) -> bool:
    return bool(_NAME.fullmatch(host)) and not _NUMBER.fullmatch(host)


def _normal(path: str) -> str | None:
    """Without `.` and `..`, which may be written as `%2e`.

    `None` where `..` hides between encoded slashes: servers differ in where that leads.
    """
    kept: list[str] = []
    segments = re.sub("%2e", ".", path, flags=re.IGNORECASE).split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    hidden = any(".." in re.split(r"[/\\]", unquote(segment)) for segment in kept)
    return None if hidden else "/" + "/".join(kept)
