"""Secrets are references in the config, and print as `***` everywhere."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from syncer.errors import ConfigError
from syncer.pipes import open_input
from syncer.settings.spelling import around, typeset
from syncer.unsaid import keep_unsaid

MAX_BYTES = 64 * 1024
MARK = "\ufeff"
"""A byte order mark, which editors on Windows write before a text."""


class Reference(str):
    """`env:NAME` or `file:PATH`: where a secret is. Not a secret itself."""

    __slots__ = ()


class Secret(str):
    """A string that prints as `***`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)


def reveal(reference: str) -> Secret:
    """The secret of `env:NAME` or `file:PATH` (an absolute path). Raises `ConfigError`.

    It comes without the byte order mark and the final newlines that editors and shells add.
    """
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        value, what = _bare(os.environ.get(name, "")), f"the environment variable {shown_name(name)}"
        if not value:
            hint = f"export {name}=…" if shown_name(name) == name else _NO_NAME
            raise ConfigError(f"{what} is not set", code="config.secret", hint=hint)
    else:
        value, what = _bare(_read(name)), f"the secret file {name}"
        if not value:
            raise ConfigError(f"{what} is empty", code="config.secret")
    if re.search("[\r\n\0]", value):
        raise ConfigError(
            f"{what} holds a line break, which no password, key or token has",
            code="config.secret",
            hint="leave the secret alone in it, on one line",
        )
    if typeset(value):
        raise ConfigError(
            f"{what}: {around(value)}", code="config.secret", hint="write it again without them"
        )
    keep_unsaid(value)
    return Secret(value)


_NO_NAME = "this may be the secret itself: put it into a variable or a file, and write env:NAME or file:PATH"
_LONG, _MIXED = 20, 12
"""Shortest length of a random word: with two kinds of characters (a-z, A-Z, 0-9), and with all three."""


def shown_name(name: str) -> str:
    """The name of a variable or a path; `***` if it may be a pasted secret."""
    parts = [*re.split(r"[^A-Za-z0-9+=]", name), *(re.sub(r"[-_.]", "", part) for part in name.split("/"))]
    return "***" if any(map(_may_be_secret, parts)) else name


def _may_be_secret(word: str) -> bool:
    kinds = [kind for kind in ("[a-z]", "[A-Z]", "[0-9]") if re.search(kind, word)]
    mixed = kinds[1:] and len(word) >= (_MIXED if kinds[2:] else _LONG)
    return bool(mixed or re.search("[+=]", word))


def _path_shown(name: str) -> str:
    """The same for a path. Its existing part is shown: nobody makes a folder with a secret as its name."""
    there = Path(name)
    try:
        while not os.path.lexists(there):
            there = there.parent
    except ValueError:
        there = Path(there.anchor)
    missing = str(Path(name).relative_to(there))
    return name if shown_name(missing) == missing else str(there / "***")


def _bare(value: str) -> str:
    return value.removeprefix(MARK).rstrip("\r\n")


def _read(name: str) -> str:
    try:
        with open_input(Path(name)) as file:
            content = file.read(MAX_BYTES + 1)
        value = content.decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        hint = None
        if isinstance(error, UnicodeDecodeError) and content.startswith((b"\xff\xfe", b"\xfe\xff")):
            reason = "it is UTF-16 text, which Windows writes"
            hint = f"iconv -f UTF-16 -t UTF-8 {shlex.quote(name)} > new, and name that"
        if _path_shown(name) != name:
            hint, name = _NO_NAME, _path_shown(name)
        told = f"the secret file {name} can't be read: {reason}"
        raise ConfigError(told, code="config.secret", hint=hint) from None
    if len(content) > MAX_BYTES:
        raise ConfigError(f"the secret file {name} is too large for a secret", code="config.secret")
    return value


def odd_for_a_key(secret: str) -> str | None:
    """Why it can't be an access key, token or API key; the text does not repeat it."""
    if secret[:1] in "\"'" and secret[-1:] == secret[:1]:
        return f"it has quotes {secret[0]} around it: write it again without them"
    if secret != secret.strip():
        return "it has a space before or after it: write it again without that"
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        return "it has a character that no key has, such as a space or a line break: copy only the key"
    return None
