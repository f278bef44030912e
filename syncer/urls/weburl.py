"""Public names in the config: a URL prefix, a domain, host:port. Each function raises `ValueError`.

`bare_url` makes a URL safe for a message.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

from syncer.probe.media_types import HTML, MEDIA, TEXT, TYPES
from syncer.settings import masked
from syncer.urls.copied import find_copied

MAX_NAME = 253
HTTPS = 443
PORTS = range(1, 65536)

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_TARGET = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})")
_PLAIN = re.compile(r"[A-Za-z0-9./_-]+")
"""A host and path that contain no password or signature."""
_CLEAN_PATH = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_FILES = re.compile(
    r"[^/]*\.("
    + "|".join(sorted({each for each in TYPES if each in MEDIA or TYPES[each] in (HTML, TEXT)} - {"ts"}))
    + r"|php)",
    re.IGNORECASE,
)
"""Names of files, rarely of folders. `.ts` is left out: projects and their pages have such names."""
_KEPT = "/%!$&'()*+,;=:@~"
"""Characters that `quote` keeps in a path that may already be percent-encoded."""


def prefix(text: str) -> str:
    """The URL of a public folder, with its host in lower case: `https://media.example.com/videos/`."""
    if masked.is_misplaced(text):
        raise ValueError(_NO_USER)
    if found := find_copied(text):
        correction = (
            f"; write {_closed(found.url)}" if _PLAIN.fullmatch(found.url.partition("://")[2]) else ""
        )
        raise ValueError(f"{found.what}{correction}")
    if "://" not in text:
        correction = f": write {_closed('https://' + text)}" if _PLAIN.fullmatch(text) else ""
        raise ValueError(f"must begin with https://{correction}")
    parts = _split(text)
    if parts.scheme != "https":
        raise ValueError(f"must begin with https://, not {parts.scheme}://: platforms pull over https only")
    if "@" in parts.netloc:
        raise ValueError(_NO_USER)
    if "?" in text or "#" in text:
        raise ValueError("must not have a query (?…) or a fragment (#…)")
    host = domain(parts.hostname or "", local=True)
    port = f":{parts.port}" if parts.port not in (None, HTTPS) else ""
    return f"https://{host}{port}{_path(parts.path, text)}"


_NO_USER = "must not have a user name or password: it is a public URL"


def domain(text: str, *, local: bool = False) -> str:
    """A DNS name in lower case, in its xn-- form. `local` allows `localhost` too, for tests."""
    if local and text.lower() == "localhost":
        return "localhost"
    if _is_address(text):
        raise ValueError("must have a DNS name: platforms refuse IP addresses")
    name = ascii_host(text)
    labels = name.split(".")
    if len(labels) > 1 and not labels[-1]:
        raise ValueError(f"must not have a dot after the host name: write {bare_url(name.rstrip('.'))}")
    if len(name) > MAX_NAME or len(labels) == 1 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("must have a full DNS name, such as media.example.com")
    return name


def ownership(text: str) -> str:
    """A property: a URL prefix or a bare domain."""
    if "://" in text or find_copied(text):
        return prefix(text)
    if "/" in text or ":" in text:
        raise ValueError(
            "must be the property as verified: a URL prefix, such as https://media.example.com/,"
            " or a bare domain, such as example.com"
        )
    if text.startswith("*."):
        raise ValueError(f"must not have a wildcard: a domain covers its subdomains, so write {text[2:]}")
    return domain(text)


def target(text: str) -> str:
    """`host:port`; the host is a name or an address (IPv6 in brackets)."""
    found = _TARGET.fullmatch(text)
    if not found or int(found[3]) not in PORTS or (found[1] and not _is_address(found[1])):
        raise ValueError("must be host:port, such as 127.0.0.1:8443")
    return text


def name_server(text: str) -> str:
    """`address:port`: the name of a DNS server could not be looked up."""
    host, _ = host_and_port(text)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise ValueError("must be the address and port of a DNS server, such as 127.0.0.1:5353") from None
    return text


def host_and_port(text: str) -> tuple[str, int]:
    """The two parts of a `target`, an IPv6 address without its brackets."""
    host, _, port = target(text).rpartition(":")
    return host.strip("[]"), int(port)


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        odd_port = parts.port == 0 or parts.netloc.endswith(":")
    except ValueError:  # an open bracket, or a port that is not a number
        odd_port = True
    if odd_port or re.search(r"[\x00-\x1f\\]", text) or text != text.strip():
        raise ValueError("must be a URL such as https://media.example.com/")
    return parts


def _path(path: str, text: str) -> str:
    if not _CLEAN_PATH.fullmatch(path):
        clean = quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", path), safe=_KEPT)
        raise ValueError(
            f"must have its path percent-encoded: write {_closed(text.removesuffix(path) + clean)}"
        )
    try:
        names = unquote(path, errors="strict").split("/")
    except UnicodeDecodeError:
        raise ValueError("must have its path percent-encoded as UTF-8") from None
    if any(name in (".", "..") for name in names) or "//" in path:
        raise ValueError("must not have . or .. or an empty part in its path")
    if re.search("%(2f|5c|00)", path, re.IGNORECASE):
        raise ValueError("must not have an encoded slash, backslash or NUL in its path")
    last = path.rstrip("/").rpartition("/")[2]
    if _FILES.fullmatch(last):
        above = text.rstrip("/").removesuffix(last)
        raise ValueError(f"must be the URL of a folder, and {last} is the name of a file: write {above}")
    if not path.endswith("/"):
        raise ValueError(f'must end with "/": write {_closed(text)}')
    return path


def _closed(text: str) -> str:
    return text if text.endswith("/") else text + "/"


def _is_address(host: str) -> bool:
    """Also true for the short and hexadecimal forms of IPv4 that browsers and resolvers accept."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return bool(re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", last))
    return True


def ascii_host(text: str) -> str:
    """The host in lower case and in its xn-- form, as browsers write it: faß.example is xn--fa-hia.example.

    This is IDNA 2008 with the mapping of UTS 46, by the package that httpx needs anyway. It refuses emoji and
    other symbols that browsers accept. For these, Python's codec (IDNA 2003) is used if it keeps them as they
    are. Raises `ValueError`.
    """
    if text.isascii():
        return text.lower()
    name = (_by_browsers(text) or _by_codec(text)) if len(text) <= MAX_NAME else None
    if not name:
        raise ValueError("must have its host name in the xn-- form")
    return name


def bare_url(url: str) -> str:
    """The URL for messages: without query, fragment and user info, printable. Never fails."""
    return "".join(c if c.isprintable() else f"%{ord(c):02X}" for c in masked.public_part(url)[:500])


def _by_browsers(text: str) -> str | None:
    import idna

    try:
        return idna.encode(text, uts46=True).decode()
    except UnicodeError:
        return None


def _by_codec(text: str) -> str | None:
    try:
        name = text.encode("idna")
        return name.decode() if name.decode("idna") == text.lower() else None
    except UnicodeError:
        return None
