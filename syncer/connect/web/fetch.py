"""A GET that follows redirects, and what came of it: for bytes that are fetched, not for what is public."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

from syncer.connect.web.errors import translating
from syncer.connect.web.reader import WebReader
from syncer.errors import OriginError, SourceError
from syncer.urls.canonical import authority, web_url

if TYPE_CHECKING:
    import httpx

MOST_HOPS = 10
REDIRECTS = (301, 302, 303, 307, 308)
MOST_TEXT = 64 * 1024
"""Bytes of an answer that are read to understand why it is none."""

CODES: Mapping[str, tuple[str, str | None]] = {
    "origin.unreachable": ("source.unreachable", "look at the link's host, and at this machine's network"),
    "origin.tls": ("source.tls", "for a private server set ca; else its owner has to mend it"),
    "origin.protocol": ("source.answer", "does the link open in a browser?"),
}
"""What a failure on the way is called when it is a source's, and what can be done about it there."""


@dataclass
class Fetched:
    """An answer on its way. `shown` is the link for messages; headers have names in lower case."""

    status: int
    headers: Mapping[str, str]
    url: str = field(repr=False)
    """Where it came from, after redirects: a secret, like every fetched URL."""
    shown: str
    _body: WebReader = field(repr=False)

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end. Raises `SourceError`, `source.cut` where it breaks off."""
        return self._body.read(size)

    def peek(self, least: int = 1) -> bytes:
        """What comes first, left to be read: `least` bytes at least, unless there are fewer."""
        return self._body.peek(least)

    def text(self) -> str:
        """The start of the body, for what is no file."""
        body = bytearray()
        while len(body) < MOST_TEXT and (chunk := self.read(MOST_TEXT - len(body))):
            body += chunk
        return body.decode("utf-8", "replace")

    @property
    def length(self) -> int | None:
        """`Content-Length`, if there is a usable one."""
        text = self.headers.get("content-length", "")
        return int(text) if re.fullmatch("[0-9]{1,18}", text) else None

    @property
    def range(self) -> tuple[int | None, int | None] | None:
        """Where the body begins, and the size of the whole, by `Content-Range`; `None` without one."""
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
        return _date(self.headers.get("last-modified", ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds; a date counts from now."""
        text = self.headers.get("retry-after", "")
        if re.fullmatch("[0-9]{1,6}", text):
            return float(text)
        when = _date(text)
        return max((when - datetime.now(UTC)).total_seconds(), 0.0) if when else None


class Cookies:
    """What one visit is told to bring along on its next requests. Some links give their bytes only so."""

    def __init__(self) -> None:
        import httpx

        self._jar = httpx.Cookies()

    def header(self, url: str) -> dict[str, str]:
        """The cookies that go to the URL."""
        if not len(self._jar.jar):
            return {}
        request = _request(url)
        self._jar.set_cookie_header(request)
        return {"Cookie": request.headers["Cookie"]} if "Cookie" in request.headers else {}

    def keep(self, url: str, response: httpx.Response) -> None:
        """As the answer to the URL says. What can't be read as a cookie is none."""
        if "set-cookie" not in response.headers:
            return
        import httpx

        held = httpx.Response(response.status_code, headers=response.headers, request=_request(url))
        self._jar.extract_cookies(held)


def _request(url: str) -> httpx.Request:
    """Only for what cookies need to know of it: the connection may go elsewhere."""
    import httpx

    return httpx.Request("GET", url)


@contextmanager
def fetch(
    http: httpx.Client, url: str, shown: str, headers: Mapping[str, str], cookies: Cookies | None = None
) -> Iterator[Fetched]:
    """The answer to a GET, whatever its status, after at most `MOST_HOPS` redirects. Raises `SourceError`.

    A redirect may go from http to https, not back; user name and password go to the link's own host only.
    Cookies last for this fetch, and for the next ones that are given the same.
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
        f"{shown}: it is redirected more than {MOST_HOPS} times",
        code="source.redirect",
        hint="does the link open in a browser?",
    )


def browsable(url: str) -> str:
    """The URL as browsers ask for it: spaces and other characters encoded, what is encoded left alone."""
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
    """The path goes out as it is written: httpx would resolve `..`, and the signature is over it."""
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
        # The library repeats what it can't read, such as where a redirect leads.
        garbled = f"{shown}: what answers is no HTTP that can be followed"
        raise SourceError(
            garbled if code == "source.answer" else error.message,
            code=unreachable if code == "source.unreachable" else code,
            hint=hint,
            transient=error.transient,
        ) from error


def _onward(url: str, location: str, shown: str) -> str:
    """Where the redirect leads."""
    target = browsable(urljoin(url, location))
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SourceError(f"{shown}: it is redirected to what is no web address", code="source.redirect")
    if (urlsplit(url).scheme, parts.scheme) == ("https", "http"):
        raise SourceError(
            f"{shown}: it is redirected from https to http, at {parts.hostname}",
            code="source.redirect",
            hint="that is not followed, as anybody on the way could exchange the file",
        )
    return _without_login(target)[0]


def _without_login(url: str) -> tuple[str, dict[str, str]]:
    """User name and password leave the URL for the header that is theirs."""
    parts = urlsplit(url)
    login, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    token = base64.b64encode(":".join(map(unquote, login.partition(":")[::2])).encode()).decode()
    return parts._replace(netloc=host).geturl(), {"Authorization": f"Basic {token}"}


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
