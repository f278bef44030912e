"""Errors that break an FTP session, with the cause of each and what to do."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from syncer.connect.ftp.control import NotFtpError, ServerLeaves
from syncer.connect.ftp.listing import EndlessListing
from syncer.connect.reasons import reason_of, reason_said
from syncer.connect.trust import Distrust, distrust
from syncer.connect.watch import RunStopped
from syncer.errors import SyncerError

Failure = type[SyncerError]
"""The class of the errors; it gives the first word of their codes."""


class NoGreeting(OSError):  # noqa: N818 - reads as what happened
    """An FTP server speaks first, and this one did not."""


class NoDataConnection(OSError):  # noqa: N818 - as above
    """The second connection, for the bytes of a file or a listing, can't be opened."""

    def __init__(self, place: str, error: OSError) -> None:
        super().__init__(f"the data connection to {place} can't be opened: {reason_of(error)}")


class PlainData(OSError):  # noqa: N818 - as above
    """What came over a data connection is not TLS."""


@contextmanager
def greeting() -> Iterator[None]:
    """For the wait for the first reply."""
    try:
        yield
    except (RunStopped, ServerLeaves):
        raise
    except (TimeoutError, ConnectionError) as error:
        raise NoGreeting(reason_of(error)) from error


@contextmanager
def opening(host: str, port: int) -> Iterator[None]:
    """For the connection to a port that the server named."""
    try:
        yield
    except RunStopped:
        raise
    except OSError as error:
        raise NoDataConnection(f"{host} port {port}", error) from error


@contextmanager
def encrypting(host: str) -> Iterator[None]:
    """For the start of TLS over a data connection."""
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise
    except ssl.SSLError as error:
        if error.reason == "WRONG_VERSION_NUMBER":
            raise PlainData(f"{host} sends plain text over the data connection, not TLS") from error
        raise


@contextmanager
def translated(address: str, failure: Failure) -> Iterator[None]:
    """Errors that break an open session are raised as `failure`."""
    try:
        yield
    except OSError as error:
        tell = next(tell for kind, tell in _TABLE if isinstance(error, kind))
        raise tell(error, address, failure) from error


_CERTIFICATES: dict[int, tuple[str, str]] = {
    Distrust.NOT_YET_VALID: ("is not valid yet", "check the clocks of that server and of this machine"),
    Distrust.EXPIRED: (
        "has expired",
        "its host has to renew it; until then nothing is sent there, the password neither",
    ),
    Distrust.SELF_SIGNED: (
        "is self-signed",
        "set `ca` to a copy of that certificate, or ask the host for one of a public CA",
    ),
    Distrust.SELF_SIGNED_ROOT: ("is from a private CA", "set `ca` to the file of that CA"),
    Distrust.NO_ISSUER: (
        "has an unknown issuer",
        "set `ca` to the file of its CA, or ask the host to send the whole chain",
    ),
    Distrust.OTHER_NAME: (
        "is for another name",
        "set `host` to the name in the certificate (often the web host's own)",
    ),
}
_CERTIFICATES[Distrust.NO_CHAIN] = _CERTIFICATES[Distrust.NO_ISSUER]
_CERTIFICATES[Distrust.OTHER_ADDRESS] = _CERTIFICATES[Distrust.OTHER_NAME]


def _untrusted(error: OSError, address: str, failure: Failure) -> SyncerError:
    code, reason = distrust(error)
    what, hint = _CERTIFICATES.get(code, ("does not verify", "ask its host for a valid one"))
    return failure(
        f"the certificate of {address} {what} ({reason})", code=f"{failure.default_code}.tls", hint=hint
    )


def _ungreeted(error: OSError, address: str, failure: Failure) -> SyncerError:
    return failure(
        f"{address} does not greet as an FTP server does: {reason_of(error)}",
        code=f"{failure.default_code}.lost",
        hint="set `port` to the one for explicit TLS, usually 21: port 990 (implicit TLS) and a web's 443"
        " wait for the client to speak first",
        transient=True,
    )


def _no_data(error: OSError, address: str, failure: Failure) -> SyncerError:
    return failure(
        f"{address} lets us in, but {reason_of(error)}",
        code=f"{failure.default_code}.data",
        hint="open the server's passive ports in its firewall, and here for outgoing connections; at a web"
        " host, ask which passive ports it uses and whether they are open",
        transient=True,
    )


def _plain(error: OSError, address: str, failure: Failure) -> SyncerError:
    return failure(
        f"{address}: {reason_of(error)}",
        code=f"{failure.default_code}.tls",
        hint="ask your host to repair TLS for data connections (PROT P), or a firewall that rewrites FTP",
    )


def _endless(error: OSError, address: str, failure: Failure) -> SyncerError:
    return failure(
        f"{address}: the listing of the folder {reason_of(error)}",
        code=f"{failure.default_code}.endless",
        hint="look at that folder there: split it, or ask your host why its listing does not end",
    )


def _odd(error: OSError, address: str, failure: Failure) -> SyncerError:
    return failure(
        f"{address}: {reason_of(error)}",
        code=f"{failure.default_code}.answer",
        hint="check that `host` and `port` are those of an FTP server with explicit TLS",
        transient=True,
    )


def _stopped(error: OSError, address: str, failure: Failure) -> SyncerError:
    what = f"the work at {address} was given up: {reason_of(error)}"
    return failure(what, code=f"{failure.default_code}.lost", transient=True)


def _handshake(error: OSError, address: str, failure: Failure) -> SyncerError:
    return failure(
        f"{address}: TLS fails: {reason_of(error)}",
        code=f"{failure.default_code}.lost",
        hint="if it stays, ask its host whether it speaks TLS 1.2 or newer",
        transient=True,
    )


def _lost(error: OSError, address: str, failure: Failure) -> SyncerError:
    reason = reason_of(error)
    what = f"the connection to {address} was lost: {reason}"
    if isinstance(error, TimeoutError):
        what = f"{address} does not answer in time" + (f": {reason}" if reason_said(error) else "")
    return failure(
        what,
        code=f"{failure.default_code}.lost",
        hint="if it happens often, set `connections` to a smaller number",
        transient=True,
    )


_TABLE: tuple[tuple[type[OSError], Callable[[OSError, str, Failure], SyncerError]], ...] = (
    (ssl.SSLCertVerificationError, _untrusted),
    (ssl.SSLError, _handshake),
    (NoGreeting, _ungreeted),
    (NoDataConnection, _no_data),
    (PlainData, _plain),
    (EndlessListing, _endless),
    (NotFtpError, _odd),
    (RunStopped, _stopped),
    (OSError, _lost),
)
"""The first row that matches counts."""
