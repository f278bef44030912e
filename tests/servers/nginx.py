"""Real nginx: an HTTPS origin on the loopback device with a host name of its own.

As root its workers run as www-data, so they serve only files that any user may read.
"""

from __future__ import annotations

import os
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import httpx
import pytest

from tests.rigs.destination import Visit
from tests.servers.certificates import Certificates
from tests.servers.ports import free_port, stop, wait_for

HOST = "media.example.test"

CONFIG = """
{user}
worker_processes 1;
daemon off;
pid {own}/pid;
error_log {own}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log {own}/access.log;
    client_body_temp_path {own}/body;
    proxy_temp_path {own}/proxy;
    fastcgi_temp_path {own}/fastcgi;
    uwsgi_temp_path {own}/uwsgi;
    scgi_temp_path {own}/scgi;
    server_tokens off;
    sendfile on;
    tcp_nodelay on;
    keepalive_requests 100000;
    default_type application/octet-stream;
    types {{
        video/mp4 mp4 m4v;
        video/quicktime mov;
        video/webm webm;
        image/jpeg jpg jpeg;
        image/webp webp;
        image/png png;
        text/plain txt;
        text/html html;
    }}
    {http}
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name {host};
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        root "{root}";
        location ~ /\\.syncer- {{ return 404; }}
        {server}
        location / {{
            {location}
            try_files $uri =404;
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Site:
    """One running nginx."""

    root: Path
    host: str
    port: int
    ca: Path
    """The CA file for clients."""
    own: Path
    """Its own folder, with `access.log` and `error.log`."""
    process: subprocess.Popen[bytes] = field(repr=False)
    _client: httpx.Client = field(repr=False)

    @property
    def url(self) -> str:
        return f"https://{self.host}/"

    @property
    def connect_to(self) -> str:
        return f"127.0.0.1:{self.port}"

    def get(self, path: str) -> httpx.Response:
        """A plain GET of an unquoted path over verified TLS, redirects not followed."""
        return self.fetch(self.url + quote(path))

    def fetch(self, url: str) -> httpx.Response:
        """The same for a public URL."""
        return self._client.get(
            f"https://127.0.0.1:{self.port}/{url.removeprefix(self.url)}",
            headers={"Host": self.host},
            extensions={"sni_hostname": self.host},
        )

    def visit(self, path: str) -> Visit | None:
        """The answer to an anonymous visitor; `None` for a 404."""
        answer = self.get(path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        answer.raise_for_status()
        return Visit(answer.content, answer.headers["Content-Type"])

    def log(self) -> list[str]:
        """One line for each request so far."""
        return (self.own / "access.log").read_text().splitlines()


class StartNginx(Protocol):
    """Serve a folder; `server` and `location` (or `http`) are further lines of configuration."""

    def __call__(  # noqa: PLR0913 - one argument for each place where a test may add configuration
        self,
        root: Path,
        *,
        host: str = HOST,
        certificate: Path | None = None,
        http: str = "",
        server: str = "",
        location: str = "",
    ) -> Site: ...


@pytest.fixture
def nginx(certificates: Certificates) -> Iterator[StartNginx]:
    """A factory: each call starts another nginx; all of them end with the test."""
    with ExitStack() as running:

        def start(  # noqa: PLR0913 - see StartNginx
            root: Path,
            *,
            host: str = HOST,
            certificate: Path | None = None,
            http: str = "",
            server: str = "",
            location: str = "",
        ) -> Site:
            pem = certificate or certificates.leaf(host)
            places = {"http": http, "server": server, "location": location}
            return running.enter_context(serving(root, host, pem, certificates.ca, places))

        yield start


@contextmanager
def serving(root: Path, host: str, certificate: Path, ca: Path, places: dict[str, str]) -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="syncer-test-nginx-") as folder, ExitStack() as closing:
        own, port = Path(folder), free_port()
        user = "user www-data;" if os.geteuid() == 0 else ""
        config = own / "nginx.conf"
        fields = {
            "user": user,
            "own": own,
            "port": port,
            "host": host,
            "certificate": certificate,
            "root": root,
        }
        config.write_text(CONFIG.format(**fields, **places))
        process = subprocess.Popen(["nginx", "-p", folder, "-e", own / "error.log", "-c", config])
        closing.callback(stop, process)
        wait_for(port, process)
        client = closing.enter_context(
            httpx.Client(verify=ssl.create_default_context(cafile=ca), timeout=30, trust_env=False)
        )
        yield Site(root, host, port, ca, own, process, client)


@pytest.fixture
def web_root() -> Iterator[Path]:
    """An empty folder that any user may enter, unlike pytest's folders."""
    with tempfile.TemporaryDirectory(prefix="syncer-test-web-") as folder:
        Path(folder).chmod(0o755)
        root = Path(folder) / "root"
        root.mkdir(mode=0o755)
        root.chmod(0o755)
        yield root
