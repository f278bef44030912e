"""A user's folder: a config, media, and a web server for what is published."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncer import cli
from syncer.destinations.keys import OWNER_MARK
from syncer.settings.fields import Settings
from tests.servers.nginx import Site, StartNginx

TOKEN = "AbCdEfGhIjKlMnOpQrStUvWxYz012345"
SIGNATURE = f"tiktok{TOKEN}.txt"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Home:
    """Everything relative to one folder; `config` is written before each command."""

    folder: Path
    site: Site
    config: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.media.mkdir(exist_ok=True)
        self.config |= {
            "origin": {
                "url": self.site.url,
                "property": self.site.url,
                "ca": str(self.site.ca),
                "connect_to": self.site.connect_to,
                "destination": {"kind": "local", "root": str(self.site.root)},
            },
            "sources": {"clips": {"kind": "local", "root": "media"}},
            "manifest": ["urls.json"],
            "check": {"recheck": None},
            "workers": 3,
        }

    @property
    def media(self) -> Path:
        return self.folder / "media"

    def put(self, key: str, content: bytes) -> Path:
        path = self.media / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def sign(self) -> Path:
        """Bring a signature file, and name it in the config."""
        file = self.folder / SIGNATURE
        file.write_text(f"tiktok-developers-site-verification={TOKEN}")
        self.config["origin"]["signature_files"] = [SIGNATURE]
        return file

    def syncer(self, *arguments: str) -> Ran:
        """In this process."""
        self.write()
        names = 2 if arguments[0] == "catalogue" else 1
        return self.syncer_alone(*arguments[:names], "-c", str(self._file), *arguments[names:])

    @staticmethod
    def syncer_alone(*arguments: str) -> Ran:
        """Without this config."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = cli.run([*arguments])
        return Ran(int(code), out.getvalue(), err.getvalue())

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """In a process of its own."""
        self.write()
        command = [sys.executable, "-m", "syncer", arguments[0], "-c", str(self._file), *arguments[1:]]
        return subprocess.Popen(command, env=dict(os.environ), **options)

    def sync(self, *arguments: str) -> Any:
        """Runs `sync --json`: its answer, in which `exit_code` is the process's."""
        ran = self.syncer("sync", "--json", *arguments)
        assert ran.out, ran.err
        assert ran.json["exit_code"] == ran.code
        return ran.json | {"log": ran.err}

    def manifest(self) -> dict[str, Any]:
        """Records of `urls.json` by key."""
        return {item["key"]: item for item in json.loads((self.folder / "urls.json").read_text())["items"]}

    def troubles(self) -> dict[str, Any]:
        return {trouble["key"]: trouble for trouble in self.syncer("status", "--json").json["troubles"]}

    def public(self) -> set[str]:
        """Every file below the web root, relative to it, but the owner mark, which is not served."""
        root = self.site.root
        found = {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}
        return found - {OWNER_MARK}

    @property
    def _file(self) -> Path:
        return self.folder / "config.yaml"

    def write(self) -> None:
        self._file.write_text(yaml.safe_dump(self.config, allow_unicode=True))


@pytest.fixture
def home(tmp_path: Path, nginx: StartNginx, web_root: Path) -> Home:
    return Home(tmp_path, nginx(web_root))


def plain(settings: Settings) -> dict[str, Any]:
    """As the config file would say it."""
    return {
        name: str(value) if isinstance(value, Path) else value
        for name, value in settings
        if value is not None
    }
