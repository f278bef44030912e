"""Hosts and folders of SSH servers as people paste them: as a URL, as scp writes them, from a shell. Pure."""

from __future__ import annotations

import json
import re
from ipaddress import ip_address

from syncer.settings.spelling import pasted

_ADDRESS = re.compile(
    r"""(?:[A-Za-z][A-Za-z0-9+.-]*://)?
    (?:(?P<user>[^/@:]+)(?::[^/@]*)?@)?
    (?P<host>\[[0-9A-Fa-f:.%]+\]|[^/@:\s]+)
    (?::(?P<port>[0-9]{1,5})(?![^/]))?
    (?P<root>:?/.*|:[^/].*)?""",
    re.VERBOSE | re.DOTALL,
)
_HOME = re.compile(r"(?:~|\$HOME|\$\{HOME\}|%HOME%)(?:/+|$)")


def checked_host(host: str) -> str:
    """Raises `ValueError` with what to write, unless it is a name or an address alone."""
    if flaw := pasted(host):
        raise ValueError(flaw)
    if _is_address(host):
        return host
    found = _ADDRESS.fullmatch(host)
    if not found or found["host"] == host == found["host"].strip("[]"):
        return host
    told = {
        "host": found["host"].strip("[]"),
        "user": found["user"],
        "port": found["port"],
        "root": (found["root"] or "").removeprefix(":").rstrip("/"),
    }
    lines = ", ".join(f"{key}: {_as_yaml(value)}" for key, value in told.items() if value)
    raise ValueError(f"must be the server's name alone: write {lines}")


def checked_root(root: str) -> str:
    """The folder; one below `~` is relative, as the user's home is. Raises `ValueError` as the other does."""
    if flaw := pasted(root):
        raise ValueError(flaw)
    if found := re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*", root) or re.match(r"[\w.@-]{2,}:(?=/)", root):
        raise ValueError(f"must be the folder alone: write {json.dumps(root[found.end() :] or '/')}")
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
