"""Opens an FTP session. It is encrypted before the password is sent, and each failure has a code."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

from pydantic import Field, field_validator

from syncer.connect.dial import dial
from syncer.connect.ftp.channel import FtpChannel
from syncer.connect.ftp.client import FtpClient
from syncer.connect.ftp.control import FtpControl, FtpRefused, Reply
from syncer.connect.ftp.failures import Failure, greeting, translated
from syncer.connect.reasons import reason_of
from syncer.connect.ssh.places import checked_host
from syncer.connect.trust import Distrust, shared_tls_context, timeless_tls_context
from syncer.errors import SyncerError
from syncer.protocols import Pace
from syncer.settings.fields import FilePath, SecretRef, Settings
from syncer.settings.secret import reveal

FTP_PORT = 21
NEEDED = "MLST"
"""The feature that gives reliable sizes, and tells files from folders."""
AS_IS = "I"
"""The transfer type that leaves the bytes unchanged."""


class FtpSettings(Settings):
    """How to reach an FTP server with TLS."""

    host: str = Field(min_length=1, description="The server's name, as its certificate has it.")
    port: int = Field(default=FTP_PORT, ge=1, le=65535, description="The port of its FTP server.")
    user: str = Field(min_length=1, description="The FTP account.")
    password: SecretRef = Field(description="It is sent only after the connection is encrypted.")
    ca: FilePath | None = Field(
        default=None, description="CA file to trust besides the public ones, for a private server."
    )
    connections: int | None = Field(
        default=4,
        ge=1,
        description="How many files are uploaded at once. Web hosts limit connections, often to 8.",
    )

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        return checked_host(value)

    @field_validator("user")
    @classmethod
    def _is_one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must not hold line breaks or control characters")
        return value

    @property
    def address(self) -> str:
        """For messages."""
        return self.host if self.port == FTP_PORT else f"{self.host}:{self.port}"


def connect(settings: FtpSettings, failure: Failure, pace: Pace) -> FtpClient:
    """Raises `failure` with the codes `.unreachable .tls .denied .unsupported .lost .answer`."""
    context, password = shared_tls_context(settings.ca), reveal(settings.password)
    with _reaching(settings, failure):
        channel = FtpChannel(dial(settings.host, settings.port, pace), pace)
    try:
        with translated(settings.address, failure):
            control = FtpControl(channel)
            _secure_or_date(control, context, settings, failure, pace)
            _log_in(control, password, settings, failure)
            client = FtpClient(control, context, settings.host, pace)
        _expect_facts(client, settings, failure)
    except BaseException:
        channel.close()
        raise
    return client


def _expect_facts(client: FtpClient, settings: FtpSettings, failure: Failure) -> None:
    if NEEDED not in client.features:
        raise failure(
            f"the FTP server of {settings.address} lacks MLSD, the listing that programs can read",
            code=f"{failure.default_code}.unsupported",
            hint="use an account on a server with ProFTPD or Pure-FTPd, or SFTP (kind: sftp)",
        )


def _secure(control: FtpControl, context: ssl.SSLContext, settings: FtpSettings, failure: Failure) -> None:
    with greeting():
        control.await_reply()
    try:
        control.ask("AUTH", "TLS")
    except FtpRefused as error:
        raise failure(
            f"{settings.address} does not encrypt ({error}), so the password was not sent",
            code=f"{failure.default_code}.tls",
            hint="ask your host for FTPS (FTP with explicit TLS), or for SFTP (kind: sftp)",
        ) from error
    control.channel.secure(context, settings.host)


def _secure_or_date(
    control: FtpControl, context: ssl.SSLContext, settings: FtpSettings, failure: Failure, pace: Pace
) -> None:
    """As `_secure`. The error of an expired certificate says since when."""
    try:
        _secure(control, context, settings, failure)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code == Distrust.EXPIRED:
            error.verify_message += _ended(settings, failure, pace)
        raise


def _ended(settings: FtpSettings, failure: Failure, pace: Pace) -> str:
    """`, on DATE`, read over a second connection without a login; empty if that fails."""
    with suppress(OSError, SyncerError, ValueError):
        channel = FtpChannel(dial(settings.host, settings.port, pace), pace)
        with closing(channel):
            _secure(FtpControl(channel), timeless_tls_context(settings.ca), settings, failure)
            seconds = ssl.cert_time_to_seconds(channel.certificate_end)
        return f", on {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
    return ""


def _log_in(control: FtpControl, password: str, settings: FtpSettings, failure: Failure) -> None:
    try:
        reply: Reply = control.ask("USER", settings.user)
        if reply.code == 331:  # noqa: PLR2004 - it wants a password
            control.ask("PASS", password)
    except FtpRefused as error:
        raise _denied(error, settings, failure) from error
    try:
        control.ask("PBSZ", "0")
        control.ask("PROT", "P")
        control.ask("TYPE", AS_IS)
    except FtpRefused as error:
        raise failure(
            f"{settings.address} does not encrypt file transfers ({error})",
            code=f"{failure.default_code}.tls",
            hint="ask your host for FTPS with protected data connections, or for SFTP (kind: sftp)",
        ) from error
    try:
        control.ask("OPTS", "UTF8 ON")
    except FtpRefused:
        return  # such a server uses UTF-8 in any case (RFC 2640)


def _denied(error: FtpRefused, settings: FtpSettings, failure: Failure) -> SyncerError:
    """The message has no text of the reply, which may repeat the password."""
    return failure(
        f"{settings.address} does not let {settings.user} in (it answered {error.code})",
        code=f"{failure.default_code}.denied",
        hint="check `user` (at many hosts with its domain, as deploy@example.com) and `password`",
        transient=error.code < 500,  # noqa: PLR2004 - RFC 959: it may work later
    )


@contextmanager
def _reaching(settings: FtpSettings, failure: Failure) -> Iterator[None]:
    try:
        yield
    except (OSError, UnicodeError) as error:
        raise failure(
            f"{settings.address} can't be reached: {reason_of(error)}",
            code=f"{failure.default_code}.unreachable",
            hint="check `host` and `port`, and firewalls in between",
            transient=not isinstance(error, UnicodeError),
        ) from error
