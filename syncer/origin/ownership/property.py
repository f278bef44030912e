"""URL properties: which URLs a verified one covers. Pure.

A property is a URL prefix (`https://media.example.com/`; the slash at its end is part of it, and is added
if missing) or a bare domain (`example.com`). The rule: https, no user info, a DNS name compared in lower
case, the path normalised. A domain covers its host, all subdomains and all paths. A prefix covers the same
host and port if the path begins with exactly its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from urllib.parse import quote, unquote

from syncer.errors import OwnershipError
from syncer.urls.canonical import bare_url, web_url
from syncer.urls.weburl import ascii_host

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
"""A host whose last label is a number is an IP address to every client."""
ALIKE = 0.9
"""The ratio of `difflib` above which two hosts are alike."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The parts of an https URL that the rule compares."""

    host: str
    port: int | None
    path: str

    def begins(self, other: _Place) -> bool:
        return (self.host, self.port) == (other.host, other.port) and other.path.startswith(self.path)

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"https://{self.host}{port}{self.path}"


def covers(url: str, verified: str) -> bool:
    """Whether the property `verified` covers `url`, in each way that clients read it."""
    owned = _owned(verified)
    return owned is not None and all(_covered(_place(reading), owned) for reading in _readings(url))


def _covered(place: _Place | None, owned: _Place | str) -> bool:
    if place is None:
        return False
    return owned.begins(place) if isinstance(owned, _Place) else _within(place.host, owned)


def _readings(url: str) -> tuple[str, ...]:
    """The URL without its query, as clients may read it: they encode a space, and they encode a backslash or
    read it as a slash.
    """
    spelt = re.split("[?#]", url)[0].strip(" ").replace(" ", "%20")
    found = re.fullmatch(r"([^:/\\]*://[^/\\]*)(/.*)", spelt, re.DOTALL)
    if not found or "\\" not in found[2]:
        return (spelt,)
    return tuple(found[1] + found[2].replace("\\", read) for read in ("/", "%5C"))


def property_misfit(url: str, verified: str) -> str | None:
    """Why the property covers nothing at the origin's `url`, and what would fit; `None` if it covers some."""
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
    """The path of the signature file at the destination.

    Raises `OwnershipError` with the code `ownership.property` if it is not below the destination's root.
    """
    reason = property_misfit(origin_url, verified)
    if reason:
        raise OwnershipError(reason, code="ownership.property")
    root, prefix = _root(origin_url), _owned(verified)
    if root is None or not isinstance(prefix, _Place):
        raise OwnershipError(
            f"a signature file proves a URL prefix, and origin.property {verified} is a domain",
            code="ownership.property",
            hint=f"remove signature_files (DNS proves a domain), or verify {root} and set it as property",
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
    """The URL at which the platform looks for the file: directly under the prefix."""
    return f"{_owned(verified)}{quote(file_name, safe='')}"


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith("." + domain)


@lru_cache(maxsize=64)
def _owned(verified: str) -> _Place | str | None:
    """The property as a prefix or a domain; `None` if it is neither."""
    if "/" in verified:
        return _root(verified)
    try:
        domain = ascii_host(verified)
    except ValueError:
        return None
    return domain if _is_name(domain) and "." in domain else None


@lru_cache(maxsize=64)
def _root(url: str) -> _Place | None:
    """The URL as a prefix, with a slash at its end."""
    if "?" in url or "#" in url:
        return None
    return _place(url if url.endswith("/") else url + "/")


def _place(url: str) -> _Place | None:
    if re.search(r"[\\\x00-\x20\x7f]", url):
        return None
    parts = web_url(url)
    if parts is None or parts.scheme != "https" or parts.user is not None or not _is_name(parts.host):
        return None
    path = _normal(quote(parts.path or "/", safe="/%:@!$&'()*+,;=~[]|^`{}<>\""))
    return None if path is None else _Place(parts.host, parts.port, path)


def _is_name(host: str) -> bool:
    return bool(_NAME.fullmatch(host)) and not _NUMBER.fullmatch(host)


def _normal(path: str) -> str | None:
    """The path without `.` and `..`, which may be written as `%2e`.

    `None` if `..` is between encoded slashes: servers differ in how they resolve it.
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
