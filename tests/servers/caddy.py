"""Real Caddy, from a Caddyfile's text. It is never run as it stands: as root it would put a CA of its own
into the machine's trust store. As JSON that leaves the machine alone, it runs in a folder of its own.
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
    """What Caddy makes of a Caddyfile; a test that gives it a wrong one fails here."""
    (own / "Caddyfile").write_text(text)
    command = ["caddy", "adapt", "--config", str(own / "Caddyfile")]
    done = subprocess.run(command, env=_environment(own), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    adapted: dict[str, Any] = json.loads(done.stdout)
    return adapted


def validate(text: str, own: Path) -> str:
    """What Caddy says against it once all of it is set up, certificates loaded; nothing if all is well."""
    (own / "caddy.json").write_text(json.dumps(tamed(adapt(text, own), {})))
    command = ["caddy", "validate", "--config", str(own / "caddy.json")]
    done = subprocess.run(command, env=_environment(own), capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


def tamed(config: dict[str, Any], ports: Mapping[int, int]) -> dict[str, Any]:
    """Without what reaches the machine or the net; at other ports, on the loopback device."""
    config["admin"] = {"disabled": True, "config": {"persist": False}}
    config["apps"]["pki"] = {"certificate_authorities": {"local": {"install_trust": False}}}
    for server in config["apps"]["http"]["servers"].values():
        server["automatic_https"] = {"disable": True}
        port = int(server["listen"][0].removeprefix(":"))
        server["listen"] = [f"127.0.0.1:{ports.get(port, port)}"]
    return config


@contextmanager
def caddy(text: str, own: Path, ports: Mapping[int, int]) -> Iterator[None]:
    """Runs it; `ports` says where to listen instead of each port it names."""
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
