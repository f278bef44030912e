"""The laws of the local origin, asked of it through httpx and curl."""

from __future__ import annotations

import email
import hashlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from syncer import serving
from syncer.destinations.keys import OWNER_MARK
from syncer.errors import SyncerError
from syncer.serving import LocalOrigin, Running, free_port
from tests.home import SIGNATURE

BIG = os.urandom(1024) * (20 * 1024)
ODD_NAMES = (
    "Summer Trip.mp4",
    "müsli #1.mp4",
    "100%.mp4",
    "a+b&c?d.mp4",
    "日本.mp4",
    "quote'\".mp4",
    "dot.dot..mp4",
)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("origin")


@pytest.fixture(scope="module")
def root(folder: Path) -> Path:
    root = folder / "root"
    (root / "clips" / "deep").mkdir(parents=True)
    (root / "big.mp4").write_bytes(BIG)
    (root / "empty.mp4").touch()
    (root / SIGNATURE).write_bytes(b"tiktok-developers-site-verification=abc")
    (root / "clips" / "deep" / "one.webm").write_bytes(b"webm")
    for name in ODD_NAMES:
        (root / "clips" / name).write_text(name, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def origin(folder: Path, root: Path, lines: list[str]) -> Iterator[Running]:
    wanted = LocalOrigin(
        root,
        folder / "ca",
        port=0,
        names=("media.example.test",),
        signatures=frozenset({"my proof.txt"}),
        log=lines.append,
    )
    with wanted.start() as running:
        yield running


@pytest.fixture(scope="module")
def client(origin: Running) -> Iterator[httpx.Client]:
    with stranger(origin) as client:
        yield client


def stranger(origin: Running) -> httpx.Client:
    """A client with a connection of its own."""
    trust = ssl.create_default_context(cafile=origin.ca)
    return httpx.Client(base_url=origin.url, verify=trust, trust_env=False)


def curl(origin: Running, path: str, *options: str) -> tuple[int, bytes]:
    """Status and body of a GET of exactly this path."""
    base = [
        "curl",
        "-q",
        "--silent",
        "--show-error",
        "--path-as-is",
        "--noproxy",
        "*",
        "--cacert",
        str(origin.ca),
    ]
    done = subprocess.run(
        [*base, "--write-out", "%{stderr}%{http_code}", *options, origin.url.rstrip("/") + path],
        capture_output=True,
        check=True,
    )
    return int(done.stderr), done.stdout


def eventually(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()


def test_a_file_is_served_whole_with_its_exact_length_and_no_encoding(client: httpx.Client) -> None:
    answer = client.get("big.mp4", headers={"Accept-Encoding": "gzip, br, zstd"})
    assert answer.status_code == 200
    assert answer.content == BIG
    assert answer.headers["content-length"] == str(len(BIG))
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-encoding" not in answer.headers
    assert {"etag", "last-modified", "date"} <= set(answer.headers)


def test_curl_that_trusts_the_ca_gets_the_same_bytes(origin: Running) -> None:
    status, body = curl(origin, "/big.mp4")
    assert status == 200
    assert hashlib.sha256(body).digest() == hashlib.sha256(BIG).digest()


def test_head_answers_as_get_without_a_body(client: httpx.Client) -> None:
    got, head = client.get("big.mp4"), client.head("big.mp4")
    assert head.status_code == 200
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


def test_an_empty_file_is_served(client: httpx.Client) -> None:
    answer = client.get("empty.mp4")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.mp4", "video/mp4"),
        ("a.MP4", "video/mp4"),
        ("a.mov", "video/quicktime"),
        ("a.webm", "video/webm"),
        ("a.jpg", "image/jpeg"),
        ("a.webp", "image/webp"),
        ("a.png", "image/png"),
        ("a.jfif", "image/jpeg"),
        (f"deep/{SIGNATURE}", "text/plain"),
        ("tiktok_verify_12ab.html", "text/html"),
        ("my proof.txt", "text/plain"),
        ("robots.txt", "text/plain"),
    ],
)
def test_types_follow_our_table(client: httpx.Client, root: Path, name: str, media_type: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"<script>alert(1)</script>")
    answer = client.get(name)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "photo.html",
            "shell.php",
            "sw.js",
            "photo.svg",
            "notes.txt",
            "data.json",
            "none",
            "a.mp4.gz",
            "a.unheard-of",
        ),
        *(".hidden.mp4", ".htaccess", ".well-known/a.mp4", "clips/.git/a.mp4", "other proof.txt"),
    ],
)
def test_neither_a_dotfile_nor_what_is_no_media_is_served(
    client: httpx.Client, root: Path, name: str
) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"<script>alert(1)</script>")
    answer = client.get(quote(name))
    assert (answer.status_code, answer.text) == (404, "Not Found\n")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-65535", 0, 65536),
        ("bytes=1000000-19999999", 1_000_000, 20_000_000),
        ("bytes=20971519-", 20_971_519, len(BIG)),
        ("bytes=-500", len(BIG) - 500, len(BIG)),
        ("bytes=-99999999", 0, len(BIG)),
        ("bytes=20971000-99999999", 20_971_000, len(BIG)),
    ],
)
def test_a_range_is_answered_with_206(client: httpx.Client, asked: str, start: int, end: int) -> None:
    answer = client.get("big.mp4", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(BIG)}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content == BIG[start:end]


def test_several_ranges_come_as_parts(client: httpx.Client) -> None:
    answer = client.get("big.mp4", headers={"Range": "bytes=0-9, 1000-1099, -5"})
    assert answer.status_code == 206
    assert int(answer.headers["content-length"]) == len(answer.content)
    heading = f"content-type: {answer.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(heading + answer.content).get_payload()
    assert isinstance(parts, list)
    bodies = [part.get_payload(decode=True) for part in parts if isinstance(part, email.message.Message)]
    assert bodies == [BIG[0:10], BIG[1000:1100], BIG[-5:]]


@pytest.mark.parametrize("asked", ["bytes=20971520-", "bytes=-0", "bytes=30000000-30000001"])
def test_a_range_beyond_the_end_is_416(client: httpx.Client, asked: str) -> None:
    answer = client.get("big.mp4", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(BIG)}"


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=a-b", "bytes", "seconds=0-1", "bytes=0-1;2-3", "bytes=--5"]
)
def test_a_malformed_range_is_ignored(client: httpx.Client, asked: str) -> None:
    answer = client.get("big.mp4", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, len(BIG))


def test_a_range_with_head_is_ignored(client: httpx.Client) -> None:
    answer = client.head("big.mp4", headers={"Range": "bytes=0-0"})
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(BIG)))


def test_validators_are_honoured(client: httpx.Client) -> None:
    etag = client.head("big.mp4").headers["etag"]
    assert client.get("big.mp4", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("big.mp4", headers={"If-Range": etag, "Range": "bytes=0-0"}).status_code == 206
    assert client.get("big.mp4", headers={"If-Range": '"old"', "Range": "bytes=0-0"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/clips",
        "/clips/",
        "/clips/deep",
        "/nowhere.mp4",
        "/big.mp4/",
        "/big.mp4/x",
        "//big.mp4",
        "/clips//deep/one.webm",
        "/./big.mp4",
        "/clips/../big.mp4",
        "/clips/%2e%2e/big.mp4",
        "/../secret.mp4",
        "/%2e%2e/secret.mp4",
        "/..%2fsecret.mp4",
        "/clips/../../secret.mp4",
        "/big.mp4%00",
        "/big%ff.mp4",
        "/" + "n" * 300,
        "/" + "deep/" * 1000,
        "/.syncer-ab12",
        f"/{OWNER_MARK}",
        "/clips/.syncer-ab12/x.mp4",
        "/out.mp4",
        "/out/secret.mp4",
        "/loop.mp4",
        "/pipe.mp4",
        "/socket.mp4",
    ],
)
def test_what_is_no_file_of_the_root_is_404_and_never_a_redirect(
    origin: Running, root: Path, folder: Path, path: str
) -> None:
    (folder / "secret.mp4").write_text("secret")
    (root / ".syncer-ab12").write_text("staged")
    (root / OWNER_MARK).write_text("{}")
    (root / "clips" / ".syncer-ab12").mkdir(exist_ok=True)
    (root / "clips" / ".syncer-ab12" / "x.mp4").write_text("staged")
    for name, target in (
        ("out.mp4", folder / "secret.mp4"),
        ("out", folder),
        ("loop.mp4", root / "loop.mp4"),
    ):
        if not (root / name).is_symlink():
            (root / name).symlink_to(target)
    if not (root / "pipe.mp4").exists():
        os.mkfifo(root / "pipe.mp4")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.relpath(root / "socket.mp4"))
    assert curl(origin, path) == (404, b"Not Found\n")


def test_a_link_within_the_root_is_followed(client: httpx.Client, root: Path) -> None:
    (root / "link.webm").symlink_to("clips/deep/one.webm")
    assert client.get("link.webm").content == b"webm"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_is_reached_by_its_percent_encoding(origin: Running, name: str) -> None:
    assert curl(origin, "/clips/" + quote(name)) == (200, name.encode())
    assert curl(origin, "/clips/" + quote(name) + "?v=2") == (200, name.encode())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_refused(client: httpx.Client, root: Path, method: str) -> None:
    answer = client.request(method, "big.mp4")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert (root / "big.mp4").stat().st_size == len(BIG)


def test_what_may_not_be_read_is_403(client: httpx.Client, root: Path) -> None:
    (root / "private.mp4").touch(mode=0)
    me = os.geteuid()
    if me == 0:  # who may read everything
        os.seteuid(65534)
    try:
        assert client.get("private.mp4").status_code == 403
    finally:
        os.seteuid(me)


def test_a_file_that_vanishes_is_404(client: httpx.Client, root: Path) -> None:
    (root / "fleeting.mp4").write_bytes(b"x")
    assert client.get("fleeting.mp4").status_code == 200
    (root / "fleeting.mp4").unlink()
    assert client.get("fleeting.mp4").status_code == 404


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-"}])
def test_a_file_replaced_during_a_download_is_sent_to_its_end(
    client: httpx.Client, root: Path, asked: dict[str, str]
) -> None:
    """As it was when the download began: no mixture, and no broken length."""
    (root / "replaced.mp4").write_bytes(BIG)
    with client.stream("GET", "replaced.mp4", headers=asked) as answer:
        chunks = answer.iter_bytes()
        got = [next(chunks)]
        (root / "new").write_bytes(b"shorter")
        (root / "new").rename(root / "replaced.mp4")
        got.extend(chunks)
    assert b"".join(got) == BIG
    assert client.get("replaced.mp4").content == b"shorter"


def test_a_file_cut_short_during_a_download_breaks_it_off(
    origin: Running, root: Path, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What can't be sent whole must not look whole."""
    (root / "cut.mp4").write_bytes(BIG)
    with stranger(origin) as client, client.stream("GET", "cut.mp4") as answer:
        chunks = answer.iter_bytes()
        next(chunks)
        os.truncate(root / "cut.mp4", 1024)
        with pytest.raises(httpx.RemoteProtocolError):
            list(chunks)
    assert eventually(
        lambda: any(line.startswith("GET /cut.mp4 200 (LocalProtocolError) ") for line in lines)
    )
    assert not caplog.records


def test_a_visitor_who_leaves_disturbs_nobody(
    origin: Running, client: httpx.Client, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    with stranger(origin) as leaver, leaver.stream("GET", "big.mp4") as answer:
        next(answer.iter_bytes())
    assert client.get("big.mp4").content == BIG
    assert eventually(lambda: sum(line.startswith("GET /big.mp4 200 ") for line in lines) >= 2)
    assert not caplog.records


def test_many_at_once_get_their_own_bytes(origin: Running) -> None:
    def piece(number: int) -> bool:
        start = number * 300_001
        with stranger(origin) as own:
            got = own.get("big.mp4", headers={"Range": f"bytes={start}-{start + 299_999}"})
        return got.status_code == 206 and got.content == BIG[start : start + 300_000]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(piece, range(64)))


def test_a_connection_is_kept(origin: Running) -> None:
    command = ["curl", "-q", "-s", "--noproxy", "*", "--cacert", str(origin.ca), "-w", "%{num_connects} "]
    where = ["-o", os.devnull, origin.url + "empty.mp4", "-o", os.devnull, origin.url + SIGNATURE]
    done = subprocess.run([*command, *where], capture_output=True, check=True)
    assert done.stdout == b"1 0 "


def test_each_request_is_one_line_without_its_query(client: httpx.Client, lines: list[str]) -> None:
    lines.clear()
    client.get("clips/Summer%20Trip.mp4?token=secret", headers={"Range": "bytes=0-3"})
    client.get("nowhere")
    assert eventually(lambda: len(lines) == 2)
    # Each is told when it is through, and the next may overtake it.
    assert sorted(lines) == ["GET /clips/Summer%20Trip.mp4 206 4", "GET /nowhere 404 10"]


def test_the_certificate_bears_the_given_names_and_no_others(origin: Running) -> None:
    def reach(name: str) -> int:
        through = ("--connect-to", f"{name}:443:127.0.0.1:{origin.port}")
        base = ["curl", "-q", "-s", "--noproxy", "*", "--cacert", str(origin.ca), "-o", os.devnull]
        return subprocess.run([*base, *through, f"https://{name}/big.mp4"], check=False).returncode

    assert [reach(name) for name in ("media.example.test", "localhost", "127.0.0.1")] == [0, 0, 0]
    assert reach("other.example.test") == 60


def test_who_does_not_trust_the_ca_is_not_served(origin: Running) -> None:
    with (
        httpx.Client(verify=ssl.create_default_context(), trust_env=False) as distrustful,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        distrustful.get(origin.url)


def test_it_listens_on_loopback_only(origin: Running) -> None:
    listening = Path("/proc/net/tcp").read_text(encoding="ascii")
    assert f" 0100007F:{origin.port:04X} " in listening
    assert f" 00000000:{origin.port:04X} " not in listening


def start(folder: Path, **options: object) -> Running:
    (folder / "root").mkdir(exist_ok=True)
    wanted = {"root": folder / "root", "authority": folder / "ca", "port": 0, **options}
    return LocalOrigin(**wanted).start()  # type: ignore[arg-type] # whatever a test wants


def test_the_ca_is_made_once_and_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    kept = []
    for _ in range(2):
        with start(tmp_path) as running:
            kept.append(running.ca.read_bytes())
            assert running.ca == tmp_path / "ca" / "ca.pem"
    assert kept[0] == kept[1]
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "ca").iterdir()}
    assert modes == {"ca.pem": 0o644, "ca-key.pem": 0o600}


def test_a_lost_or_foreign_ca_pem_is_written_again(tmp_path: Path) -> None:
    with start(tmp_path) as running:
        right = running.ca.read_bytes()
    running.ca.write_text("another")
    with start(tmp_path):
        assert running.ca.read_bytes() == right
    running.ca.unlink()
    with start(tmp_path):
        assert running.ca.read_bytes() == right


@pytest.mark.parametrize(
    "content", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_broken_ca_key_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "ca-key.pem").write_text(content)
    with pytest.raises(SyncerError, match=r"ca-key.pem does not hold a CA and its key; remove it") as caught:
        start(tmp_path)
    assert caught.value.code == "serve.ca"


def test_a_ca_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SyncerError, match="can't be kept: Not a directory") as caught:
        start(tmp_path, authority=tmp_path / "file" / "ca")
    assert caught.value.code == "serve.ca"


def test_a_ca_that_cannot_be_put_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "ca.pem").mkdir()
    with pytest.raises(SyncerError, match="can't be kept: Is a directory"):
        start(tmp_path)
    (tmp_path / "ca" / "ca.pem").rmdir()
    start(tmp_path).stop()
    assert {path.name for path in (tmp_path / "ca").iterdir()} == {"ca.pem", "ca-key.pem"}


def test_a_ca_below_the_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SyncerError, match="its key would be served; keep it elsewhere"):
        start(tmp_path, authority=tmp_path / "root" / "ca")
    assert not list((tmp_path / "root").iterdir())


def test_a_missing_root_is_said(tmp_path: Path) -> None:
    with pytest.raises(SyncerError, match="there is no folder") as caught:
        start(tmp_path, root=tmp_path / "none")
    assert caught.value.code == "serve.root"


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example.com", "two words"])
def test_a_name_that_no_certificate_bears_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(SyncerError, match="there can be no certificate for localhost") as caught:
        start(tmp_path, names=(name,))
    assert caught.value.code == "serve.name"


def test_a_port_that_is_taken_is_said(tmp_path: Path, origin: Running) -> None:
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
def test_an_address_that_cannot_be_is_said(tmp_path: Path, options: dict[str, object], code: str) -> None:
    with pytest.raises(SyncerError, match="can't listen on") as caught:
        start(tmp_path, **options)
    assert caught.value.code == code


def test_a_free_port_is_the_preferred_one_if_nobody_has_it(origin: Running) -> None:
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
def test_the_url_is_what_a_browser_is_given(host: str, port: int, url: str) -> None:
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
    """A visitor who does not read on is cut off; what it has got does not look whole."""
    monkeypatch.setattr(serving, "GRACE", 1)
    running = start(tmp_path)
    (tmp_path / "root" / "big.mp4").write_bytes(BIG)
    with stranger(running) as client, client.stream("GET", "big.mp4") as answer:
        begun = time.monotonic()
        running.stop()
        assert time.monotonic() - begun < 5
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    assert not caplog.records


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waiting_ends_with_a_signal_and_puts_the_handlers_back(
    tmp_path: Path, number: signal.Signals
) -> None:
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
