"""The one way to the web: as a platform would come, with no proxy, CA or password of this machine's own."""

from __future__ import annotations

import math
import re
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from syncer import __version__
from syncer.connect.dial import dial, resolve
from syncer.connect.pace import SharedPace
from syncer.connect.watch import ExchangeLimits
from syncer.connect.web.body import Body, Late
from syncer.connect.web.errors import INCOMPLETE, UNREACHABLE, translating
from syncer.connect.wire import Wire
from syncer.errors import ConfigError, OriginError
from syncer.model import HEAD_SIZE
from syncer.protocols import Pace
from syncer.settings.masked import masked
from syncer.settings.spelling import counted
from syncer.urls.canonical import bare_url

if TYPE_CHECKING:
    import httpx

KEEP_ALIVE_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
"""A body of at most `HEAD_SIZE` bytes that takes longer is given up."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Plain data; `http_client` makes a handle of it."""

    ca: Path | None = None
    """A CA file that is trusted besides the public CAs."""
    connect_to: str | None = None
    """`host:port` to connect to instead of the URL's, whose name is still the one asked for and verified."""
    public_only: bool = False
    """Connect to no address of a private network (`web_guard`); `connect_to` may be one."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    size: int
    """Bytes of the body that were read: all of it, or as many as were asked for."""
    sha256: str
    """Hex, of the bytes that were read."""
    start: bytes
    """The first `HEAD_SIZE` of them."""
    waited: float = 0.0
    """Seconds until the headers were there, connecting included where that was needed."""
    took: float = 0.0
    """Seconds that the network took for the bytes which were read after that."""
    rate: float | None = None
    """Bytes a second that came in the end; `None` where that can't be told."""
    late: bool = False
    """Whether the body broke off because it came too slowly: what was read says nothing of the rest."""

    @property
    def redirects(self) -> bool:
        return 300 <= self.status < 400  # noqa: PLR2004 - HTTP's own classes

    @property
    def fails(self) -> bool:
        """It may be another answer in a moment."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    def target(self, url: str) -> str:
        """Where the answer to `url` redirects to, for messages."""
        return bare_url(urljoin(url, self.headers.get("location", "")))

    @property
    def length(self) -> int | None:
        """`Content-Length`, if there is a usable one."""
        return _number(self.headers.get("content-length", ""))


class TooSlow(OriginError):  # noqa: N818 - reads as what happened
    """The headers came in time, and the body did not: `answer` is what there is of it."""

    def __init__(self, url: str, why: Exception, answer: Answer) -> None:
        super().__init__(
            f"{bare_url(url)} does not answer in time: {why}",
            code=UNREACHABLE,
            hint="is the web server overloaded, or its connection too slow?",
            transient=True,
        )
        self.answer = answer


class BrokenOff(OriginError):  # noqa: N818 - reads as what happened
    """The headers came and the body broke off, so the host answers and this URL is at fault."""

    def __init__(self, url: str, came: int, length: int | None) -> None:
        after = counted(came, "byte") if length is None else f"{came} of {counted(length, 'byte')}"
        super().__init__(
            f"{bare_url(url)} broke off after {after}",
            code=INCOMPLETE,
            hint="look at the web server's error log, and at the limits of a proxy or CDN in front of it",
            transient=True,
        )


def http_client(settings: WebSettings, pace: Pace | None = None) -> httpx.Client:
    """HTTP/1.1, kept alive, redirects not followed, with the pace's patience (without one, the usual).

    Raises `ConfigError` for a bad `ca` or `connect_to`.
    """
    import httpx

    pace = pace or SharedPace()
    return httpx.Client(
        transport=_transport(settings, pace),
        headers={"User-Agent": f"syncer/{__version__}", "Accept-Encoding": "identity"},
        # A platform keeps no cookies: what only answers to those who bring one back does not answer.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=pace.patience.answer,  # for a free connection; the wire has its own
        follow_redirects=False,
        trust_env=False,
    )


def ask(  # noqa: PLR0913 - each has a default that suits most callers
    http: httpx.Client,
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    limit: int = HEAD_SIZE,
    short: int = 0,
    patience: float = PATIENCE_SECONDS,
    enough: float = math.inf,
    meter: Callable[[int], None] = lambda size: None,  # noqa: ARG005 - the one that does nothing
) -> Answer:
    """The answer and at most `limit` bytes of its body, undecoded; all of a body that says it has at most
    `short` bytes. Raises `OriginError`; `TooSlow` where the body takes too long, `BrokenOff` where it breaks
    off.

    `patience` is how many seconds the body may take, without the time in `meter`, which hears of each chunk;
    `enough` is after how many no more of it is read, once its head is there.
    """
    import httpx

    asked = time.monotonic()
    with translating(url), http.stream(method, url, headers=headers, content=content) as response:
        waited = time.monotonic() - asked
        length = _number(response.headers.get("content-length", ""))
        body = Body(short if length is not None and limit < length <= short else limit)
        try:
            body.read(response.iter_raw(), patience, enough, meter)
        except (Late, httpx.ReadTimeout) as error:
            raise TooSlow(url, error, _answer(response, body, waited, late=True)) from error
        except httpx.TransportError as error:
            raise BrokenOff(url, body.size, length) from error
        return _answer(response, body, waited)


def _number(text: str) -> int | None:
    """A number of bytes as a header has it; `None` where it is none, or longer than any file."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


_DIGITS = 18
"""Of a number of bytes; Python refuses to read one of thousands of digits."""


def _answer(response: httpx.Response, body: Body, waited: float, *, late: bool = False) -> Answer:
    return Answer(
        response.status_code,
        dict(response.headers),
        body.size,
        body.sha256,
        body.start,
        waited,
        body.waited,
        body.rate,
        late,
    )


def host_addresses(host: str, port: int, url: str, pace: Pace | None = None) -> tuple[str, ...]:
    """Addresses of a host, as every program of this machine finds them, its hosts file included.

    Raises `OriginError`, which names `url`.
    """
    with translating(url):
        found = resolve(host, port, pace or SharedPace())
    return tuple(sorted({str(address[0]) for *_, address in found}))


def certificate_end(
    settings: WebSettings, host: str, port: int, pace: Pace | None = None, *, even_if_expired: bool = False
) -> datetime:
    """When the verified certificate ends. Raises `OriginError`."""
    context = _make_context(settings.ca)
    if even_if_expired:
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    address = _target(settings.connect_to) if settings.connect_to else (host, port)
    terms = ExchangeLimits(pace or SharedPace())
    with (
        translating(f"https://{host}:{port}"),
        closing(Wire(dial(*address, terms.pace), lambda: terms)) as wire,
    ):
        end = str((wire.secure(context, host).getpeercert() or {})["notAfter"])
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC)


_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which the standard library does not name."""


def _make_context(ca: Path | None) -> ssl.SSLContext:
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    if ca:
        try:
            context.load_verify_locations(cafile=ca)
        except OSError as error:
            reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise ConfigError(
                f"the CA file {masked(str(ca))} can't be used: {reason}",
                code="config.ca",
                hint="it must be PEM",
            ) from None
    return context


_context = lru_cache(maxsize=4)(_make_context)
"""Reading the world's CAs takes some 30 ms; all clients of a process share what was read."""


def _transport(settings: WebSettings, pace: Pace) -> httpx.BaseTransport:
    import httpx

    from syncer.connect.web.guard import expect_public, guarded
    from syncer.connect.web.wire import watched

    context = _context(settings.ca)

    def plain() -> httpx.HTTPTransport:
        return watched(context, KEEP_ALIVE_SECONDS, pace)

    class Detour(httpx.BaseTransport):
        """Connects elsewhere. A pool for each name: a connection verified for one must not serve another."""

        def __init__(self, host: str, port: int) -> None:
            self.host, self.port = host, port
            self.pools: dict[str, httpx.HTTPTransport] = {}

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            name = request.url.raw_host.decode()  # `host` undoes xn--, by rules of its own
            if settings.public_only:
                expect_public(name)
            pool = self.pools.setdefault(name, plain())
            request.extensions = {**request.extensions, "sni_hostname": name}
            request.url = request.url.copy_with(host=self.host, port=self.port)
            return pool.handle_request(request)

        def close(self) -> None:
            for pool in self.pools.values():
                pool.close()

    if settings.connect_to:
        return Detour(*_target(settings.connect_to))
    return guarded(plain, pace) if settings.public_only else plain()


def _target(connect_to: str) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/\[\]]+)):(\d{1,5})", connect_to)
    if not found:
        raise ConfigError(
            f"connect_to must be host:port, not {connect_to!r}",
            code="config.connect_to",
            hint="as 127.0.0.1:8443",
        )
    return found[1] or found[2], int(found[3])
