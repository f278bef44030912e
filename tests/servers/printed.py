"""The web servers with the text that `syncer origin` prints; only the ports differ."""

from __future__ import annotations

import http.client
import os
import re
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import pytest

from tests.home import Home
from tests.servers.caddy import caddy, validate
from tests.servers.certificates import Certificates
from tests.servers.nginx import HOST
from tests.servers.ports import free_port, stop, wait_for

ROOT = f"https://{HOST}/"
BELOW = f"https://{HOST}/my%20videos/%C3%A9$t'/"
"""A path with a dollar, a quote, a space and an accent."""

NGINX = """
{user}
daemon off;
pid {own}/pid;
error_log {own}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log {own}/access.log;
    client_body_temp_path {own}/body;
    proxy_temp_path {own}/proxy;
    fastcgi_temp_path {own}/fastcgi;
    uwsgi_temp_path {own}/uwsgi;
    scgi_temp_path {own}/scgi;
    # Settings for all sites that would damage media.
    gzip on;
    gzip_types *;
    autoindex on;
    default_type text/html;
    open_file_cache max=100 inactive=1h;
    open_file_cache_valid 1h;
    include {own}/conf.d/*.conf;
}}
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Server:
    """A web server with the printed text."""

    host: str
    ports: Mapping[int, int]
    """Its ports, by the port in the text."""
    ca: Path
    root: Path
    base: str = "/"
    """Path of the URL where the root is."""

    def ask(self, target: str, method: str = "GET", *, port: int = 443, **headers: str) -> Answer:
        """The target as it is, nothing normalised. Header names with `_` for `-`."""
        with self.opened(target, method, port=port, **headers) as answer:
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())

    @contextmanager
    def opened(
        self, target: str, method: str = "GET", *, port: int = 443, **headers: str
    ) -> Iterator[http.client.HTTPResponse]:
        """The same, before the body is read."""
        with closing(socket.create_connection(("127.0.0.1", self.ports[port]), timeout=30)) as wire:
            context = ssl.create_default_context(cafile=self.ca)
            connection = http.client.HTTPConnection(self.host)
            connection.sock = wire if port == 80 else context.wrap_socket(wire, server_hostname=self.host)
            with closing(connection):
                connection.putrequest(method, target, skip_accept_encoding=True)
                for name, value in {**headers, "Connection": "close"}.items():
                    connection.putheader(name.replace("_", "-"), value)
                connection.endheaders()
                yield connection.getresponse()


class Serve(Protocol):
    """Run a web server with the text that `syncer origin` prints for the home's config.

    Below a path, the printed text is a part of an existing site, whose text has `PART`.
    """

    def __call__(
        self, kind: str, url: str = f"https://{HOST}/", site: str | None = None, *, alone: bool = False
    ) -> Server: ...


PART = "# part"
"""The place for the printed lines in a site's text."""
SITES = {
    "nginx": """
server {{
    listen 80;
    listen [::]:80;
    server_name {host};
    return 404;
}}
server {{
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name {host};
    ssl_certificate "{pem}";
    ssl_certificate_key "{pem}";
    {more}
    # part
}}
""",
    "caddy": """
http://{host} {{
	respond 404
}}
https://{host} {{
	tls "{pem}" "{pem}"
	{more}
	# part
}}
""",
}
"""An existing site, by kind."""
EMPTY = {"nginx": "location / { return 404; }", "caddy": "respond 404"}


@pytest.fixture
def serve(home: Home, certificates: Certificates) -> Iterator[Serve]:
    with ExitStack() as running:

        def start(
            kind: str, url: str = f"https://{HOST}/", site: str | None = None, *, alone: bool = False
        ) -> Server:
            ports = {443: free_port(), 80: free_port()}
            connect_to = f"127.0.0.1:{ports[443]}"
            home.config["origin"] |= {"url": url, "property": url, "connect_to": connect_to}
            pem = str(certificates.leaf(HOST))
            path = urlsplit(url).path
            given = ("--certificate", pem, "--key", pem) if path == "/" else ()
            printed = home.syncer("origin", kind, *given)
            assert printed.code == 0, printed.err
            text = printed.out
            if path != "/":
                existing = SITES[kind].format(host=HOST, pem=pem, more=site or EMPTY[kind])
                text = existing.replace(PART, "" if alone else text)
            own = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="syncer-test-")))
            running.enter_context(RUN[kind](text, own, ports))
            return Server(HOST, ports, certificates.ca, home.site.root, path)

        yield start


@contextmanager
def _nginx(text: str, own: Path, ports: Mapping[int, int]) -> Iterator[None]:
    process = subprocess.Popen(_installed([_moved(text, ports)], own))
    try:
        for port in ports.values():
            wait_for(port, process)
        yield
    finally:
        stop(process)


def _moved(text: str, ports: Mapping[int, int]) -> str:
    """The text with other ports, on the loopback device."""
    for port, other in ports.items():
        text, plain = re.subn(rf"(?m)^( *listen) {port}\b", rf"\1 127.0.0.1:{other}", text)
        text, six = re.subn(rf"(?m)^( *listen) \[::\]:{port}\b", rf"\1 [::1]:{other}", text)
        assert plain == six == 1
    return text


def _installed(texts: Sequence[str], own: Path) -> list[str]:
    (own / "conf.d").mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (own / "conf.d" / f"{number}.conf").write_text(text)
    user = "user www-data;" if os.geteuid() == 0 else ""
    (own / "nginx.conf").write_text(NGINX.format(user=user, own=own))
    return ["nginx", "-p", str(own), "-e", str(own / "error.log"), "-c", str(own / "nginx.conf")]


def _nginx_says(texts: Sequence[str], own: Path) -> str:
    command = [*_installed(texts, own), "-t", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _caddy_says(texts: Sequence[str], own: Path) -> str:
    return validate("\n".join(texts), own)


RUN: Mapping[str, Callable[[str, Path, Mapping[int, int]], AbstractContextManager[None]]] = {
    "nginx": _nginx,
    "caddy": caddy,
}
"""By kind: run a text in an empty folder."""
SAYS: Mapping[str, Callable[[Sequence[str], Path], str]] = {"nginx": _nginx_says, "caddy": _caddy_says}
"""By kind: the server's errors about several texts together."""
