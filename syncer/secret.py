"""Secrets are references in the config, and print as `***` everywhere."""

from __future__ import annotations

import os
from pathlib import Path

from syncer.errors import ConfigError

MAX_BYTES = 64 * 1024


class Reference(str):
    """`env:NAME` or `file:PATH`: where a secret is. Not a secret itself."""

    __slots__ = ()


class Secret(str):
    """A string that can be used as one, and does not print."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)


def reveal(reference: str) -> Secret:
    """The secret behind `env:NAME` or `file:PATH` (absolute by now; a trailing newline is not part of it)."""
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        value = os.environ.get(name, "")
        if not value:
            raise ConfigError(
                f"the environment variable {name} is not set", code="config.secret", hint=f"export {name}=…"
            )
        return Secret(value)
    try:
        with Path(name).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        value = content.decode().rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"the secret file {name} can't be read: {reason}", code="config.secret") from None
    if not value or len(content) > MAX_BYTES:
        size = "is empty" if not value else "is too large to be a secret"
        raise ConfigError(f"the secret file {name} {size}", code="config.secret")
    return Secret(value)
