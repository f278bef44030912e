"""The keys of one host in a known_hosts file.

Read as OpenSSH does: plain and hashed names, `[host]:port`, wildcards, negation, and `@revoked`. Certificate
authorities and malformed lines are skipped.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class HostKey:
    algorithm: str
    blob: bytes
    """The key in its wire format."""
    revoked: bool


def known_keys(file: Path, host: str, port: int) -> list[HostKey]:
    """The keys in the file for the host; none if there is no file. Raises `OSError`."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    if port == SSH_PORT:
        return list(_keys(lines, host.lower()))
    # as ssh does: a port without an entry of its own uses the keys of the host
    return list(_keys(lines, f"[{host.lower()}]:{port}")) or list(_keys(lines, host.lower()))


def _keys(lines: list[str], name: str) -> Iterator[HostKey]:
    for line in lines:
        marker, _, rest = line.strip().partition(" ") if line.startswith("@") else ("", "", line)
        fields = rest.split()
        if line.startswith("#") or marker not in ("", "@revoked") or len(fields) < 3:  # noqa: PLR2004 - names, type, key
            continue
        if _names(fields[0], name):
            try:
                blob = base64.b64decode(fields[2], validate=True)
            except binascii.Error:
                continue
            yield HostKey(fields[1], blob, revoked=bool(marker))


def _names(patterns: str, name: str) -> bool:
    """Whether the first field of a line matches the host; a negated pattern overrules the others."""
    if patterns.startswith("|1|"):
        return _hashed(patterns, name)
    found = False
    for pattern in patterns.lower().split(","):
        negated, plain = pattern.startswith("!"), pattern.removeprefix("!")
        if re.fullmatch(_wildcards(plain), name):
            if negated:
                return False
            found = True
    return found


def _wildcards(pattern: str) -> str:
    """The pattern as a regular expression. Only `*` and `?` are wildcards; the brackets of `[host]:port` are
    not.
    """
    return fnmatch.translate(pattern.replace("[", "[[]"))


def _hashed(entry: str, name: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in entry.split("|")[2:4])
    except ValueError:
        return False
    return hmac.compare_digest(hmac.digest(salt, name.encode(), hashlib.sha1), digest)
