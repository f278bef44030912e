"""A GET that follows redirects, for the bytes of sources. Public URLs are checked by `client`."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

from syncer.connect.headers import content_length, http_date
from syncer.connect.web.errors import translating
from syncer.connect.web.reader import WebReader
from syncer.errors import OriginError, SourceError
from syncer.urls.canonical import authority, web_url

if TYPE_CHECKING:
    import httpx

MOST_HOPS = 10
REDIRECTS = (301, 302, 303, 307, 308)
MOST_TEXT = 64 * 1024
"""Bytes of an answer that are read to find out why it is not a file."""

CODES: Mapping[str, tuple[str, str | None]] = {
    "origin.unreachable": ("source.unreachable", "check the link's host, and this machine's network"),
    "origin.tls": ("source.tls", "for a private server set ca; else its owner has to fix it"),
    "origin.protocol": ("source.answer", "check whether the link opens in a browser"),
}
"""By the code of an origin's error: the code and the hint for a source."""


@dataclass
class Fetched:
    """An answer whose body is still to be read. `shown` is the link for messages; header names are in lower
    case.
    """

    status: int
    headers: Mapping[str, str]
    url: str = field(repr=False)
    """The URL after redirects. It is a secret, as every fetched URL is."""
    shown: str
    _body: WebReader = field(repr=False)

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end. Raises `SourceError`, such as `source.cut`."""
        return self._body.read(size)

    def peek(self, least: int = 1) -> bytes:
        """The first bytes, which `read` returns again: at least `least`, unless there are fewer."""
        return self._body.peek(least)

    def text(self) -> str:
        """The start of the body as text."""
        body = bytearray()
        while len(body) < MOST_TEXT and (chunk := self.read(MOST_TEXT - len(body))):
            body += chunk
        return body.decode("utf-8", "replace")

    @property
    def length(self) -> int | None:
        """`Content-Length`, if there is a usable one."""
        return content_length(self.headers)

    @property
    def range(self) -> tuple[int | None, int | None] | None:
        """The position of the body, and the size of the whole, by `Content-Range`; `None` without one."""
        text = self.headers.get("content-range", "")
        found = re.fullmatch(r"bytes (?:([0-9]{1,18})-[0-9]{1,18}|\*)/([0-9]{1,18}|\*)", text)
        if not found:
            return None
        begins, whole = found.groups()
        return None if begins is None else int(begins), None if whole == "*" else int(whole)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def modified(self) -> datetime | None:
        return http_date(self.headers.get("last-modified", ""))


class Cookies:
    """The cookies of one fetch. Some links need those of a first answer."""

    def __init__(self) -> None:
        import httpx

        self._jar = httpx.Cookies()

    def header(self, url: str) -> dict[str, str]:
        """The header with the cookies for the URL."""
        if not len(self._jar.jar):
            return {}
        request = _request(url)
        self._jar.set_cookie_header(request)
        return {"Cookie": request.headers["Cookie"]} if "Cookie" in request.headers else {}

    def keep(self, url: str, response: httpx.Response) -> None:
        """Store the cookies of an answer. Invalid ones are ignored."""
        if "set-cookie" not in response.headers:
            return
        import httpx

        held = httpx.Response(response.status_code, headers=response.headers, request=_request(url))
        self._jar.extract_cookies(held)


def _request(url: str) -> httpx.Request:
    """A request to compute cookies with. It is never sent."""
    import httpx

    return httpx.Request("GET", url)


@contextmanager
def fetch(
    http: httpx.Client, url: str, shown: str, headers: Mapping[str, str], cookies: Cookies | None = None
) -> Iterator[Fetched]:
    """The answer to a GET, with any status, after at most `MOST_HOPS` redirects. Raises `SourceError`.

    A redirect may go from http to https, not back. User name and password go only to the link's own host.
    Pass the same `cookies` to several fetches to keep them.
    """
    target, login = _without_login(browsable(url))
    home, cookies = authority(target), cookies or Cookies()
    for _ in range(MOST_HOPS + 1):
        with ExitStack() as handles:
            own = login if authority(target) == home else {}
            with _of_a_source(shown):
                brought = cookies.header(target)
            response = _sent(http, target, shown, {**headers, **brought, **own})
            handles.callback(response.close)
            with _of_a_source(shown):
                cookies.keep(target, response)
            location = response.headers.get("location")
            if response.status_code not in REDIRECTS or not location:
                broken = partial(_of_a_source, shown, unreachable="source.cut")
                body = WebReader(response.iter_raw(), broken)
                yield Fetched(response.status_code, dict(response.headers), target, shown, body)
                return
        target = _onward(target, location, shown)
    raise SourceError(
        f"{shown}: it redirects more than {MOST_HOPS} times",
        code="source.redirect",
        hint="check whether the link opens in a browser",
    )


def browsable(url: str) -> str:
    """The URL as browsers request it: spaces and other characters are encoded, encoded ones stay."""
    text = re.sub(r"[\t\r\n]", "", url.strip())
    if "?" in text:
        text = text.replace("&amp;", "&")  # it was copied out of HTML
    parts = web_url(text)
    if parts is None:
        return text
    netloc = parts.authority if parts.user is None else f"{parts.user}@{parts.authority}"
    path = quote(parts.path.replace("\\", "/"), safe="/%!$&'()*+,;=:@~[]|^", errors="surrogatepass")
    query = quote(parts.query, safe="/%!$&()*+,;=:@~?[]|^{}\\`", errors="surrogatepass")
    return f"{parts.scheme}://{netloc}{path or '/'}{'?' + query if query else ''}"


def _sent(http: httpx.Client, url: str, shown: str, headers: Mapping[str, str]) -> httpx.Response:
    """Send the path unchanged: httpx would resolve `..`, which breaks a signature."""
    parts = urlsplit(url)
    target = (parts.path + (f"?{parts.query}" if parts.query else "")).encode("ascii", "replace")
    with _of_a_source(shown):
        request = http.build_request(
            "GET", f"{parts.scheme}://{parts.netloc}/", headers=dict(headers), extensions={"target": target}
        )
        return http.send(request, stream=True)


@contextmanager
def _of_a_source(shown: str, unreachable: str = "source.unreachable") -> Iterator[None]:
    try:
        with translating(shown):
            yield
    except OriginError as error:
        code, hint = CODES[error.code]
        # The library's text may quote a secret, such as the target of a redirect.
        garbled = f"{shown}: the answer is not valid HTTP"
        raise SourceError(
            garbled if code == "source.answer" else error.message,
            code=unreachable if code == "source.unreachable" else code,
            hint=hint,
            transient=error.transient,
        ) from error


def _onward(url: str, location: str, shown: str) -> str:
    """The target of the redirect."""
    target = browsable(urljoin(url, location))
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SourceError(
            f"{shown}: it redirects to something other than a web address", code="source.redirect"
        )
    if (urlsplit(url).scheme, parts.scheme) == ("https", "http"):
        raise SourceError(
            f"{shown}: it redirects from https to http, at {parts.hostname}",
            code="source.redirect",
            hint="such a redirect is not followed, as the file could be replaced on the way",
        )
    return _without_login(target)[0]


def _without_login(url: str) -> tuple[str, dict[str, str]]:
    """The URL without user name and password, and the header that carries them."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    token = base64.b64encode(":".join(map(unquote, login.partition(":")[::2])).encode()).decode()
    return parts._replace(netloc=host).geturl(), {"Authorization": f"Basic {token}"}
