"""Who we are to an SSH server: a key, a password, or whatever ssh itself would try."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.errors import SyncerError
from syncer.secret import reveal

if TYPE_CHECKING:
    import paramiko

    from syncer.connect.ssh import Failure, SshSettings

PERSONAL_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")

Way = tuple[str, Callable[["paramiko.Transport", str], object]]
"""A way to log in: its name for people, and what does it."""


def log_in(transport: paramiko.Transport, settings: SshSettings, failure: Failure) -> None:
    import paramiko

    user = settings.user or _login_name(failure)
    allowed: list[str] = []
    try:
        transport.auth_none(user)  # as ssh does: the refusal tells what is allowed
    except paramiko.BadAuthenticationType as refusal:
        allowed = refusal.allowed_types
    tried = []
    for name, attempt in _ways(settings, failure):
        if transport.is_authenticated() or not transport.is_active():
            break
        tried.append(name)
        try:
            attempt(transport, user)
        except paramiko.SSHException:
            continue
    if not transport.is_authenticated():
        raise failure(
            f"{settings.address} does not let {user} in with {', '.join(tried) or 'no key at hand'}; "
            f"it allows {', '.join(allowed) or 'nothing'}",
            code=f"{failure.default_code}.denied",
            hint="check `user`, and that the public key is in its authorized_keys on the server",
        )


def _login_name(failure: Failure) -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise failure(
            "your login name is not known", code=f"{failure.default_code}.denied", hint="set `user`"
        ) from None


def _ways(settings: SshSettings, failure: Failure) -> Iterator[Way]:
    """Ways to log in, in order, with a name for people; a server may ask for two of them."""
    if settings.key:
        key = _load(settings.key, settings, failure)
        yield f"the key {settings.key}", _with_key(key)
    if settings.password:
        password = reveal(settings.password)
        yield "the password", lambda transport, user: transport.auth_password(user, password)
    if not settings.key and not settings.password:
        yield from _personal(settings, failure)


def _personal(settings: SshSettings, failure: Failure) -> Iterator[Way]:
    """What ssh itself would try: the agent's keys, then those in ~/.ssh."""
    import paramiko

    try:
        agent = paramiko.Agent()
    except (OSError, paramiko.SSHException):  # what listens at SSH_AUTH_SOCK is no agent
        agent = None
    for agent_key in agent.get_keys() if agent else ():
        yield f"the agent's key {agent_key.comment}", _with_key(agent_key)
    if agent:
        agent.close()
    for file in (Path.home() / ".ssh" / name for name in PERSONAL_KEYS):
        if file.exists():
            try:
                own = _load(file, settings, failure)
            except SyncerError as error:  # one of several, and nobody asked for this one
                yield f"no key: {error.message}", lambda _transport, _user: None
            else:
                yield f"the key {file}", _with_key(own)


def _with_key(key: paramiko.PKey) -> Callable[[paramiko.Transport, str], object]:
    return lambda transport, user: transport.auth_publickey(user, key)


def _load(file: Path, settings: SshSettings, failure: Failure) -> paramiko.PKey:
    import paramiko
    from paramiko.pkey import UnknownKeyType

    code, secret = f"{failure.default_code}.key", settings.key_passphrase
    passphrase = reveal(secret).encode() if secret else None
    try:
        return paramiko.PKey.from_path(file, passphrase)  # type: ignore[arg-type] # cryptography wants bytes
    except OSError as error:
        raise failure(
            f"the SSH key {file} can't be read: {error.strerror}",
            code=code,
            hint="check `key`, and who may read that file",
        ) from error
    except (TypeError, paramiko.PasswordRequiredException):
        needed = "set `key_passphrase`, or put the key into the SSH agent and leave `key` out"
        hint = "leave `key_passphrase` out" if passphrase else needed
        state = "is not encrypted" if passphrase else "is encrypted"
        raise failure(f"the SSH key {file} {state}", code=code, hint=hint) from None
    except (ValueError, paramiko.SSHException, UnknownKeyType):
        hint = (
            "check `key_passphrase`" if passphrase else "name the private key, not the one that ends in .pub"
        )
        raise failure(f"the SSH key {file} can't be opened", code=code, hint=hint) from None
