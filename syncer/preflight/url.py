"""Would the platform pull from such a URL? Judged by its text: one small function for each rule. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlsplit

from syncer.model import Severity
from syncer.preflight.rule import Rule, Verdict
from syncer.settings.spelling import QUOTES, did_you_mean
from syncer.urls import hosts, weburl
from syncer.urls.copied import find_copied
from syncer.urls.links import LONGEST, pages, recognise
from syncer.urls.weburl import bare_url

PULL = timedelta(hours=1)
"""A platform may take as long for one pull."""
AT_BEST = timedelta(hours=48)
"""Pulls have been seen to be tried again as late as this."""


@dataclass(frozen=True, slots=True)
class Address:
    """What is judged. Nothing of its query, its user info or its path gets into a verdict."""

    url: str
    now: datetime


def _parts(address: Address) -> SplitResult | None:
    """`None` for what can't be taken apart."""
    try:
        return urlsplit(address.url)
    except ValueError:
        return None


def _name(address: Address) -> str:
    parts = _parts(address)
    return (parts.hostname if parts else None) or ""


def _pasted(address: Address) -> Verdict | None:
    """What was copied or expanded with the URL; asked alone, as nothing else can be said of such a text."""
    url = address.url.strip()
    if not url:
        said, value = "the URL is empty: there is nothing in it", "empty"
        hint = "name a URL; in a script, see whether the variable that should hold it is set"
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
        said, hint = "this is not a whole URL: it must begin with https://", "write https:// in front"
    elif scheme not in _SCHEMES and did_you_mean(scheme, ("https", "http")):
        said, hint = f"the URL begins with {scheme}://, which is https:// misspelt", "write https://"
    else:
        said, hint = (
            f"the URL begins with {scheme}://, and platforms pull over https only",
            "serve it over https",
        )
    return Verdict(Severity.REJECT, said, "https", scheme, hint)


_SCHEMES = frozenset({"ftp", "ftps", "gs", "http", "s3", "sftp"})
"""Others than https that people mean, and that a word close to https may be."""


def _host(address: Address) -> Verdict | None:
    if "//" not in address.url:
        return None  # which `url.scheme` says better
    host = bare_url(_name(address))
    try:
        name = weburl.domain(_name(address))
    except ValueError as error:
        if "_" in host and _is_name(host.replace("_", "x")):
            said = "the host name has an underscore, which is no part of a host's name to some clients"
            return Verdict(
                Severity.WARN, said, "letters, digits and -", host, "give the host a name without one"
            )
        return Verdict(Severity.REJECT, f"the URL {error}", "a public DNS name", host or None, _HOST_HINT)
    last = name.rpartition(".")[2]
    if last in PRIVATE or name.endswith(".home.arpa"):
        said = f"a host name ending in .{last} is known only inside a network"
        return Verdict(Severity.REJECT, said, "a public DNS name", host, _HOST_HINT)
    return None


_HOST_HINT = "give it a DNS name that everybody can resolve, such as media.example.com"
PRIVATE = frozenset({"corp", "home", "internal", "intranet", "invalid", "lan", "local", "localhost", "onion"})
"""Last labels that no public DNS answers for."""


def _is_name(host: str) -> bool:
    try:
        return bool(weburl.domain(host))
    except ValueError:
        return False


def _user(address: Address) -> Verdict | None:
    parts = _parts(address)
    if parts is None or "@" not in parts.netloc:
        return None
    said = "there is a user name or password in the URL, and platforms pull without a login"
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
        return Verdict(Severity.REJECT, "the port of the URL is no number of a port", "443", None, hint)
    if port is None:
        return Verdict(
            Severity.WARN,
            "there is a colon after the host and no port",
            "443",
            None,
            "leave the colon out",
        )
    return Verdict(
        Severity.WARN,
        f"port {port} is not https's own, and not every platform takes one",
        "443",
        str(port),
        hint,
    )


def _query(address: Address) -> Verdict | None:
    """Said once: not of a signed URL and not of a shared link, which have rules of their own."""
    link = recognise(address.url)
    if "?" not in address.url.partition("#")[0] or link.signed or link.answers:
        return None
    said = "the URL has a query (?…); pulls of such URLs have been seen to fail where plain paths succeed"
    return Verdict(
        Severity.WARN, said, "no query", None, "publish the file at a plain path: mirror it, or rename it"
    )


def _fragment(address: Address) -> Verdict | None:
    if "#" not in address.url or recognise(address.url).answers:
        return None
    said = "the URL has a fragment (#…), which no server ever sees"
    hint = "leave it out; if # is part of the file's name, write it as %23"
    return Verdict(Severity.WARN, said, "no fragment", None, hint)


def is_readable(url: str) -> bool:
    """Whether clients agree on what it says: no control character, no open bracket."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return not re.search(r"[\x00-\x1f\x7f]", url)


def _encoding(address: Address) -> Verdict | None:
    url = address.url
    if not is_readable(url):
        said = "this can't be read as a URL: it has control characters or an open bracket"
        return Verdict(
            Severity.REJECT, said, "RFC 3986", None, "copy it again; a line break may have got into it"
        )
    plain = re.split("[?#]", url, maxsplit=1)[0]
    if re.search("%(?![0-9A-Fa-f]{2})", plain):
        said = "a % in the URL is not followed by two hexadecimal digits, which servers refuse"
        return Verdict(Severity.REJECT, said, "RFC 3986", None, "write a % of the file's name as %25")
    if not _name(address).isascii() and (verdict := _international(address)):
        return verdict
    for pattern, said, hint in _ODD:
        if re.search(pattern, plain):
            return Verdict(
                Severity.WARN, f"{said}: clients differ in what they make of it", "RFC 3986", None, hint
            )
    return None


def _international(address: Address) -> Verdict | None:
    """Of a host that is not ASCII: how it is written so that every client finds it."""
    try:
        name = weburl.ascii_host(_name(address))
    except ValueError:  # which `url.host` tells
        return None
    said = "the host has letters that are not ASCII: clients differ in what they make of it"
    return Verdict(Severity.WARN, said, "a host in its xn-- form", None, f"write the host as {name}")


_ESCAPE = "percent-encode the path as UTF-8: a space is %20"
_ODD = (
    (r"\s", "there is a space in the URL", _ESCAPE),
    (r"[^\x00-\x7f]", "there are characters in the URL that are not ASCII", _ESCAPE),
    (r"[\\\"<>^`{|}]", "there are characters in the URL that must be percent-encoded", _ESCAPE),
    (r"/(?:\.|%2[eE]){1,2}(?:/|$)", "there is a . or .. as a part of the path", "write the path without it"),
    (r"%(?:2[fF]|5[cC]|00)", "there is an encoded slash, backslash or NUL in the path", "rename the file"),
    (r"(?<![:/])//", "there is an empty part in the path", "write one slash where there are two"),
)


def _signed(address: Address) -> Verdict | None:
    link = recognise(address.url)
    if not link.signed or link.answers:
        return None
    what = f"a signed URL ({link.store})" if link.store else "a signed URL"
    if link.starts and link.starts > address.now:
        said = f"{what} that holds only from {_time(link.starts)} on"
        return Verdict(Severity.REJECT, said, "valid now", _time(link.starts), _signed_hint(address))
    if link.expires is None:
        said = f"{what}, and when it expires can't be told from it"
        return Verdict(Severity.WARN, said, _LASTING, None, _signed_hint(address))
    end, left = _time(link.expires), link.expires - address.now
    if left <= timedelta():
        said, severity = f"{what} that expired at {end}", Severity.REJECT
    elif left < PULL:
        said, severity = f"{what} that expires at {end}, and a pull may take an hour", Severity.REJECT
    elif left < AT_BEST:
        said, severity = (
            f"{what} that expires at {end}; pulls may be tried again until a day later",
            Severity.WARN,
        )
    else:
        said, severity = f"{what} that expires at {end}", Severity.WARN
    early = (
        ", or earlier, with the temporary credentials that signed it"
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
    said = f"this is a link that {link.store} shares, which answers with {link.answers} and not with the file"
    if link.answers == pages.LARGE:
        said = f"this is a download from {link.store}, which answers with {link.answers}"
    return Verdict(
        severity, said, "the bytes of the file", link.kind, "mirror the file, and post its new URL"
    )


def _length(address: Address) -> Verdict | None:
    if len(address.url) <= LONGEST:
        return None
    said = f"the URL has {len(address.url)} characters, and web servers refuse what is longer than {LONGEST}"
    return Verdict(Severity.WARN, said, str(LONGEST), str(len(address.url)), "give the file a shorter path")


def _rule(name: str, about: str, tell: Callable[[Address], Verdict | None]) -> Rule[Address]:
    return Rule(f"url.{name}", about, tell)


PASTED = _rule(
    "pasted",
    "it is empty, or other text, quotes, brackets or spaces are part of it, or its scheme is misspelt; then"
    " nothing else is said",
    _pasted,
)

RULES: tuple[Rule[Address], ...] = (
    _rule("scheme", "it does not begin with https://, which is all that platforms pull over", _scheme),
    _rule("host", "the host is an IP address, a name of your network only, or no name at all", _host),
    _rule("user", "a user name or password stands in it", _user),
    _rule("port", "the port is not 443: at least one platform takes no other", _port),
    _rule("query", "it has a query: pulls of such URLs have been seen to fail", _query),
    _rule("fragment", "it has a fragment, which a server never sees", _fragment),
    _rule("encoding", "clients may rewrite how it is spelt, or can't read it", _encoding),
    _rule("signed", "it is signed: refused where it expires within the hour that a pull may take", _signed),
    _rule("page", "it is a shared link, which answers with a page or a redirect", _page),
    _rule("length", "it is longer than web servers take", _length),
)
"""In the order in which they are told."""
