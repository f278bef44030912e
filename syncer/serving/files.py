"""The files below one folder over HTTP: Starlette does ranges and validators, this module finds the file."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.origin.ownership.shapes import is_signature
from syncer.probe.media_types import by_name
from syncer.urls.safe_names import is_media

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send

CHUNK = 256 * 1024
NOSNIFF = {"x-content-type-options": "nosniff"}
"""So that no browser reads media as a page."""

_RANGE = re.compile(r"bytes=\s*(\d+-\d*|-\d+)(\s*,\s*(\d+-\d*|-\d+))*\s*", re.IGNORECASE)
_STATUS = {
    errno.ENOENT: 404,
    errno.ENOTDIR: 404,
    errno.ELOOP: 404,
    errno.ENAMETOOLONG: 404,
    errno.ENXIO: 404,  # a socket
    errno.EACCES: 403,
}


class Files:
    """An ASGI application that serves only the media below a folder, signature files and robots.txt."""

    def __init__(self, root: Path, log: Callable[[str], None], signatures: frozenset[str]) -> None:
        """`signatures`: paths of signature files with unusual names."""
        self._root = root
        self._log = log
        self._signatures = signatures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, size = "-", 0

        async def count(message: Message) -> None:
            nonlocal status, size
            status = str(message.get("status", status))
            size += len(message.get("body", b""))
            await send(message)

        try:
            await self._answer(scope, receive, count)
        except Exception as error:
            status += f" ({type(error).__name__})"
            raise
        finally:
            self._log(f"{scope['method']} {scope['raw_path'].decode('ascii', 'replace')} {status} {size}")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.concurrency import run_in_threadpool

        if scope["method"] not in ("GET", "HEAD"):
            await _refusal(HTTPStatus.METHOD_NOT_ALLOWED)(scope, receive, send)
            return
        try:
            file = await run_in_threadpool(self._open, scope["path"])
        except OSError as error:
            await _refusal(_STATUS.get(error.errno or 0, 500))(scope, receive, send)
            return
        try:
            await _response(file, scope)(_plain(scope), receive, send)
        finally:
            os.close(file)

    def _open(self, path: str) -> int:
        """A descriptor of the regular file at the URL's path. Raises `OSError` if it must not be served."""
        name = path.removeprefix("/")
        if not (is_media(name) or is_signature(name) or name == "robots.txt" or name in self._signatures):
            raise _missing()
        return _opened(self._root, name)


def _missing() -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _refusal(status: int) -> Response:
    from starlette.responses import Response

    headers = {"content-type": "text/plain", **NOSNIFF}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["allow"] = "GET, HEAD"
    return Response(f"{HTTPStatus(status).phrase}\n", status, headers)


def _opened(root: Path, name: str) -> int:
    """A descriptor of the file. Names that begin with a dot are not served: staged files have such names."""
    segments = name.split("/")
    if "\0" in name or any(not segment or segment.startswith(".") for segment in segments):
        raise _missing()
    try:
        real = os.path.realpath(root.joinpath(*segments))
    except RecursionError:  # a chain of links that the system would not follow either
        raise _missing() from None
    if not Path(real).is_relative_to(root):
        raise _missing()
    file = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # no waiting for a pipe's writer
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise _missing()
    return file


def _response(file: int, scope: Scope) -> Response:
    from starlette.datastructures import Headers
    from starlette.responses import FileResponse
    from starlette.staticfiles import NotModifiedResponse, StaticFiles

    status = os.fstat(file)
    headers = {
        "content-type": by_name(scope["path"]),
        **NOSNIFF,
        "etag": f'"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"',
    }
    # By its descriptor: a file that is replaced or deleted now is still sent whole, with its old length.
    response = FileResponse(f"/dev/fd/{file}", headers=headers, stat_result=status)
    response.chunk_size = CHUNK
    if StaticFiles().is_not_modified(response.headers, Headers(scope=scope)):
        return NotModifiedResponse(response.headers)
    return response


def _plain(scope: Scope) -> Scope:
    """Without a Range that RFC 9110 says to ignore: with HEAD, in another unit, or malformed."""
    if scope["method"] == "GET":
        ranges = [value for name, value in scope["headers"] if name == b"range"]
        if all(_RANGE.fullmatch(value.decode("latin-1")) for value in ranges):
            return scope
    return {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"range"]}
