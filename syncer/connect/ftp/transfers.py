"""The upload or download of one file over FTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncer.connect.ftp.channel import FtpChannel
from syncer.connect.ftp.control import FtpControl, FtpRefused

if TYPE_CHECKING:
    from syncer.connect.ftp.client import FtpClient

WORK_RATE = 10_000_000
"""Bytes a second that a slow server hashes, or writes to its disk."""


class FtpUpload:
    """An upload of one file."""

    def __init__(self, client: FtpClient, control: FtpControl, data: FtpChannel) -> None:
        self._client = client
        self._control = control
        self._data = data
        self._is_replied = False
        self.sent = 0

    def send(self, chunk: bytes) -> None:
        """Send a chunk."""
        with self._refusals():
            self._data.send(chunk)
        self.sent += len(chunk)

    def finish(self) -> None:
        """Wait until the server has all bytes. After a refusal it sends no other reply."""
        if self._is_replied:
            return
        try:
            with self._refusals():
                self._data.finish()
            self._await_reply(self.sent / WORK_RATE)
        finally:
            self._data.close()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        """A server that can't continue (full disk) closes the data connection, and replies why."""
        try:
            yield
        except OSError:
            self._data.close()
            self._await_reply()  # raises `FtpRefused`, or the error of the control connection
            raise

    def _await_reply(self, work: float = 0.0) -> None:
        try:
            self._control.await_reply(work)
        except FtpRefused as error:
            error.uploading = True
            self._client.usable = self._is_replied = True
            raise
        self._client.usable = self._is_replied = True

    def drop(self) -> None:
        """Give up: the connection can't be used any more."""
        self._data.close()


class FtpDownload:
    """The bytes of one file, as they come."""

    def __init__(self, client: FtpClient, control: FtpControl, data: FtpChannel) -> None:
        self._client = client
        self._control = control
        self._data = data
        self._ended = False

    def read(self) -> bytes:
        """Empty at the end, when the server has said that this was all. Raises `FtpRefused` if it was not."""
        if self._ended:
            return b""
        chunk = self._data.receive()
        if not chunk:
            self._ended = True
            self._data.close()
            try:
                self._control.await_reply()
            except FtpRefused:
                self._client.usable = True
                raise
            self._client.usable = True
        return chunk

    def leave(self) -> None:
        """What is still to come is not waited for: then the connection can't be used any more."""
        self._data.close()
