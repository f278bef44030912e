"""The errors of a request to a public URL: a table from network exceptions to `OriginError`."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from syncer.connect.foreign import is_from
from syncer.connect.meaning import Meaning
from syncer.connect.reasons import legible, reason_of
from syncer.connect.trust import Distrust, distrust
from syncer.connect.watch import Stalled
from syncer.connect.web.garbled import garbled
from syncer.errors import OriginError
from syncer.urls.canonical import bare_url

UNREACHABLE, TLS, PROTOCOL = "origin.unreachable", "origin.tls", "origin.protocol"
INCOMPLETE = "origin.incomplete"
"""One URL gives no whole answer; its host answers."""

Kinds = type[BaseException] | tuple[type[BaseException], ...]
Teller = Callable[[BaseException, str], OriginError]


@contextmanager
def translating(url: str) -> Iterator[None]:
    """Exceptions of the network become `OriginError`."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (OSError, UnicodeError)) or is_from(error, "httpx", "httpcore", "h11"):
            raise _translated(error, bare_url(url)) from error
        raise


@contextmanager
def translating_body(url: str) -> Iterator[None]:
    """The same while a body is read: its host answered, so what breaks off is this URL's own trouble."""
    try:
        with translating(url):
            yield
    except OriginError as error:
        if error.code != UNREACHABLE:
            raise
        raise OriginError(
            error.message, code=INCOMPLETE, hint=error.hint, transient=error.transient
        ) from error


def is_unconnected(error: OriginError) -> bool:
    """Whether no connection came about, so that nothing was asked."""
    import httpx

    return any(isinstance(each, httpx.ConnectError | httpx.ConnectTimeout) for each in _causes(error))


def _translated(error: BaseException, url: str) -> OriginError:
    """By the first row that matches the exception or one of its causes: httpx wraps system errors."""
    causes = list(_causes(error))
    return next(tell(cause, url) for kinds, tell in _table() for cause in causes if isinstance(cause, kinds))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and its causes. httpcore breaks the chain, and keeps the cause as an argument."""
    while error is not None:
        yield error
        wrapped = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
        error = error.__cause__ or wrapped


def _table() -> list[tuple[Kinds, Teller]]:
    import httpx

    dns = "check the URL, and the DNS records of its host"
    up = "check that the web server runs, and that its firewall allows connections"
    return [
        (Stalled, _stalled),
        (ssl.SSLCertVerificationError, _untrusted),
        (ssl.SSLEOFError, _unreachable("can't be reached: the server hangs up during the TLS handshake", up)),
        (ssl.SSLError, _handshake),
        (socket.gaierror, _unreachable("can't be reached: DNS knows no address of its host", dns)),
        (UnicodeError, _unreachable("can't be reached: its host is not a valid DNS name", dns)),
        (ConnectionRefusedError, _unreachable("can't be reached: the connection is refused", up)),
        (httpx.ConnectTimeout, _unreachable("can't be reached: connecting timed out", up)),
        (
            (httpx.TimeoutException, TimeoutError),
            _unreachable("does not answer: waiting for it timed out", up),
        ),
        (httpx.RemoteProtocolError, _garbled),
        ((httpx.ProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL), _unasked),
        (ConnectionError, _unreachable("broke off: the connection was closed", up)),
        (OSError, _system),
        (Exception, _unreachable("broke off: the connection was lost", up)),
    ]


def _unreachable(what: str, hint: str) -> Teller:
    return lambda _, url: OriginError(f"{url} {what}", code=UNREACHABLE, hint=hint, transient=True)


def _stalled(error: BaseException, url: str) -> OriginError:
    return OriginError(
        f"{url} does not answer in time: {reason_of(error)}",
        code=UNREACHABLE,
        hint="is the web server overloaded, or its connection too slow?",
        transient=True,
    )


def _system(error: BaseException, url: str) -> OriginError:
    return OriginError(f"{url} can't be reached: {reason_of(error)}", code=UNREACHABLE, transient=True)


def _garbled(error: BaseException, url: str) -> OriginError:
    """The answer broke off, or is not HTTP: the library has one exception for both."""
    what, hint, broke_off = garbled(reason_of(error))
    if broke_off:
        return OriginError(f"{url} broke off: {what}", code=UNREACHABLE, hint=hint, transient=True)
    return OriginError(f"{url} does not answer in HTTP: {what}", code=PROTOCOL, hint=hint)


def _unasked(_: BaseException, url: str) -> OriginError:
    return OriginError(
        f"{url} can't be requested: it is no valid https URL", code=PROTOCOL, hint="check how it is spelt"
    )


def _handshake(error: BaseException, url: str) -> OriginError:
    told = legible(getattr(error, "reason", None) or "") or reason_of(error)
    reason = told.replace("_", " ").lower()
    said, hint = next(
        (meaning for words, meaning in _ALERTS if words in reason),
        (f"the TLS handshake fails: {reason}", _VERSION),
    )
    return OriginError(f"{url}: {said}", code=TLS, hint=hint)


_VERSION = "check that it speaks HTTPS at this port, with TLS 1.2 or newer"
_NO_CLIENT = "platforms have no certificate of their own: let the web server ask for none at these URLs"
_ALERTS = (
    ("certificate required", ("the server demands a client certificate", _NO_CLIENT)),
    (
        "alert handshake failure",
        (
            "the server refuses the TLS handshake: it shares no cipher, or demands a client certificate",
            f"allow the usual ciphers of TLS 1.2 and 1.3; {_NO_CLIENT}",
        ),
    ),
    ("unrecognized name", ("the server has no site of this name", "add this host to the web server")),
    (
        "no application protocol",
        ("the server speaks no HTTP/1.1", "let the web server speak HTTP/1.1 besides HTTP/2"),
    ),
    ("wrong version number", ("the TLS handshake fails: the server does not answer in TLS", _VERSION)),
)
"""Words in the reason of OpenSSL, and what they mean."""


_PRIVATE = "for a private test origin, set origin.ca to the CA that signed it"
_UNTRUSTED: dict[int, Meaning] = {
    Distrust.EXPIRED: Meaning(
        TLS, "its certificate has expired", "renew it, and see why the renewal did not run"
    ),
    Distrust.NOT_YET_VALID: Meaning(
        TLS,
        "its certificate is not valid yet",
        "check the clocks of the server and of this machine",
    ),
    Distrust.SELF_SIGNED: Meaning(
        TLS, "its certificate is self-signed", "get one of a public CA, such as Let's Encrypt"
    ),
    Distrust.SELF_SIGNED_ROOT: Meaning(
        TLS,
        "its certificate is from a private CA",
        f"get one of a public CA, such as Let's Encrypt; {_PRIVATE}",
    ),
    Distrust.NO_ISSUER: Meaning(
        TLS,
        "the issuer of its certificate is unknown (an intermediate is missing, or the CA is private)",
        f"serve the whole chain (fullchain.pem); {_PRIVATE}",
    ),
    Distrust.OTHER_NAME: Meaning(TLS, "its certificate is for another name", "get one for this host"),
}
_UNTRUSTED[Distrust.NO_CHAIN] = _UNTRUSTED[Distrust.NO_ISSUER]
_UNTRUSTED[Distrust.OTHER_ADDRESS] = _UNTRUSTED[Distrust.OTHER_NAME]


def _untrusted(error: BaseException, url: str) -> OriginError:
    code, reason = distrust(error)
    unknown = Meaning(TLS, f"its certificate does not verify: {reason}", "get one of a public CA")
    meaning = _UNTRUSTED.get(code, unknown)
    return OriginError(f"{url}: {meaning.reason}", code=meaning.code, hint=meaning.hint)
