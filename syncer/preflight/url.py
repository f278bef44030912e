"""Would the platform pull from this URL? Judged by its text: one small function for each rule. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from syncer.model import Severity
from syncer.preflight.rule import Rule, Verdict
from syncer.settings.spelling import QUOTES
from syncer.urls import hosts, weburl
from syncer.urls.copied import find_copied
from syncer.urls.links import LONGEST, pages, recognise
from syncer.urls.weburl import bare_url

PULL = timedelta(hours=1)
"""Longest time of one pull."""
AT_BEST = timedelta(hours=48)
"""Enough for a retry of a pull: one was seen a day later."""


@dataclass(frozen=True, slots=True)
class Address:
    """A URL to judge. No verdict contains its query, user info or path."""

    url: str
    now: datetime


def _parts(address: Address) -> SplitResult | None:
    """`None` if it can't be parsed."""
    try:
        return urlsplit(address.url)
    except ValueError:
        return None


def _name(address: Address) -> str:
    parts = _parts(address)
    return (parts.hostname if parts else None) or ""


def _pasted(address: Address) -> Verdict | None:
    """An empty URL, or text that was pasted with it; then no other rule makes sense."""
    url = address.url.strip()
    if not url:
        said, value = "the URL is empty", "empty"
        hint = "give a URL; in a script, check that its variable is set"
        return Verdict(Severity.REJECT, said, "a URL", value, hint)
    quotes = [each for each in (url[0], url[-1]) if each in QUOTES]
    if not quotes:
        return _copied(address.url)
    said = f"quotes around the URL are part of it: {' '.join(quotes)}"
    return Verdict(Severity.REJECT, said, "a URL alone", "".join(quotes), "write it without quotes around it")


def _copied(url: str) -> Verdict | None:
    found = find_copied(url)
    if found is None:
        return None
    return Verdict(Severity.REJECT, found.what, "a URL alone", None, "write the URL alone, from https:// on")


def _scheme(address: Address) -> Verdict | None:
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]{0,20})://", address.url.lstrip())
    scheme = found[1].lower() if found else None
    if scheme == "https":
        return None
    if scheme is None:
        said, hint = "this is not a complete URL: it must begin with https://", "write https:// in front"
    else:
        said, hint = (
            f"the URL begins with {scheme}://, and platforms pull over https only",
            "serve it over https",
        )
    return Verdict(Severity.REJECT, said, "https", scheme, hint)


def _host(address: Address) -> Verdict | None:
    if "//" not in address.url:
        return None  # `url.scheme` reports it
    host = bare_url(_name(address))
    try:
        name = weburl.domain(_name(address))
    except ValueError as error:
        if "_" in host and _is_name(host.replace("_", "x")):
            said = "the host name has an underscore, and some clients refuse that"
            return Verdict(
                Severity.WARN,
                said,
                "letters, digits and -",
                host,
                "give the host a name without an underscore",
            )
        return Verdict(Severity.REJECT, f"the URL {error}", "a public DNS name", host or None, _HOST_HINT)
    last = name.rpartition(".")[2]
    if last in PRIVATE or name.endswith(".home.arpa"):
        said = f"a host name ending in .{last} is known only inside a network"
        return Verdict(Severity.REJECT, said, "a public DNS name", host, _HOST_HINT)
    return None


_HOST_HINT = "give the host a DNS name that everybody can resolve, such as media.example.com"
PRIVATE = frozenset({"corp", "home", "internal", "intranet", "invalid", "lan", "local", "localhost", "onion"})
"""Last labels that do not exist in public DNS."""


def _is_name(host: str) -> bool:
    try:
        return bool(weburl.domain(host))
    except ValueError:
        return False


def _user(address: Address) -> Verdict | None:
    parts = _parts(address)
    if parts is None or "@" not in parts.netloc:
        return None
    said = "the URL has a user name or password, and platforms pull without a login"
    return Verdict(
        Severity.REJECT, said, "no user info", None, "serve it without a login, and change the password"
    )


def _port(address: Address) -> Verdict | None:
    parts = _parts(address)
    if parts is None:
        return None
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port in (None, weburl.HTTPS) and not parts.netloc.endswith(":"):
        return None
    hint = "serve it at port 443 and leave the port out"
    if port == 0:
        return Verdict(Severity.REJECT, "the URL has an invalid port", "443", None, hint)
    if port is None:
        return Verdict(
            Severity.WARN,
            "there is a colon after the host but no port",
            "443",
            None,
            "leave the colon out",
        )
    return Verdict(
        Severity.WARN,
        f"port {port} is not the default of https, and not every platform accepts it",
        "443",
        str(port),
        hint,
    )


def _query(address: Address) -> Verdict | None:
    """Silent about signed URLs and shared links, which have their own rules."""
    link = recognise(address.url)
    if "?" not in address.url.partition("#")[0] or link.signed or link.answers:
        return None
    said = "the URL has a query (?…); some pulls of such URLs failed while plain paths worked"
    return Verdict(
        Severity.WARN, said, "no query", None, "publish the file at a plain path: mirror it, or rename it"
    )


def _fragment(address: Address) -> Verdict | None:
    if "#" not in address.url or recognise(address.url).answers:
        return None
    said = "the URL has a fragment (#…), which clients never send to the server"
    hint = "leave it out; if # is part of the file's name, write it as %23"
    return Verdict(Severity.WARN, said, "no fragment", None, hint)


def is_readable(url: str) -> bool:
    """Whether all clients can parse it: no control character, no open bracket."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return not re.search(r"[\x00-\x1f\x7f]", url)


def _encoding(address: Address) -> Verdict | None:
    url = address.url
    if not is_readable(url):
        said = "this can't be read as a URL: it has control characters or an open bracket"
        return Verdict(Severity.REJECT, said, "RFC 3986", None, "copy it again; it may contain a line break")
    plain = re.split("[?#]", url, maxsplit=1)[0]
    if re.search("%(?![0-9A-Fa-f]{2})", plain):
        said = "a % in the URL has no two hexadecimal digits after it, and servers refuse that"
        return Verdict(Severity.REJECT, said, "RFC 3986", None, "write a % in the file's name as %25")
    for pattern, said, hint in _ODD:
        if re.search(pattern, plain):
            return Verdict(Severity.WARN, f"{said}: clients treat that differently", "RFC 3986", None, hint)
    return None


_ESCAPE = "percent-encode the path as UTF-8: a space is %20"
_ODD = (
    (r"\s", "there is a space in the URL", _ESCAPE),
    (r"[^\x00-\x7f]", "there are characters in the URL that are not ASCII", _ESCAPE),
    (r"[\\\"<>^`{|}]", "there are characters in the URL that must be percent-encoded", _ESCAPE),
    (r"/(?:\.|%2[eE]){1,2}(?:/|$)", "a part of the path is . or ..", "write the path without it"),
    (r"%(?:2[fF]|5[cC]|00)", "there is an encoded slash, backslash or NUL in the path", "rename the file"),
    (r"(?<![:/])//", "there is an empty part in the path", "write one slash instead of two"),
)


def _signed(address: Address) -> Verdict | None:
    link = recognise(address.url)
    if not link.signed or link.answers:
        return None
    what = f"a signed URL ({link.store})" if link.store else "a signed URL"
    if link.starts and link.starts > address.now:
        said = f"{what} that is valid only from {_time(link.starts)}"
        return Verdict(Severity.REJECT, said, "valid now", _time(link.starts), _signed_hint(address))
    if link.expires is None:
        said = f"{what}, and its text does not say when it expires"
        return Verdict(Severity.WARN, said, _LASTING, None, _signed_hint(address))
    end, left = _time(link.expires), link.expires - address.now
    if left <= timedelta():
        said, severity = f"{what} that expired at {end}", Severity.REJECT
    elif left < PULL:
        said, severity = f"{what} that expires at {end}, and a pull may take an hour", Severity.REJECT
    elif left < AT_BEST:
        said, severity = (
            f"{what} that expires at {end}, and a platform may retry a pull a day later",
            Severity.WARN,
        )
    else:
        said, severity = f"{what} that expires at {end}", Severity.WARN
    early = (
        ", or earlier with the temporary credentials that signed it"
        if link.sooner and left > timedelta()
        else ""
    )
    return Verdict(severity, said + early, _LASTING, end, _signed_hint(address))


_LASTING = "a URL that does not expire"


def _signed_hint(address: Address) -> str:
    host = hosts.host_of(address.url)
    if host.control is hosts.Control.OWN and host.prefix:
        return f"mirror it, or make the file public and verify {host.prefix}"
    return "mirror it: a URL of your own does not expire"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _page(address: Address) -> Verdict | None:
    link = recognise(address.url)
    if link.answers is None:
        return None
    severity = Severity.WARN if link.answers == pages.LARGE else Severity.REJECT
    said = f"this is a share link of {link.store}: it returns {link.answers}, not the file"
    if link.answers == pages.LARGE:
        said = f"this is a download link of {link.store}: it returns {link.answers}"
    return Verdict(
        severity, said, "the bytes of the file", link.kind, "mirror the file, and post its new URL"
    )


def _length(address: Address) -> Verdict | None:
    if len(address.url) <= LONGEST:
        return None
    said = f"the URL has {len(address.url)} characters, and web servers refuse more than {LONGEST}"
    return Verdict(Severity.WARN, said, str(LONGEST), str(len(address.url)), "give the file a shorter path")


def _rule(name: str, about: str, tell: Callable[[Address], Verdict | None]) -> Rule[Address]:
    return Rule(f"url.{name}", about, tell)


PASTED = _rule(
    "pasted",
    "it is empty, or other text, quotes, brackets or spaces are part of it, or its scheme is misspelt; then"
    " no other rule is used",
    _pasted,
)

RULES: tuple[Rule[Address], ...] = (
    _rule("scheme", "it does not begin with https://: platforms pull over https only", _scheme),
    _rule("host", "the host is an IP address, a name inside your network only, or missing", _host),
    _rule("user", "it has a user name or password", _user),
    _rule("port", "the port is not 443: at least one platform accepts no other", _port),
    _rule("query", "it has a query: some pulls of such URLs failed", _query),
    _rule("fragment", "it has a fragment, which clients never send to the server", _fragment),
    _rule("encoding", "clients may rewrite its spelling, or can't read it", _encoding),
    _rule("signed", "it is signed; refused if it expires within the hour that a pull may take", _signed),
    _rule("page", "it is a shared link that returns a page or a redirect", _page),
    _rule("length", "it is longer than web servers accept", _length),
)
"""In the order of the report."""
