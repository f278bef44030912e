"""The HTTP client. It requests URLs as a platform would: without this machine's proxies, CAs, passwords."""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from syncer import __version__
from syncer.connect.dial import dial, resolve
from syncer.connect.headers import content_length
from syncer.connect.pace import SharedPace
from syncer.connect.reasons import reason_of
from syncer.connect.trust import shared_tls_context, timeless_tls_context, tls_context
from syncer.connect.watch import ExchangeLimits
from syncer.connect.web.body import Body, Late
from syncer.connect.web.errors import INCOMPLETE, UNREACHABLE, translating
from syncer.connect.wire import Wire
from syncer.errors import ConfigError, OriginError
from syncer.model import HEAD_SIZE
from syncer.protocols import Pace
from syncer.settings.spelling import counted
from syncer.unsaid import without_secrets
from syncer.urls.canonical import bare_url
from syncer.urls.weburl import host_and_port

if TYPE_CHECKING:
    import httpx

KEEP_ALIVE_SECONDS = 30.0
PATIENCE_SECONDS = 60.0
"""For a body of at most `HEAD_SIZE` bytes."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Plain data for `http_client`."""

    ca: Path | None = None
    """A CA file that is trusted besides the public CAs."""
    connect_to: str | None = None
    """`host:port` to connect to instead. The URL's host name is still sent and verified."""
    public_only: bool = False
    """Refuse addresses of private networks (`guard`), except as `connect_to`."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    size: int
    """Bytes of the body that were read: all, or the limit."""
    sha256: str
    """Hex, of the bytes that were read."""
    start: bytes
    """The first `HEAD_SIZE` of them."""
    waited: float = 0.0
    """Seconds until the headers came, including the time for a new connection."""
    took: float = 0.0
    """Seconds of waiting for the body."""
    rate: float | None = None
    """Bytes a second in the second half of the body; `None` if it is unknown."""
    late: bool = False
    """Whether reading stopped because the body came too slowly; `size` is not that of the whole then."""
    whole: bool = False
    """Whether the body was read to its end."""
    more: bool = False
    """Whether bytes came beyond those that were read."""

    @property
    def redirects(self) -> bool:
        return 300 <= self.status < 400  # noqa: PLR2004 - HTTP's own classes

    @property
    def fails(self) -> bool:
        """Whether a retry may get another answer."""
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    def target(self, url: str) -> str:
        """The target of the redirect, for messages."""
        return without_secrets(bare_url(urljoin(url, self.headers.get("location", ""))))

    @property
    def length(self) -> int | None:
        """`Content-Length`, if there is a usable one."""
        return _length(self.headers)


def _length(headers: Mapping[str, str]) -> int | None:
    """A body with `Transfer-Encoding` ends where that says, whatever its `Content-Length` is (RFC 9112)."""
    return None if "transfer-encoding" in headers else content_length(headers)


class TooSlow(OriginError):  # noqa: N818 - reads as what happened
    """The headers came in time, but the body did not. `answer` has the part that came."""

    def __init__(self, url: str, why: Exception, answer: Answer) -> None:
        super().__init__(
            f"{bare_url(url)} does not answer in time: {reason_of(why)}",
            code=UNREACHABLE,
            hint="check whether the web server is overloaded, or its connection too slow",
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
    """A client for HTTP/1.1 with kept connections and without redirects. Its limits are those of `pace`.

    Raises `ConfigError` for an invalid `ca` or `connect_to`.
    """
    import httpx

    pace = pace or SharedPace()
    return httpx.Client(
        transport=_transport(settings, pace),
        headers={"User-Agent": f"syncer/{__version__}", "Accept-Encoding": "identity"},
        # A platform sends no cookies, so neither do we.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        timeout=pace.patience.answer,  # for a free connection; `Wire` has its own limits
        follow_redirects=False,
        trust_env=False,
    )


def ask(  # noqa: PLR0913 - most have defaults
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
    meter: Callable[[int], None] = lambda size: None,  # noqa: ARG005 - it does nothing
) -> Answer:
    """The answer and at most `limit` bytes of its body, undecoded; all of a body that announces at most
    `short` bytes, and `short` bytes of one that announces no length. Raises `OriginError`, `TooSlow` if the
    body is late, and `BrokenOff` if it breaks off.

    The body may take `patience` seconds, without the time in `meter`, which is called with the size of each
    chunk. Reading stops after `enough` seconds if the head is there.
    """
    import httpx

    asked = time.monotonic()
    with translating(url), http.stream(method, url, headers=headers, content=content) as response:
        waited = time.monotonic() - asked
        length = _length(response.headers)
        body = Body(max(limit, short) if length is None or length <= short else limit)
        try:
            body.read(response.iter_raw(), patience, enough, meter)
        except (Late, httpx.ReadTimeout) as error:
            raise TooSlow(url, error, _answer(response, body, waited, late=True)) from error
        except httpx.TransportError as error:
            raise BrokenOff(url, body.size, length) from error
        return _answer(response, body, waited)


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
        not body.more and (body.ended or body.size == _length(response.headers)),
        body.more,
    )


def host_addresses(host: str, port: int, url: str, pace: Pace | None = None) -> tuple[str, ...]:
    """The addresses of a host, as every program of this machine finds them, its hosts file included.

    Raises `OriginError`, which names `url`.
    """
    with translating(url):
        found = resolve(host, port, pace or SharedPace())
    return tuple(sorted({str(address[0]) for *_, address in found}))


def certificate_end(
    settings: WebSettings, host: str, port: int, pace: Pace | None = None, *, even_if_expired: bool = False
) -> datetime:
    """When the certificate expires, once it is verified. Raises `OriginError`."""
    context = (timeless_tls_context if even_if_expired else tls_context)(settings.ca)
    address = _target(settings.connect_to) if settings.connect_to else (host, port)
    terms = ExchangeLimits(pace or SharedPace())
    with (
        translating(f"https://{host}:{port}"),
        closing(Wire(dial(*address, terms.pace), lambda: terms)) as wire,
    ):
        end = str((wire.secure(context, host).getpeercert() or {})["notAfter"])
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC)


def _transport(settings: WebSettings, pace: Pace) -> httpx.BaseTransport:
    import httpx

    from syncer.connect.web.guard import expect_public, guarded
    from syncer.connect.web.wire import watched

    context = shared_tls_context(settings.ca)

    def plain() -> httpx.HTTPTransport:
        return watched(context, KEEP_ALIVE_SECONDS, pace)

    class Detour(httpx.BaseTransport):
        """Connects elsewhere. It has one pool for each name: a connection verified for one must not serve
        another.
        """

        def __init__(self, host: str, port: int) -> None:
            self.host, self.port = host, port
            self.pools: dict[str, httpx.HTTPTransport] = {}

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            name = request.url.raw_host.decode()  # `host` would decode xn--, by httpx's own rules
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
    try:
        return host_and_port(connect_to)
    except ValueError as error:
        raise ConfigError(
            f"connect_to {error}, not {connect_to!r}", code="config.connect_to", hint="as 127.0.0.1:8443"
        ) from None
