"""Real Caddy, from a Caddyfile's text. It never runs unchanged: as root it would add its own CA
to the machine's trust store. As JSON without that, it runs in a folder of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.servers.ports import stop, wait_for


def adapt(text: str, own: Path) -> dict[str, Any]:
    """The JSON of a Caddyfile. An invalid one makes the test fail here."""
    (own / "Caddyfile").write_text(text)
    command = ["caddy", "adapt", "--config", str(own / "Caddyfile")]
    done = subprocess.run(command, env=_environment(own), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    adapted: dict[str, Any] = json.loads(done.stdout)
    return adapted


def validate(text: str, own: Path) -> str:
    """Caddy's errors about a config after its set-up with all certificates; empty if there are none."""
    (own / "caddy.json").write_text(json.dumps(tamed(adapt(text, own), {})))
    command = ["caddy", "validate", "--config", str(own / "caddy.json")]
    done = subprocess.run(command, env=_environment(own), capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def tamed(config: dict[str, Any], ports: Mapping[int, int]) -> dict[str, Any]:
    """The config without changes to the machine and without network access, on other ports of the loopback
    device.
    """
    config["admin"] = {"disabled": True, "config": {"persist": False}}
    config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    for server in config["apps"]["http"]["servers"].values():
        server["automatic_https"] = {"disable": True}
        port = int(server["listen"][0].removeprefix(":"))
        server["listen"] = [f"127.0.0.1:{ports.get(port, port)}"]
    return config


@contextmanager
def caddy(text: str, own: Path, ports: Mapping[int, int]) -> Iterator[None]:
    """Run it; `ports` has the port to use instead of each one in the config."""
    (own / "caddy.json").write_text(json.dumps(tamed(adapt(text, own), ports)))
    command = ["caddy", "run", "--config", str(own / "caddy.json")]
    with ExitStack() as closing:
        log = closing.enter_context((own / "caddy.log").open("wb"))
        process = subprocess.Popen(command, env=_environment(own), stderr=log)
        closing.callback(stop, process)
        for port in ports.values():
            wait_for(port, process)
        yield


def _environment(own: Path) -> dict[str, str]:
    home = str(own)
    return {"PATH": os.environ["PATH"], "HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home}
