"""An export in a bucket: read in place, by ranges."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from syncer.errors import SourceChanged, SourceError
from syncer.model import Asset
from syncer.runners import SharedPace
from syncer.sources.takeout import Config, TakeoutSource, streams
from tests.servers.rgw import S3Service
from tests.sources.takeout.exports import make, part, said

LARGE = 40 * 1024**2
SLACK = 12 * 1024**2
"""Bytes that may be under way when a stream is closed."""


@pytest.fixture(scope="module")
def huge() -> bytes:
    return random.Random(3).randbytes(LARGE)  # noqa: S311 - any bytes will do


@dataclass
class Relay:
    """A relay that counts the bytes from the server."""

    target: tuple[str, int]
    port: int = 0
    passed: int = 0
    cuts: list[int] = field(default_factory=list)
    """After so many bytes, their connection is cut."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                ours, _ = listener.accept()
            except OSError:
                return
            theirs = socket.create_connection(self.target)
            threading.Thread(target=self._pass, args=(ours, theirs, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(theirs, ours, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, count: bool) -> None:  # noqa: FBT001 - of a thread
        try:
            while data := source.recv(64 * 1024):
                sink.sendall(data)
                if count:
                    with self._lock:
                        self.passed += len(data)
                        if self.cuts and self.passed >= self.cuts[0]:
                            self.cuts.pop(0)
                            return
        except OSError:
            pass
        finally:
            for end in (source, sink):
                with closing(end):
                    try:
                        end.shutdown(socket.SHUT_RDWR)
                    except OSError:
                        continue


@contextmanager
def relayed(endpoint: str) -> Iterator[Relay]:
    host, port = urlsplit(endpoint).hostname, urlsplit(endpoint).port
    assert host
    assert port
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay((host, port), listener.getsockname()[1])
        thread = threading.Thread(target=relay.serve, args=(listener,), daemon=True)
        thread.start()
        yield relay
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def relay(rgw: S3Service) -> Iterator[Relay]:
    with relayed(rgw.endpoint) as made:
        yield made


def stored(rgw: S3Service, relay: Relay, *files: Path) -> TakeoutSource:
    bucket = rgw.bucket()
    with closing(rgw.client()) as client:
        for file in files:
            client.put_object(Bucket=bucket, Key=f"exports/{file.name}", Body=file.read_bytes())
    settings = rgw.settings(bucket, endpoint=f"http://127.0.0.1:{relay.port}", prefix="exports/")
    config = Config.model_validate({"kind": "takeout", "source": {"kind": "s3"} | settings})
    return TakeoutSource("photos", config)


def read(source: TakeoutSource, asset: Asset, start: int = 0) -> bytes:
    parts = []
    with source.open(asset, start) as reader:
        while chunk := reader.read(1024**2):
            parts.append(chunk)
    return b"".join(parts)


def test_of_zips_only_ranges_are_read(rgw: S3Service, relay: Relay, tmp_path: Path, huge: bytes) -> None:
    first = make(tmp_path / part(1), {"huge_.mp4": huge, "a.mp4": b"1" * 10, "b.mp4": huge[::-1]}, method=0)
    second = make(tmp_path / part(2), {"huge_.mp4.suppl.json": said("huge?.mp4")})
    with closing(stored(rgw, relay, first, second)) as source:
        assets = {asset.key: asset for asset in source.assets()}
        assert set(assets) == {"huge?.mp4", "a.mp4", "b.mp4"}
        assert relay.passed < SLACK
        assert read(source, assets["a.mp4"]) == b"1" * 10
        assert read(source, assets["huge?.mp4"], LARGE - 100) == huge[-100:]
        assert relay.passed < 3 * SLACK < LARGE
        assert read(source, assets["huge?.mp4"]) == huge


def test_of_a_tgz_one_pass_and_then_ranges_are_read(
    rgw: S3Service, relay: Relay, tmp_path: Path, huge: bytes
) -> None:
    size = 2 * LARGE
    file = make(tmp_path / part(1, "tgz"), {"huge.mp4": huge, "b.mp4": huge[::-1], "c.mp4": b"3"})
    with closing(stored(rgw, relay, file)) as source:
        assets = {asset.key: asset for asset in source.assets()}
        once = relay.passed
        assert size < once < size + SLACK
        assert read(source, assets["c.mp4"]) == b"3"
        assert read(source, assets["huge.mp4"], LARGE - 100) == huge[-100:]
        assert relay.passed - once < 3 * SLACK
        assert [*source.assets()] == [*assets.values()]
        assert relay.passed - once < 3 * SLACK, "an archive that did not change is not read again"


def test_a_pass_that_is_cut_goes_on_where_it_was(
    rgw: S3Service, relay: Relay, tmp_path: Path, huge: bytes
) -> None:
    file = make(tmp_path / part(1, "tgz"), {"huge.mp4": huge, "b.mp4": b"2"})
    relay.cuts += [LARGE // 3, LARGE]
    with closing(stored(rgw, relay, file)) as source:
        assets = {asset.key: asset for asset in source.assets()}
        assert not relay.cuts
        assert assets["huge.mp4"].digest == f"sha256:{sha256(huge).hexdigest()}"
        assert relay.passed < 1.5 * LARGE


def test_an_archive_that_can_not_be_read_today_is_reported_and_read_tomorrow(
    rgw: S3Service, relay: Relay, tmp_path: Path, huge: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "TRIES", 0)
    file = make(tmp_path / part(1, "tgz"), {"huge.mp4": huge})
    small = make(tmp_path / part(2, "tgz"), {"b.mp4": b"2"})
    with closing(stored(rgw, relay, file, small)) as source:
        relay.cuts.append(10 * 1024**2)
        seen: list[str] = []
        with pytest.raises(SourceError, match=part(1, "tgz")) as caught:
            seen.extend(asset.key for asset in source.assets())
        assert caught.value.code != "source.archive"
        assert caught.value.transient
        assert {asset.key for asset in source.assets()} == {"huge.mp4", "b.mp4"}


def test_stopping_ends_the_wait_before_a_retry(
    rgw: S3Service, relay: Relay, tmp_path: Path, huge: bytes
) -> None:
    file = make(tmp_path / part(1, "tgz"), {"huge.mp4": huge})
    pace = SharedPace()
    pace.stop()
    with closing(stored(rgw, relay, file)) as source:
        stopping = TakeoutSource("photos", source._config, pace)  # noqa: SLF001 - the same
        relay.cuts.append(10 * 1024**2)
        with pytest.raises(SourceError, match=part(1, "tgz")):
            next(stopping.assets())


def test_an_archive_that_was_replaced_is_reported(rgw: S3Service, relay: Relay, tmp_path: Path) -> None:
    file = make(tmp_path / part(1), {"a.mp4": b"1"})
    with closing(stored(rgw, relay, file)) as source, closing(rgw.client()) as client:
        (asset,) = source.assets()
        settings = source._config.source  # noqa: SLF001 - which bucket it was
        assert settings
        bucket = settings.model_dump()["bucket"]
        client.put_object(Bucket=bucket, Key=f"exports/{file.name}", Body=b"other bytes")
        with pytest.raises(SourceChanged, match=r"a\.mp4"):
            read(source, asset)
