"""The login at an SSH server: by a key, by a password, or by the keys that ssh itself would try."""

from __future__ import annotations

import getpass
import io
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncer.connect.reasons import reason_of
from syncer.connect.ssh.key_files import START, shape
from syncer.errors import SyncerError
from syncer.pipes import open_input
from syncer.protocols import Pace
from syncer.settings.masked import HIDDEN, masked
from syncer.settings.secret import reveal

if TYPE_CHECKING:
    import paramiko

    from syncer.connect.ssh.connection import Failure, SshSettings
    from syncer.connect.ssh.transport import Transport

PERSONAL_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")

Way = tuple[str, Callable[["paramiko.Transport", str], object]]
"""A way to log in: its name for messages, and the function that tries it."""


def log_in(transport: Transport, settings: SshSettings, failure: Failure) -> None:
    """Raises `failure`, and the errors of a broken connection. Every wait has a limit."""
    import paramiko

    user = settings.user or login_name()
    if user is None:
        raise failure(
            "your login name is not known", code=f"{failure.default_code}.denied", hint="set `user`"
        )
    allowed: list[str] = []
    try:
        transport.auth_none(user)  # as ssh does: the refusal lists the allowed methods
    except paramiko.BadAuthenticationType as refusal:
        allowed = refusal.allowed_types
    tried = []
    for name, attempt in _ways(settings, failure, transport.pace):
        if transport.is_authenticated() or not transport.is_active():
            break
        tried.append(name)
        try:
            attempt(transport, user)
        except paramiko.SSHException:
            continue
    if not transport.is_authenticated():
        name = re.sub(":.*", f":{HIDDEN}", masked(user), flags=re.DOTALL)
        raise failure(
            f"{settings.address} does not let {name} in with {', '.join(tried) or 'no key at hand'}; "
            f"it allows {', '.join(allowed) or 'nothing'}",
            code=f"{failure.default_code}.denied",
            hint="check `user`, and that the public key is in its authorized_keys on the server",
        )


def login_name() -> str | None:
    """The local user, for settings without a user; `None` if this machine does not know it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _ways(settings: SshSettings, failure: Failure, pace: Pace) -> Iterator[Way]:
    """The ways to log in, in order. A server may require two of them."""
    if settings.key:
        key = _load(settings.key, settings, failure)
        yield f"the key {settings.key}", _with_key(key)
    if settings.password:
        password = reveal(settings.password)
        yield "the password", lambda transport, user: transport.auth_password(user, password)
    if not settings.key and not settings.password:
        yield from _personal(settings, failure, pace)


def _personal(settings: SshSettings, failure: Failure, pace: Pace) -> Iterator[Way]:
    """The keys that ssh itself would try: those of the agent, then those in ~/.ssh."""
    yield from _of_the_agent(pace)
    for file in (Path.home() / ".ssh" / name for name in PERSONAL_KEYS):
        if os.path.exists(file):  # noqa: PTH110 - `Path.exists` raises where ~/.ssh can't be entered
            try:
                own = _load(file, settings, failure)
            except SyncerError as error:  # the user did not set this key, and there may be others
                yield f"no key: {error.message}", lambda _transport, _user: None
            else:
                yield f"the key {file}", _with_key(own)


def _of_the_agent(pace: Pace) -> Iterator[Way]:
    import paramiko
    from paramiko.agent import AgentSSH

    path = os.environ.get("SSH_AUTH_SOCK")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(pace.patience.answer)
        agent: Any = AgentSSH()  # paramiko's `Agent`, which connects by itself, may wait for ever
        try:
            wire.connect(path)
            agent._connect(wire)  # noqa: SLF001 - as above
        except (OSError, paramiko.SSHException):  # no agent listens there
            return
        for key in agent.get_keys():
            yield f"the agent's key {key.comment}", _with_key(key)


def _with_key(key: paramiko.PKey) -> Callable[[paramiko.Transport, str], object]:
    return lambda transport, user: transport.auth_publickey(user, key)


def _load(file: Path, settings: SshSettings, failure: Failure) -> paramiko.PKey:
    import paramiko
    from paramiko.pkey import UnknownKeyType

    code, secret = f"{failure.default_code}.key", settings.key_passphrase
    passphrase = reveal(secret).encode() if secret else None
    try:
        return _opened(file, passphrase)
    except OSError as error:
        raise failure(
            f"the SSH key {masked(str(file))} can't be read: {reason_of(error)}",
            code=code,
            hint="check `key`, and that this user may read the file",
        ) from error
    except (TypeError, paramiko.PasswordRequiredException):
        needed = "set `key_passphrase`, or put the key into the SSH agent and leave `key` out"
        hint = "leave `key_passphrase` out" if passphrase else needed
        state = "is not encrypted" if passphrase else "is encrypted"
        raise failure(f"the SSH key {file} {state}", code=code, hint=hint) from None
    except (ValueError, paramiko.SSHException, UnknownKeyType):
        what, hint = shape(str(file), _head(file)) or ("can't be opened", _OTHERWISE[bool(passphrase)])
        raise failure(f"the SSH key {file} {what}", code=code, hint=hint) from None


def _opened(file: Path, passphrase: bytes | None) -> paramiko.PKey:
    """The key. Paramiko can't read PKCS #8, as OpenSSH does, so such a key is converted first."""
    import paramiko

    try:
        return paramiko.PKey.from_path(file, passphrase)  # type: ignore[arg-type] # cryptography wants bytes
    except (ValueError, paramiko.SSHException) as error:
        if isinstance(error, paramiko.PasswordRequiredException):
            raise
        from cryptography.hazmat.primitives import serialization as form

        content = file.read_bytes()
        if len(content) > START or b"PRIVATE KEY" not in content:
            raise
        key = form.load_pem_private_key(content, passphrase)
        text = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption()).decode()
        for kind in (paramiko.RSAKey, paramiko.ECDSAKey, paramiko.Ed25519Key):
            with suppress(paramiko.SSHException):
                return kind.from_private_key(io.StringIO(text))
        raise


_OTHERWISE = {True: "check `key_passphrase`", False: "name a private key in OpenSSH's or PEM format"}
"""Hints, by whether a passphrase is set."""


def _head(file: Path) -> bytes:
    try:
        with open_input(file) as stream:
            return stream.read(START)
    except OSError:
        return b""
