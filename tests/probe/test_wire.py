"""The child, used as its parent uses it: in its own process and in this one."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.probe import child, libav, result, wire

START = "from syncer.probe.child import main; main()"


@contextmanager
def spoken_to(program: str = START) -> Iterator[wire.Channel]:
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        line = wire.Channel(process.stdout.fileno(), process.stdin.fileno())
        line.patience = 60
        yield line
        process.stdin.close()
        assert process.wait(60) == 0, "the end of its input is its end"


def answered(line: wire.Channel, data: bytes, demuxer: str) -> result.ProbeResult:
    line.send(wire.LOOK, json.dumps({"demuxer": demuxer, "size": len(data)}).encode())
    while (message := line.receive())[0] == wire.READ:
        offset, size = wire.RANGE.unpack(message[1])
        line.send(wire.BYTES, data[offset : offset + size])
    assert message[0] == wire.TOLD
    return result.from_json(message[1])


@pytest.mark.parametrize(
    ("name", "demuxer"),
    [
        ("h264.mp4", "mov"),
        ("h264.ts", "mpegts"),
        ("sound.webm", "matroska"),
        ("h264.mp4", "flv"),
        ("cover.mp4", "mov"),
    ],
)
def test_the_child_sends_the_result_of_libav(made: Path, name: str, demuxer: str) -> None:
    data = (made / name).read_bytes()
    with spoken_to() as line:
        assert line.receive() == (wire.READY, b"")
        first = answered(line, data, demuxer)
        assert answered(line, data, demuxer) == first == libav.libav_facts(io.BytesIO(data), demuxer)


def test_the_child_reports_a_missing_library() -> None:
    with spoken_to(f"import sys; sys.modules['av'] = None; {START}") as line:
        kind, why = line.receive()
    assert kind == wire.NO_LIBRARY
    assert b"av" in why


def test_libav_gets_exactly_the_bytes_that_it_requests(made: Path) -> None:
    data = (made / "silent.mp4").read_bytes()
    here, there = os.pipe()
    try:
        line = wire.Channel(here, there)
        remote = child.RemoteFile(line, None)
        assert remote.seek(5) == remote.tell() == 5
        assert [remote.seek(1, 2), remote.seek(-6, 1), remote.seek(0, 7), remote.tell()] == [-1, -1, -1, 5]
        line.send(wire.BYTES, data[:10])
        os.read(here, 15)
    finally:
        os.close(here)
        os.close(there)


def test_an_unknown_codec_has_no_name(made: Path) -> None:
    data = (made / "silent.mp4").read_bytes()
    at = data.index(b"stsd") + 16
    found = libav.libav_facts(io.BytesIO(data[:at] + b"Qx7!" + data[at + 4 :]), "mov")
    assert (found.track, found.video_codec, found.flaw) == (1, None, None)


def test_no_file_that_media_names_is_opened(tmp_path: Path) -> None:
    """A list of files is no video, whatever its name is."""
    secret = tmp_path / "secret"
    secret.write_text("hush")
    playlist = f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n".encode()
    assert libav.libav_facts(io.BytesIO(playlist), "mov").flaw
    assert libav.libav_facts(io.BytesIO(playlist), "matroska").flaw


def test_a_closed_pipe_is_noticed() -> None:
    here, there = os.pipe()
    line = wire.Channel(here, there)
    os.close(there)
    with pytest.raises(EOFError):
        line.receive()
    here_again, there_again = os.pipe()
    os.close(here_again)
    with pytest.raises(EOFError):
        wire.Channel(here, there_again).send(wire.READY)
    os.close(here)
    os.close(there_again)
