"""Law: a video track without a picture is a flaw or unknown, as ffprobe reads no packet of it either."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.model import Facts
from syncer.preflight import judge_media, load_limits
from syncer.probe.prober import Prober
from syncer.probe.unread import PICTURES
from syncer.probe.videos import NO_PICTURE
from tests.probe.bytesmith import put
from tests.probe.held import Held

Change = Callable[[bytes], bytes]
CLUSTER, SEGMENT = b"\x1f\x43\xb6\x75", b"\x18\x53\x80\x67"


def packets(path: Path) -> int:
    """How many packets with bytes ffprobe reads of the first video."""
    command = ["ffprobe", "-v", "quiet", "-select_streams", "v:0", "-show_entries", "packet=size"]
    told = subprocess.run(
        [*command, "-of", "csv=p=0", str(path)], capture_output=True, text=True, check=False
    )
    return sum(size.strip(",") not in ("", "0") for size in told.stdout.split())


def counted(kind: bytes, at: int) -> Change:
    """No row in the table of the first track, which is the video."""
    return lambda data: put(data, kind, at, 0)


def sizeless(data: bytes) -> bytes:
    """All its samples have 0 bytes."""
    at = data.index(b"stsz") + 4
    count = int.from_bytes(data[at + 8 : at + 12], "big")
    return data[: at + 12] + bytes(4 * count) + data[at + 12 + 4 * count :]


def runless(data: bytes) -> bytes:
    """No sample in any fragment of the first track."""
    changed = bytearray(data)
    for found in re.finditer(rb"traf.{4}tfhd.{4}\x00\x00\x00\x01.*?trun.{4}", data, re.DOTALL):
        changed[found.end() : found.end() + 4] = bytes(4)
    assert changed != data
    return bytes(changed)


TABLES = {
    "no sizes": counted(b"stsz", 8),
    "no times": counted(b"stts", 4),
    "no chunks": counted(b"stco", 4),
    "no samples in chunks": counted(b"stsc", 4),
    "sizes of 0": sizeless,
}


def check_it_is_not_accepted(facts: Facts, media_type: str, size: int) -> None:
    found = judge_media(media_type, size, facts, load_limits("tiktok"))
    assert {"media.unreadable", "media.unread"} & {each.rule for each in found}


@pytest.mark.parametrize("change", TABLES)
@pytest.mark.parametrize(
    "name", ["h264.mp4", "faststart.mp4", "silent.mp4", "vp9.mp4", "h264.mov", "hevc.mov"]
)
def test_a_video_track_without_samples_is_a_flaw(
    made: Path, tmp_path: Path, prober: Prober, name: str, change: str
) -> None:
    (tmp_path / name).write_bytes(TABLES[change]((made / name).read_bytes()))
    held = Held(tmp_path / name)
    facts = held.probed(prober)
    assert (facts.flaw, facts.video_codec is not None) == (NO_PICTURE, True)
    assert (packets(tmp_path / name), packets(made / name) > 0) == (0, True)
    check_it_is_not_accepted(facts, held.media_type, held.size)


@pytest.mark.parametrize("name", ["fragmented.mp4", "dash.mp4", "indexed.mp4", "delayed-index.mp4"])
def test_a_fragmented_video_needs_a_sample_in_one_of_its_fragments(
    made: Path, tmp_path: Path, prober: Prober, name: str
) -> None:
    (tmp_path / name).write_bytes(runless((made / name).read_bytes()))
    held = Held(tmp_path / name)
    facts = held.probed(prober)
    indexed = name in ("indexed.mp4", "dash.mp4")  # not each of their fragments is read
    assert (facts.flaw, facts.unread) == ((None, PICTURES) if indexed else (NO_PICTURE, None))
    assert (packets(tmp_path / name), packets(made / name) > 0) == (0, True)
    check_it_is_not_accepted(facts, held.media_type, held.size)


def test_a_video_whose_first_picture_comes_in_a_later_fragment_has_one(made: Path, prober: Prober) -> None:
    data = (made / "fragmented.mp4").read_bytes()
    second = data.index(b"moof", data.index(b"moof") + 4)
    facts = Held(runless(data[:second]) + data[second:]).probed(prober)
    assert (facts.flaw, facts.unread) == (None, None)


def clusterless(data: bytes) -> bytes:
    """It ends before its first cluster, and says so."""
    head = data[: data.index(CLUSTER)]
    at = head.index(SEGMENT) + 4
    if head[at : at + 8] == b"\1" + b"\xff" * 7:
        return head
    return head[:at] + (1 << 56 | len(head) - at - 8).to_bytes(8, "big") + head[at + 8 :]


def frameless(data: bytes) -> bytes:
    """All blocks of its first track are those of a track that it has not."""
    at, block = (
        data.index(CLUSTER),
        re.compile(rb"([\xa3\xa1](?:[\x80-\xff]|[\x40-\x7f].|[\x20-\x3f]..))\x81", re.DOTALL),
    )
    return data[:at] + block.sub(lambda found: found[1] + b"\x8f", data[at:])


@pytest.mark.parametrize("change", [clusterless, frameless])
@pytest.mark.parametrize("name", ["vp8.webm", "vp9.webm", "live.webm", "h264.mkv"])
def test_a_webm_needs_a_frame_of_its_video(
    made: Path, tmp_path: Path, prober: Prober, name: str, change: Change
) -> None:
    (tmp_path / name).write_bytes(change((made / name).read_bytes()))
    assert packets(made / name) > 0 == packets(tmp_path / name)
    held = Held(tmp_path / name)
    for size in (held.size, None):
        facts = prober.probe(held.head, size, held.media_type, held.reopen)
        assert facts.flaw == NO_PICTURE or (facts.flaw and change is clusterless)  # libav says it first
