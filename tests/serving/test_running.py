"""Starting, waiting for and stopping the local origin: ports, addresses, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from syncer import serving
from syncer.errors import SyncerError
from syncer.serving import Running, free_port
from tests.serving.visitors import big, start, stranger


def test_it_listens_on_loopback_only(origin: Running) -> None:
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    assert f" 0100007F:{origin.port:04X} " in listening
    assert f" 00000000:{origin.port:04X} " not in listening


def test_a_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SyncerError, match="there is no folder") as caught:
        start(tmp_path, root=tmp_path / "none")
    assert caught.value.code == "serve.root"


def test_a_taken_port_is_an_error(tmp_path: Path, origin: Running) -> None:
    with pytest.raises(
        SyncerError, match=f"{origin.port}: Address already in use; choose another with --port"
    ):
        start(tmp_path, port=origin.port)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"host": "no.such.host.invalid"}, "serve.host"),
        ({"host": "192.0.2.1"}, "serve.port"),
        ({"port": 70000}, "serve.port"),
    ],
)
def test_an_impossible_address_is_an_error(tmp_path: Path, options: dict[str, object], code: str) -> None:
    with pytest.raises(SyncerError, match="can't listen on") as caught:
        start(tmp_path, **options)
    assert caught.value.code == code


def test_free_port_prefers_the_given_port(origin: Running) -> None:
    port = free_port(0)
    assert free_port(port) == port
    assert free_port(origin.port) not in (0, origin.port)


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("localhost", 8443, "https://localhost:8443/"),
        ("127.0.0.1", 443, "https://127.0.0.1/"),
        ("::1", 8443, "https://[::1]:8443/"),
        ("0.0.0.0", 8443, "https://localhost:8443/"),  # noqa: S104 - nothing is bound here
    ],
)
def test_the_url_works_in_a_browser(host: str, port: int, url: str) -> None:
    assert serving.url_of(host, port) == url


def test_stopping_frees_the_port_and_may_be_done_twice(tmp_path: Path) -> None:
    running = start(tmp_path)
    running.stop()
    running.stop()
    with start(tmp_path, port=running.port) as again:
        assert again.port == running.port


def test_stopping_does_not_wait_for_ever(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visitor who stops reading is cut off, and the part does not look complete."""
    monkeypatch.setattr(serving, "GRACE", 1)
    running = start(tmp_path)
    (tmp_path / "root" / "big.mp4").write_bytes(big())
    with stranger(running) as client, client.stream("GET", "big.mp4") as answer:
        begun = time.monotonic()
        running.stop()
        assert time.monotonic() - begun < 60
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    assert not caplog.records


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_ends_with_a_signal_and_restores_the_handlers(tmp_path: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    running = start(tmp_path)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), number))
    timer.start()
    assert running.wait() is number
    timer.join()
    assert signal.getsignal(number) is before
    with start(tmp_path, port=running.port):
        pass


def test_waiting_ends_when_another_thread_stops_it(tmp_path: Path) -> None:
    running = start(tmp_path)
    timer = threading.Timer(0.2, running.stop)
    timer.start()
    assert running.wait() is None
    timer.join()


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("uvicorn", "serving.LocalOrigin(Path('.'), Path('ca')).start()"),
        ("starlette", "serving.LocalOrigin(Path('.'), Path('ca')).start()"),
        ("trustme", "authority.Authority(Path('ca'))"),
    ],
)
def test_without_the_extra_the_message_says_how_to_get_it(tmp_path: Path, module: str, call: str) -> None:
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from pathlib import Path\n"
        "from syncer import serving\n"
        "from syncer.serving import authority\n"
        f"try: {call}\n"
        "except Exception as error: print(type(error).__name__, error.code, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        f"SyncerError serve.extra serving needs the Python package {module}, which is not installed; "
        "pip install 'syncer[serve]'\n"
    )
    assert not list(tmp_path.iterdir())
