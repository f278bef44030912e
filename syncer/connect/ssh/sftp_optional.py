"""Replacements for requests that an SFTP server may lack. Import this inside a function.

A server has to open, read, write, close, rename and stat. Services in front of a bucket lack most of the
rest, and refuse it with `OP_UNSUPPORTED`, `FAILURE` or `PERMISSION_DENIED`. Each function tries the most
informative request first. `Client.lacks` holds the refused ones of a connection.
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
    """The attributes of a path, or of a link itself if the server has lstat. Raises `Refused`."""
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
    """Whether `stat_or_lstat` tells a link from its target, as far as is known."""
    return CMD_LSTAT not in client.lacks


def real(client: Client, path: str) -> str:
    """The absolute path, without links if the server resolves them; else the path without `.` and `..`."""
    if CMD_REALPATH not in client.lacks:
        try:
            return client.real(path)
        except Refused as error:
            if error.errno in _GONE or _resolves(client):
                raise
        client.lacks.add(CMD_REALPATH)
    return posixpath.normpath(path).replace("//", "/")


def real_folder(client: Client, path: str) -> str:
    """As `real`, without a final slash: empty for `/`. Raises `Refused` with `ENOTDIR` if it is no folder."""
    if not is_folder(client.stat(wire(path))):
        raise Refused(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    return real(client, path).rstrip("/")


def is_folder(found: SFTPAttributes) -> bool:
    """True too if the server does not say what it is: then a request in it fails."""
    return found.st_mode is None or stat.S_ISDIR(found.st_mode)


def is_file(found: SFTPAttributes) -> bool:
    """True too if the server does not say what it is."""
    return found.st_mode is None or stat.S_ISREG(found.st_mode)


def _resolves(client: Client) -> bool:
    """Whether the server resolves any path at all: `.` always exists."""
    try:
        client.real(".")
    except Refused:
        return False
    return True
