"""Real Apache, as on hosts with PHP: each ending of a name counts, and some start an interpreter.

The interpreter is a script that prints its input.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx

from tests.servers.ports import free_port, stop, wait_for

MODULES = (
    "mpm_prefork",
    "authz_core",
    "mime",
    "alias",
    "actions",
    "cgi",
    "asis",
    "negotiation",
    "imagemap",
    "dir",
)
CONFIG = """
ServerName media.example.test
Listen 127.0.0.1:{port}
PidFile {own}/pid
ErrorLog {own}/error.log
Mutex file:{own}
{user}
{modules}
TypesConfig {own}/mime.types
DocumentRoot "{root}"
ScriptAlias /interpreter/ {own}/cgi/
Action php /interpreter/php
AddHandler php .php .php5 .phtml .pht .phar .inc .cgi .pl .py .shtml .asp .aspx .jsp .html .js
AddHandler type-map .var
AddHandler send-as-is .asis
AddHandler imap-file .map
AddEncoding x-gzip .gz
AddEncoding x-compress .Z
AddEncoding br .br
DirectoryIndex index.php
<Directory "{root}">
    AllowOverride All
    Options All
    Require all granted
</Directory>
<Directory "{own}/cgi">
    Require all granted
</Directory>
"""
INTERPRETER = '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\nran %s" "$PATH_TRANSLATED"\n'
TYPES = "image/jpeg jpg jpeg\nvideo/mp4 mp4\ntext/html html htm\nimage/svg+xml svg\n"
"""The MIME types of an old machine, without WebP and WebM."""


@dataclass(frozen=True)
class Apache:
    port: int

    def get(self, path: str) -> httpx.Response:
        """A plain GET of an unquoted path."""
        return httpx.get(f"http://127.0.0.1:{self.port}/{quote(path)}", trust_env=False, timeout=30)


@contextmanager
def apache(root: Path) -> Iterator[Apache]:
    with tempfile.TemporaryDirectory(prefix="syncer-test-apache-") as folder:
        own, port = Path(folder), free_port()
        own.chmod(0o755)
        (own / "mime.types").write_text(TYPES)
        (own / "cgi").mkdir(mode=0o755)
        (own / "cgi" / "php").write_text(INTERPRETER)
        (own / "cgi" / "php").chmod(0o755)
        modules = "\n".join(
            f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES
        )
        user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        config = CONFIG.format(port=port, own=own, user=user, modules=modules, root=root)
        (own / "apache.conf").write_text(config)
        command = ["apache2", "-D", "FOREGROUND", "-d", folder, "-f", str(own / "apache.conf")]
        process = subprocess.Popen(command, start_new_session=True)  # it kills its whole process group
        try:
            wait_for(port, process)
            yield Apache(port)
        finally:
            stop(process)
