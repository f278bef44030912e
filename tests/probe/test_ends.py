"""Laws of facts at the end of a file: the length of a live WebM, the last of very many fragments."""

from __future__ import annotations

import os
import re
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from syncer.model import HEAD_SIZE
from syncer.preflight import judge_media, load_limits
from syncer.probe.mp4 import NO_PICTURES
from syncer.probe.prober import Prober
from syncer.probe.unread import FRAGMENTS as NO_LAST
from syncer.probe.window import MAX_FETCHED, MAX_OPENED, SKIP
from tests.probe.bytesmith import box, full, put
from tests.probe.held import Held

PICTURES = "-f lavfi -i color=teal:size=360x360:rate=30:duration=1.5"
SOUND = "-f lavfi -i sine=duration=1.5:sample_rate=48000"
VP8 = "-c:v libvpx -deadline realtime -cpu-used 8 -g 20"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"

LIVE = {
    "silent": f"{PICTURES} {VP8} -live 1",
    "with sound": f"{PICTURES} {SOUND} {VP9} -c:a libopus -live 1",
    "short clusters": f"{PICTURES} {SOUND} {VP8} -c:a libopus -live 1 -cluster_time_limit 200",
    "piped": f"{PICTURES} {SOUND} {VP8} -c:a libopus",
}
"""As browsers, streams and pipes write them: without the length of the segment and of the video."""


@lru_cache
def recorded(recipe: str) -> bytes:
    command = ["ffmpeg", "-nostdin", "-v", "error", *recipe.split(), "-f", "webm", "pipe:1"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def last_packet(data: bytes) -> float:
    """Its start, by an independent reader."""
    command = ["ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", "-"]
    told = subprocess.run(command, check=True, capture_output=True, input=data).stdout.decode()
    return max(float(time) for time in re.findall(r"[\d.]+", told))


@pytest.mark.server
@pytest.mark.parametrize("name", LIVE)
def test_a_recording_without_a_length_is_measured(prober: Prober, name: str) -> None:
    data = recorded(LIVE[name])
    for behind in (b"", b"\xec\x88" + bytes(8), bytes(999)):
        facts = Held(data + behind).probed(prober)
        assert last_packet(data) <= (facts.duration_s or 0) <= 1.6
        assert (facts.missing, facts.flaw) == (0, None)
        assert facts.fps == pytest.approx(30, rel=0.02)
        assert judge_media("video/webm", len(data), facts, load_limits("tiktok")) == ()


@pytest.mark.server
@pytest.mark.parametrize("name", LIVE)
@pytest.mark.parametrize("share", [0.4, 0.7, 0.95])
def test_a_cut_recording_is_reported(prober: Prober, name: str, share: float) -> None:
    data = recorded(LIVE[name])
    assert Held(data[: int(len(data) * share)]).probed(prober).missing


FRAGMENTS = 1000
APART = 2 * SKIP
"""Bytes between two fragments: too many to read them."""


def fragmented(made: Path, file: Path, count: int, index: bytes = b"", apart: int = APART) -> Held:
    """A video of `count` seconds, with five distant fragments for each second."""
    data = (made / "indexed.mp4").read_bytes()
    head = data[: data.index(b"sidx") - 4]
    first = data.index(b"moof") - 4
    pieces = [data[match.start() - 4 :] for match in re.finditer(b"moof", data)]
    scales = {1: 12800, 2: 44100}
    with file.open("wb") as out:
        out.write(head)
        for number in range(count):
            for piece in pieces:
                end = _end(piece)
                out.write(_later(piece[:end], number, scales))
                gap = apart - end
                out.write(gap.to_bytes(4, "big") + b"free")
                out.seek(gap - 8, os.SEEK_CUR)
        last = out.tell() - apart
        out.write(index and _index(last))
        os.truncate(file, out.tell()) if not index else None
    assert first > 0
    return Held(file)


def _end(piece: bytes) -> int:
    """The end of a `moof` and its `mdat`."""
    moof = int.from_bytes(piece[:4], "big")
    return moof + int.from_bytes(piece[moof : moof + 4], "big")


def _later(piece: bytes, seconds: int, scales: dict[int, int]) -> bytes:
    """Moves the fragment so many seconds later."""
    for match in [*re.finditer(b"tfdt", piece)]:
        track = int.from_bytes(piece[piece.rindex(b"tfhd", 0, match.start()) + 8 :][:4], "big")
        at = match.start() + 8
        width = 8 if piece[match.start() + 4] else 4
        due = int.from_bytes(piece[at : at + width], "big") + seconds * scales[track]
        piece = piece[:at] + due.to_bytes(width, "big") + piece[at + width :]
    return piece


def _index(last: int) -> bytes:
    rows = full(b"tfra", 1, 0, 1, 0, last) + b"\1\1\1"
    rows = put(rows, b"tfra", -8, len(rows))
    mfra = box(b"mfra", rows, box(b"mfro", bytes(8)))
    return mfra[:-4] + len(mfra).to_bytes(4, "big")


@pytest.mark.parametrize("index", [b"", b"mfra"])
def test_the_last_of_a_thousand_fragments_gives_the_length(
    made: Path, tmp_path: Path, prober: Prober, index: bytes
) -> None:
    held = fragmented(made, tmp_path / "many.mp4", FRAGMENTS // 5, index)
    small = Held(made / "indexed.mp4").probed(prober)
    facts = held.probed(prober)
    assert facts.duration_s == pytest.approx(FRAGMENTS / 5, abs=0.1)
    assert facts.fps == pytest.approx(25, rel=0.03)
    assert (facts.missing, facts.unread, facts.flaw) == (0, None, None)
    assert (facts.video_codec, facts.width) == ("h264", small.width)
    assert len(held.opened) < MAX_OPENED / 2
    assert held.fetched < MAX_FETCHED / 2


def test_a_cut_video_of_very_many_fragments_is_reported(made: Path, tmp_path: Path, prober: Prober) -> None:
    held = fragmented(made, tmp_path / "many.mp4", FRAGMENTS // 5)
    os.truncate(tmp_path / "many.mp4", held.size - APART + 1500)
    assert Held(tmp_path / "many.mp4").probed(prober).missing


def test_an_unreachable_fact_is_unknown_with_the_reason(made: Path, tmp_path: Path, prober: Prober) -> None:
    """Only padding in the part of the end that may be read."""
    held = fragmented(made, tmp_path / "many.mp4", FRAGMENTS // 5)
    with (tmp_path / "many.mp4").open("r+b") as file:
        file.seek(held.size)
        file.write(box(b"free", size=2 * MAX_FETCHED))
        file.truncate(held.size + 2 * MAX_FETCHED)
    facts = Held(tmp_path / "many.mp4").probed(prober)
    assert (facts.unread, facts.duration_s, facts.missing) == (NO_LAST, None, None)
    (finding,) = (
        each
        for each in judge_media("video/mp4", 1, facts, load_limits("tiktok"))
        if each.rule == "media.unread"
    )
    assert finding.message == f"not known: duration and whether it is complete; {NO_LAST}"


def test_only_the_start_of_a_fragmented_video_is_no_video(made: Path, prober: Prober) -> None:
    data = (made / "fragmented.mp4").read_bytes()
    assert Held(data[: data.index(b"moof") - 4]).probed(prober).flaw == NO_PICTURES


def test_libav_reads_only_the_start_of_very_many_fragments(
    made: Path, tmp_path: Path, prober: Prober
) -> None:
    """The same bytes give the same facts, also if other bytes were fetched before."""
    held = fragmented(made, tmp_path / "many.mp4", FRAGMENTS // 5)
    once = held.probed(prober)
    held.head = held.head[: HEAD_SIZE // 2]
    assert held.probed(prober) == once
