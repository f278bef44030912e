"""Recognises a URL by its text alone: the store, the object, the signature and its expiry. Pure.

No result contains a signature, token, password or value of a parameter. Only the id in a shared link is kept,
as it is the object's name.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qsl, quote

from syncer.settings.masked import is_misplaced
from syncer.urls.canonical import DEFAULT_PORTS, bare_url, web_url
from syncer.urls.links import delivery, naming, pages, paths, shares, stores
from syncer.urls.links.expiry import Query, Span
from syncer.urls.links.naming import AssetKey
from syncer.urls.links.signatures import Signature, signature

__all__ = ["LONGEST", "AssetKey", "Link", "asset_key", "recognise", "shown_url"]

LONGEST = 8192
"""Characters. No server accepts a longer URL."""


@dataclass(frozen=True, slots=True)
class Link:
    kind: str
    """`plain`, or the kind of link: `s3-sigv4`, `drive-page`, …"""
    store: str
    """For messages; empty if unknown."""
    identity: str
    """The same for the same object: a new signature does not change it. Host and path, or host and id, and a
    digest of a query that may name the object."""
    signed: bool = False
    expires: datetime | None = None
    """`None`: unknown or never."""
    starts: datetime | None = None
    """When it becomes valid."""
    sooner: bool = False
    """Signed with temporary credentials: it expires with them if that is before `expires`."""
    bucket: str | None = None
    key: str | None = None
    answers: str | None = None
    """What the link returns instead of the bytes: `a web page`, `a redirect`, …"""
    needs: tuple[str, ...] = ()
    """Names of parameters without which a shared link does not open."""
    place: str = ""
    """Like `identity`, but also the same for all addresses that a store has for one object."""
    file: bool = False
    """Its address is that of a stored file: opening it only reads the file and has no other effect."""
    holds: bool = False
    """A page of a service where people store files: it may be the page of one."""
    api: str | None = None
    """Host (and path) of the S3 API that holds the bucket."""


@dataclass(frozen=True, slots=True)
class _UrlParts:
    host: str
    """In lower case, without user info, with the port if it is not the default."""
    path: str
    pairs: tuple[tuple[str, str], ...]
    fragment: str

    @property
    def query(self) -> Query:
        """The first of each name counts."""
        return dict(reversed(self.pairs))


def recognise(url: str) -> Link:
    """Never raises, whatever the text."""
    link = _recognised(url)
    return link if link.place else replace(link, place=_DOTTED.sub("/", link.identity))


_DOTTED = re.compile(r"(?<=^dl\.airtable\.com)/\.(?=attachment)")
"""Airtable's older attachments: no public path may have such a dot, and no other folder has that name."""


def asset_key(url: str | Link) -> AssetKey:
    """The asset key of the object behind a URL: readable, stable, and without secrets."""
    return naming.key_of_place((recognise(url) if isinstance(url, str) else url).place)


def shown_url(url: str) -> str:
    """The URL for messages: like `bare_url`, but also without tokens in the path."""
    if is_misplaced(url):
        return bare_url(url)
    scheme = "http" if url.lower().startswith("http:") else "https"
    link = recognise(url)
    return f"{scheme}://{naming.path_of(shares.opened_at(link.kind, link.identity))}"


def _recognised(url: str) -> Link:
    parts = _split(url)
    if parts is None:
        return Link("plain", "", f"~{_digest(url)}")
    host, query = parts.host, parts.query
    shared = pages.share_page(host, parts.path, query)
    if shared:
        return _shared(parts, shared)
    lurking = paths.hidden_token(host, parts.path)
    if lurking:
        return _lurking(parts, lurking)
    signed = signature(host + parts.path, query)
    at = stores.object_address(host, parts.path)
    if at is None and signed and signed.kind.startswith("s3-") and signed.storage:
        at = stores.custom(host, parts.path)
    return _stored(parts, signed, at)


def _stored(parts: _UrlParts, signed: Signature | None, at: stores.ObjectAddress | None) -> Link:
    store = (at.store if at else "") or (signed.store if signed else "")
    bucket, key = (at.bucket, at.key) if at else (None, None)
    lasting = _lasting(parts, signed, at.idle if at else "")
    kept = bool(bucket and key)
    if signed is None:
        return Link(
            "plain",
            store,
            _identity(parts, lasting),
            bucket=bucket,
            key=key,
            place=_place(at, lasting),
            file=kept or delivery.serves(parts.host, parts.path),
            api=at.api if at else None,
        )
    return Link(
        signed.kind,
        store,
        _identity(parts, lasting),
        signed=True,
        expires=signed.span.expires,
        starts=signed.span.starts,
        sooner=signed.sooner,
        bucket=bucket,
        key=key,
        place=_place(at, lasting),
        # A call of the S3 API that names no bucket and key does not read a file.
        file=kept if signed.kind.startswith("s3-") else kept or _stores(parts, signed),
        api=at.api if at else None,
    )


def _stores(parts: _UrlParts, signed: Signature) -> bool:
    return signed.storage or delivery.serves(parts.host, parts.path)


def _lasting(parts: _UrlParts, signed: Signature | None, idle: str) -> tuple[tuple[str, str], ...]:
    """The parameters that may name the object."""
    volatile = [signed.volatile] if signed else []
    volatile += [re.compile(idle)] if idle else []
    return tuple(pair for pair in parts.pairs if not any(each.fullmatch(pair[0]) for each in volatile))


def _shared(parts: _UrlParts, found: pages.Page) -> Link:
    signed = signature(parts.host + parts.path, parts.query)
    span = signed.span if signed else Span()
    lasting = _lasting(parts, signed, found.idle)
    if found.identity:
        identity = _normal(found.identity)
    elif signed or found.file or not parts.fragment:
        identity = _identity(parts, lasting)
    else:
        identity = _identity(parts, (*lasting, ("#", parts.fragment)))  # older MEGA links have the id here
    return Link(
        found.kind,
        found.store,
        identity,
        signed=signed is not None,
        expires=span.expires,
        answers=found.answers,
        needs=found.needs,
        place=_console(parts) if found.kind == "gcs-page" else "",
        file=found.file,
        holds=found.holds and not found.file,
    )


def _console(parts: _UrlParts) -> str:
    """The place of the object that a page of Google's console shows."""
    at = stores.object_address(parts.host, parts.path)
    return _place(at, _lasting(parts, None, at.idle if at else ""))


def _lurking(parts: _UrlParts, found: paths.Hidden) -> Link:
    if found.path is None:
        identity = f"{parts.host}/~{_digest(parts.path)}"
    else:
        identity = parts.host + _normal(found.path)
    span = found.span
    return Link(
        found.kind,
        found.store,
        identity,
        signed=True,
        expires=span.expires,
        starts=span.starts,
        file=found.storage,
    )


def _split(url: str) -> _UrlParts | None:
    """`None` if it is not a web URL with a host."""
    if len(url) > LONGEST or is_misplaced(url):
        return None
    parts = web_url(url)
    if parts is None or parts.scheme not in DEFAULT_PORTS:
        return None
    pairs = parse_qsl(parts.query, keep_blank_values=True, errors="replace")
    # A URL copied from HTML has &amp; between its parameters.
    named = tuple((name.removeprefix("amp;").lower(), value) for name, value in pairs)
    return _UrlParts(parts.authority, parts.path or "/", named, parts.fragment)


def _identity(parts: _UrlParts, lasting: tuple[tuple[str, str], ...]) -> str:
    return parts.host + _normal(parts.path) + _end(lasting)


def _place(at: stores.ObjectAddress | None, lasting: tuple[tuple[str, str], ...]) -> str:
    """Stores read an encoded slash as a slash."""
    if at is None or not at.rest:
        return ""
    return at.home + _normal(re.sub("%2[Ff]", "/", at.rest)) + _end(lasting)


def _end(lasting: tuple[tuple[str, str], ...]) -> str:
    return f"{naming.DIGEST}{_digest(repr(sorted(lasting)))}" if lasting else ""


def _normal(path: str) -> str:
    """One spelling for one path: what needs no escape has none, hexadecimal digits in upper case."""
    escaped = re.sub("%[0-9A-Fa-f]{2}", _escape, path)
    return quote(escaped, safe="/%:@!$&'()*+,;=~", errors="surrogatepass")


def _escape(found: re.Match[str]) -> str:
    character = chr(int(found[0][1:], 16))
    return character if re.fullmatch("[A-Za-z0-9._~-]", character) else found[0].upper()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
