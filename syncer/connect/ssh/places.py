"""Hosts and folders of SSH servers as people paste them: a URL, scp's form, a shell's form. Pure."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address

from syncer.settings.masked import PLACEHOLDER, ValueParts, has_login, is_key, value_parts
from syncer.settings.pasted import pasted

_ADDRESS = re.compile(
    r"""(?:[A-Za-z][A-Za-z0-9+.-]*://)?
    (?P<host>\[[0-9A-Fa-f:.%]+\]|[^/@:\s]+)
    (?::(?P<port>[0-9]{1,5})(?![^/]))?
    (?P<root>:?/.*|:[^/].*)?""",
    re.VERBOSE | re.DOTALL,
)
_HOME = re.compile(r"(?:~|\$HOME|\$\{HOME\}|%HOME%)(?:/+|$)")


def checked_host(host: str) -> str:
    """Raises `ValueError`, with the value to write, unless it is only a name or an address."""
    if flaw := pasted(host):
        raise ValueError(flaw)
    if _is_address(host):
        return host
    if is_key(host):
        raise ValueError("must be the server's name, not a key")
    given = value_parts(host)
    found = _ADDRESS.fullmatch(given.shown)
    if found and given.is_plain and found["host"] == host == found["host"].strip("[]"):
        return host
    if not found or _unsure(given):
        example = f"host: vps.example.com, user: {PLACEHOLDER}"
        raise ValueError(f"must be the server's name alone, such as {example}")
    told = {
        "host": found["host"].strip("[]"),
        "port": found["port"],
        "root": (found["root"] or "").removeprefix(":").rstrip("/"),
    }
    lines = [f"{key}: {_as_yaml(value)}" for key, value in told.items() if value]
    if given.user is not None:
        lines.insert(1, f"user: {PLACEHOLDER}")
    raise ValueError(f"must be the server's name alone: write {', '.join(lines)}")


def _unsure(given: ValueParts) -> bool:
    """Whether a slash before the `@` may start the folder or be part of a password."""
    return "/" in (given.user or "") and "." not in given.plain.partition("/")[0]


def checked_root(root: str) -> str:
    """The folder; one below `~` becomes relative to the user's home. Raises `ValueError` as `checked_host`
    does.
    """
    if flaw := pasted(root):
        raise ValueError(flaw)
    given = value_parts(root)
    url, copied = bool(given.scheme.strip("/")), re.match(r"[\w.@-]{2,}:(?=/)", root)
    if url or has_login(root) or copied:
        rest = given.shown[len(given.scheme) :] if url or has_login(root) else root
        folder = rest[copied.end() :] if copied and rest == root else rest[len(re.split("[:/]", rest)[0]) :]
        raise ValueError(f"must be the folder alone: write {json.dumps(folder.lstrip(':') or '/')}")
    home = _HOME.match(root)
    return root[home.end() :] or "." if home else root


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _as_yaml(value: str) -> str:
    return value if re.fullmatch(r"[\w./-]+", value) else json.dumps(value, ensure_ascii=False)
