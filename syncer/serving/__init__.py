"""A local HTTPS origin, for trials before there is a server. Needs the extra `serve`.

It serves the media below one folder as platforms need it: exact lengths and types, HEAD and ranges, no
redirect, no listing, no encoding. It also serves signature files and robots.txt. TLS comes from a private CA
(`authority.py`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading  # one server thread beside the caller; it does no work of a run
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Self

from syncer.errors import SyncerError
from syncer.serving.authority import Authority, require_extra
from syncer.serving.doorway import Bounds, Doorway
from syncer.serving.files import Files

if TYPE_CHECKING:
    import uvicorn

DEFAULT_PORT = 8443

GRACE = 3
"""Seconds for downloads to finish after `stop`."""


@dataclass(frozen=True, slots=True)
class LocalOrigin:
    """What to serve, and where."""

    root: Path
    authority: Path
    """The folder of the private CA, outside of `root`; made if missing."""
    host: str = "localhost"
    """Address or name to listen on. Other machines reach it unless it is loopback."""
    port: int = DEFAULT_PORT
    """0 is any free port."""
    names: tuple[str, ...] = ()
    """More names for the certificate, beside localhost, 127.0.0.1, ::1 and `host`."""
    signatures: frozenset[str] = frozenset()
    """Paths of signature files below `root` with unusual names."""
    bounds: Bounds = field(default=Bounds())
    log: Callable[[str], None] = field(default=lambda _line: None)
    """Called from the server's thread with one line per request, `METHOD PATH STATUS BYTES`."""

    def start(self) -> Running:
        """Serve in a thread of its own. Raises `SyncerError` (`serve.…`) if that is impossible."""
        require_extra()
        import uvicorn

        root = Path(os.path.realpath(self.root))
        if not root.is_dir():
            raise SyncerError(f"there is no folder {self.root} to serve", code="serve.root")
        if Path(os.path.realpath(self.authority)).is_relative_to(root):
            raise SyncerError(
                f"the private CA's folder {self.authority} is inside {self.root}, so its key would be served",
                code="serve.ca",
                hint="choose a folder outside it",
            )
        authority = Authority(self.authority)
        names = ("localhost", "127.0.0.1", "::1", self.host, *self.names)
        context = authority.server_context(names)
        listener = _listen(self.host, self.port, self.bounds.connections)
        config = uvicorn.Config(
            Files(root, self.log, self.signatures),
            http=_visitors(listener, self.bounds),
            ws="none",
            loop="asyncio",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            log_level="critical",  # `log` gets every request, also the failed ones
            timeout_keep_alive=self.bounds.idle_seconds,
            ssl_context_factory=lambda _config, _default: context,
        )
        return Running(self.host, authority.certificate, _server(config), listener)


class Running:
    """A running local origin. A context manager: leaving it stops the server."""

    def __init__(self, host: str, ca: Path, server: uvicorn.Server, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.url = url_of(host, self.port)
        """With a slash at its end."""
        self.ca = ca
        """The file to trust, as in `curl --cacert`."""
        self._server = server
        self._ended: SimpleQueue[signal.Signals | None] = SimpleQueue()
        # Daemonic: it ends with a caller that dies without `stop`.
        self._thread = threading.Thread(
            target=self._serve, args=(listener,), name="local origin", daemon=True
        )
        self._thread.start()

    def _serve(self, listener: socket.socket) -> None:
        try:
            self._server.run(sockets=[listener])
        finally:
            self._ended.put(None)

    def stop(self) -> None:
        """Accept no more requests; running downloads have `GRACE` seconds. It may be called twice."""
        self._server.should_exit = True
        self._thread.join()

    def wait(self) -> signal.Signals | None:
        """Serve until SIGINT or SIGTERM, then stop. Returns the signal; `None` if the server ended by itself.

        Call it in the main thread. It restores the previous handlers.
        """
        ended = self._ended  # put() of a SimpleQueue may be called in a signal handler; Event.set() may not
        before = {
            number: signal.signal(number, lambda got, _frame: ended.put(signal.Signals(got)))
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            return ended.get()
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _visitors(doorway_: Doorway, bounds_: Bounds) -> type[asyncio.Protocol]:
    from syncer.serving.visitor import ServedConnection

    class Visitors(ServedConnection):
        doorway = doorway_
        bounds = bounds_

    return Visitors


def _server(config: uvicorn.Config) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        """Aborts unfinished connections after `GRACE`: a plain close waits for visitors who do not read."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            asyncio.get_running_loop().call_later(GRACE, self.cut_off)
            await super().shutdown(sockets)

        def cut_off(self) -> None:
            for connection in list(self.server_state.connections):
                connection.transport.abort()

    return Server(config)


def free_port(preferred: int, host: str = "localhost") -> int:
    """`preferred` if nothing listens there, otherwise any free port. It is not reserved: use it soon."""
    try:
        listener = _listen(host, preferred)
    except SyncerError:
        listener = _listen(host, 0)
    with listener:
        port: int = listener.getsockname()[1]
        return port


def _listen(host: str, port: int, most: int = Bounds().connections) -> Doorway:
    """A listening socket, so that a client waits if it connects before the server's thread is ready."""
    try:
        # IPv4 if there is a choice: certificates, logs and people use 127.0.0.1.
        family, *_, address = min(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        raise SyncerError(
            f"can't listen on {host}:{port}: {error}", code="serve.host", hint="choose another with --host"
        ) from None
    listener = Doorway(family, socket.SOCK_STREAM, most)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address[0], port, *address[2:]))
        listener.listen()
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise SyncerError(
            f"can't listen on {host}:{port}: {reason}", code="serve.port", hint="choose another with --port"
        ) from None
    return listener


def url_of(host: str, port: int) -> str:
    """The URL with a slash at its end; localhost for a wildcard address."""
    name = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104 - compared, not bound
    name = f"[{name}]" if ":" in name else name
    return f"https://{name}/" if port == 443 else f"https://{name}:{port}/"  # noqa: PLR2004 - https' own
