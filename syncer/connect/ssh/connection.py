"""Opens an SFTP session. The host key is checked before anything else, and each failure has a code."""

from __future__ import annotations

import logging
import shlex
import socket
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from syncer.connect.dial import dial
from syncer.connect.foreign import is_from
from syncer.connect.pace import SharedPace
from syncer.connect.reasons import reason_of, reason_said
from syncer.connect.ssh.known_hosts import SSH_PORT, known_keys
from syncer.connect.ssh.login import log_in
from syncer.connect.ssh.places import checked_host
from syncer.errors import SyncerError
from syncer.protocols import Pace
from syncer.settings.fields import FilePath, SecretRef, Settings
from syncer.settings.masked import masked

if TYPE_CHECKING:
    import paramiko

    from syncer.connect.ssh.sftp import Client
    from syncer.connect.ssh.transport import Transport

KEEPALIVE_SECONDS = 15
FAST_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
"""A third faster than paramiko's first choice, which computes the MAC in a separate pass."""


class SshSettings(Settings):
    """How to reach an SSH server."""

    host: str = Field(min_length=1, description="The server's name or address.")
    port: int = Field(default=SSH_PORT, ge=1, le=65535, description="The port of its SSH server.")
    user: str | None = Field(default=None, min_length=1, description="Without it, your login name.")
    key: FilePath | None = Field(
        default=None, description="Private key file; without it, the SSH agent and the keys in ~/.ssh."
    )
    key_passphrase: SecretRef | None = Field(default=None, description="For a key that is encrypted.")
    password: SecretRef | None = Field(default=None, description="Better use a key.")
    known_hosts: FilePath = Field(
        default=Path("~/.ssh/known_hosts"),
        validate_default=True,
        description="Unknown or changed host keys are refused.",
    )
    connections: int | None = Field(
        default=None,
        ge=1,
        description="The most connections at once; without it, one for each worker.",
    )

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, value: str) -> str:
        return checked_host(value)

    @property
    def address(self) -> str:
        """For messages."""
        return self.host if self.port == SSH_PORT else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Connection:
    """An open SFTP session."""

    sftp: Client
    transport: paramiko.Transport

    def close(self) -> None:
        self.transport.close()  # closing the session would fail on a dead connection


Failure = type[SyncerError]
"""The class of the errors, of a source or a destination; it gives the first word of their codes."""


def connect_ssh(settings: SshSettings, failure: Failure, pace: Pace | None = None) -> Connection:
    """Raises `failure` with the codes `.unreachable .host_key .key .denied .lost`, as `source.denied`."""
    pace = pace or SharedPace()
    # paramiko logs tracebacks of errors that are translated here.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    from syncer.connect.ssh.sftp import Client
    from syncer.connect.ssh.sftp_verbs import verbs_of
    from syncer.connect.ssh.transport import Transport

    try:
        wire = _socket(settings, pace)
    except (OSError, UnicodeError) as error:
        raise _unreachable(error, settings, failure) from error
    transport = Transport(wire, pace)
    try:
        with ssh_errors(settings, failure):
            _negotiate(transport, settings, failure)
            log_in(transport, settings, failure)
            transport.set_keepalive(KEEPALIVE_SECONDS)  # before the login, servers written in Go hang up
            sftp = Client(transport.subsystem("sftp"), pace, verbs_of(settings.address, pace))
    except BaseException:
        transport.close()
        wire.close()  # a transport that did not start leaves it open
        raise
    return Connection(sftp, transport)


@contextmanager
def ssh_errors(settings: SshSettings, failure: Failure) -> Iterator[None]:
    """Errors that break an open session are raised as `failure`."""
    try:
        yield
    except Exception as error:
        if isinstance(error, (OSError, EOFError)) or is_from(error, "paramiko", "cryptography"):
            raise _broken(error, settings, failure) from error
        raise


def _broken(error: Exception, settings: SshSettings, failure: Failure) -> SyncerError:
    from paramiko.sftp import SFTPError
    from paramiko.ssh_exception import ChannelException, IncompatiblePeer

    server = settings.address
    if isinstance(error, IncompatiblePeer):
        return failure(
            f"{server} and this program have no encryption algorithm in common: {reason_of(error)}",
            code=f"{failure.default_code}.denied",
            hint="update the server's OpenSSH, or allow newer algorithms in its sshd_config",
        )
    if isinstance(error, ChannelException) or str(error) == "Channel closed.":
        return failure(
            f"{server} let us in but does not offer SFTP",
            code=f"{failure.default_code}.denied",
            hint="add `Subsystem sftp internal-sftp` to the server's sshd_config",
        )
    if isinstance(error, SFTPError):
        return failure(
            f"{settings.address} let us in but does not speak SFTP: {reason_of(error)}",
            code=f"{failure.default_code}.denied",
            hint="login scripts there must print nothing; `Subsystem sftp internal-sftp` runs none",
        )
    reason = reason_of(error)
    what = f"the connection to {server} was lost: {reason}"
    if isinstance(error, TimeoutError):
        what = f"{server} does not answer in time" + (f": {reason}" if reason_said(error) else "")
    return failure(what, code=f"{failure.default_code}.lost", transient=True)


def _socket(settings: SshSettings, pace: Pace) -> socket.socket:
    unacknowledged = int(pace.patience.answer * 1000)
    options = (
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),  # without it 1 MB/s at most
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unacknowledged),
    )
    return dial(settings.host, settings.port, pace, options)


def _unreachable(error: Exception, settings: SshSettings, failure: Failure) -> SyncerError:
    server, code = settings.address, f"{failure.default_code}.unreachable"
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return failure(
            f"the host name {settings.host} can't be resolved",
            code=code,
            hint="check the spelling of `host` and the network",
            transient=isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN,
        )
    if isinstance(error, ConnectionRefusedError):
        return failure(
            f"{server} refuses the connection",
            code=code,
            hint="check that sshd runs there and listens on this `port`",
            transient=True,
        )
    reason = reason_of(error)
    if isinstance(error, TimeoutError) and reason_said(error):
        reason = f"no answer in time ({reason})"
    return failure(
        f"{server} can't be reached: {reason}",
        code=code,
        hint="check `host`, `port` and firewalls",
        transient=True,
    )


def _negotiate(transport: Transport, settings: SshSettings, failure: Failure) -> None:
    """Start the encryption, and check the host key before anything is sent."""
    code = f"{failure.default_code}.host_key"
    try:
        known = known_keys(settings.known_hosts, settings.host, settings.port)
    except OSError as error:
        file = masked(str(settings.known_hosts))
        raise failure(f"{file} can't be read: {reason_of(error)}", code=code) from error
    options = transport.get_security_options()
    options.ciphers = _first(options.ciphers, FAST_CIPHERS)
    # A server has several keys: request one of a type that we know.
    options.key_types = _first(options.key_types, {key.algorithm for key in known})
    transport.negotiate()
    shown = transport.get_remote_server_key()
    same = [key for key in known if key.blob == shown.asbytes()]
    if not same or any(key.revoked for key in same):
        raise _stranger(shown, settings, failure, changed=bool(known), revoked=bool(same))


def _first(offered: Sequence[str], wanted: Collection[str]) -> tuple[str, ...]:
    """The offered names, wanted ones first. A known ssh-rsa key is used with newer signature names."""
    names = {*wanted, *(("rsa-sha2-512", "rsa-sha2-256") if "ssh-rsa" in wanted else ())}
    return tuple(sorted(offered, key=lambda name: name not in names))


def _stranger(
    shown: paramiko.PKey, settings: SshSettings, failure: Failure, *, changed: bool, revoked: bool
) -> SyncerError:
    seen = f"{shown.get_name()} {shown.fingerprint}"
    server, file = settings.address, settings.known_hosts
    look = "compare the fingerprint with that of the key file on the server, by `ssh-keygen -lf`"
    name = settings.host if settings.port == SSH_PORT else f"[{settings.host}]:{settings.port}"
    scan = f"ssh-keyscan -p {settings.port} {shlex.quote(settings.host)} >> {shlex.quote(str(file))}"
    forget = f"ssh-keygen -f {shlex.quote(str(file))} -R {shlex.quote(name)}"
    if revoked:
        message, hint = (
            f"the host key of {server}, {seen}, is marked as revoked in {file}",
            "do not trust this server",
        )
    elif changed:
        message = (
            f"THE HOST KEY OF {server} HAS CHANGED: it shows {seen}, which is not the key in {file}; "
            "somebody may intercept the connection, or the server was reinstalled"
        )
        hint = f"{look}; only if they are equal: {forget} && {scan}"
    else:
        message = f"the host key of {server} is not known: it shows {seen}, and {file} has no key for it"
        hint = f"{look}; only if they are equal: {scan}"
    return failure(message, code=f"{failure.default_code}.host_key", hint=hint)
