"""`serve`: the origin of a config on this machine."""

from __future__ import annotations

import signal
import subprocess

from tests.home import Home
from tests.servers.ports import free_port


def test_serve_says_what_it_cannot_serve(home: Home) -> None:
    home.config["origin"]["url"] = home.config["origin"]["property"] = f"{home.site.url}videos/"
    ran = home.syncer("serve")
    assert ran.code == 2
    assert "has a path" in ran.err
    home.config["origin"]["destination"] = {"kind": "s3", "bucket": "b"}
    ran = home.syncer("serve")
    assert ran.code == 2
    assert "only a local" in ran.err


def test_serve_may_be_quiet(home: Home) -> None:
    port = free_port()
    url = f"https://localhost:{port}/"
    home.config["origin"] = {
        "url": url,
        "property": url,
        "destination": home.config["origin"]["destination"],
    }
    with home.start("serve", "--quiet", stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert b"origin.ca: " in b"".join(process.stderr.readline() for _ in range(3))
        curl = [
            "curl",
            "-s",
            "--cacert",
            str(home.folder / "ca/ca.pem"),
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            url,
        ]
        assert subprocess.run(curl, capture_output=True, check=True).stdout == b"404"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b""
    assert process.returncode == 0
