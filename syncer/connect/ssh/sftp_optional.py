"""What an SFTP server may lack, and what is asked instead. Import this inside a function.

A server has to open, read, write, close, rename and stat. Services in front of a bucket lack most of the
rest, and refuse it with `OP_UNSUPPORTED`, `FAILURE` or `PERMISSION_DENIED`. Each function asks first for
what tells most; `Client.lacks` remembers for the connection what was refused.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from typing import TYPE_CHECKING

from paramiko.sftp import CMD_LSTAT, CMD_REALPATH

from syncer.connect.ssh.sftp import Client, wire
from syncer.connect.ssh.sftp_answers import Refused

if TYPE_CHECKING:
    from paramiko import SFTPAttributes

_GONE = (errno.ENOENT, errno.ENOTDIR)


def stat_or_lstat(client: Client, path: str) -> SFTPAttributes:
    """Of a path, and of a link itself where the server tells links: see `sees_links`. Raises `Refused`."""
    refused: Refused | None = None
    if sees_links(client):
        try:
            return client.lstat(wire(path))
        except Refused as error:
            if error.errno in _GONE:
                raise
            refused = error
    try:
        found = client.stat(wire(path))
    except Refused as error:
        raise error if error.errno in _GONE else refused or error from None
    client.lacks.add(CMD_LSTAT)
    return found


def sees_links(client: Client) -> bool:
    """Whether `stat_or_lstat` tells a link from what it leads to, as far as is known by now."""
    return CMD_LSTAT not in client.lacks


def real(client: Client, path: str) -> str:
    """Absolute, without links where the server resolves them; else the path without `.` and `..`."""
    if CMD_REALPATH not in client.lacks:
        try:
            return client.real(path)
        except Refused as error:
            if error.errno in _GONE or _resolves(client):
                raise
        client.lacks.add(CMD_REALPATH)
    return posixpath.normpath(path).replace("//", "/")


def real_folder(client: Client, path: str) -> str:
    """As `real`, without a slash at its end: empty for `/`. `Refused` with `ENOTDIR` if it is no folder."""
    if not is_folder(client.stat(wire(path))):
        raise Refused(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    return real(client, path).rstrip("/")


def is_folder(found: SFTPAttributes) -> bool:
    """Also where the server does not tell what it is: then what is done in it fails."""
    return found.st_mode is None or stat.S_ISDIR(found.st_mode)


def is_file(found: SFTPAttributes) -> bool:
    """Also where the server does not tell what it is."""
    return found.st_mode is None or stat.S_ISREG(found.st_mode)


def _resolves(client: Client) -> bool:
    """Whether the server resolves any path: every user has a home."""
    try:
        client.real(".")
    except Refused:
        return False
    return True
