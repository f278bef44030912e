"""Free ports on the loopback device, and the wait for a server on one."""

from __future__ import annotations

import socket
import subprocess
import time


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(
    port: int, server: subprocess.Popen[bytes], seconds: float = 10, address: str = "127.0.0.1"
) -> None:
    """Wait until the server accepts connections; fails if it ends."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:  # refused, or too busy to answer
            assert server.poll() is None, f"{server.args!r} ended with {server.returncode}"
            assert time.monotonic() < deadline, f"{server.args!r} did not listen within {seconds} s"
            time.sleep(0.02)
        else:
            return


def stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
