"""Laws of reading: little is fetched, no byte twice, and an error of the source stays an error."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.errors import SourceChanged, SourceError
from syncer.model import HEAD_SIZE, Facts
from syncer.probe.prober import Prober
from syncer.probe.unread import FRAGMENTS, INDEX
from syncer.probe.window import BLOCK, MAX_FETCHED, MAX_OPENED, SKIP, Spent, Window
from syncer.protocols import Reader
from tests.probe.bytesmith import FTYP, box, wide_box
from tests.probe.held import Held
from tests.probe.recipes import NAMES

pytestmark = pytest.mark.usefixtures("own_pool")  # the test watches the children

GIB = 1024**3


def sparse(path: Path, *pieces: tuple[int, bytes], size: int) -> Held:
    """A sparse file of that size with some pieces."""
    with path.open("wb") as file:
        for offset, piece in pieces:
            file.seek(offset)
            file.write(piece)
        os.truncate(file.fileno(), size)
    return Held(path)


def large(made: Path, tmp_path: Path, name: str = "h264.mp4") -> Held:
    """A video of 4 GB with its index at the end and its pictures at the start."""
    data = (made / name).read_bytes()
    media, index = data.index(b"mdat"), data.index(b"moov")
    pictures, moov = data[media + 4 : index - 4], data[index - 4 :]
    assert data[media - 12 : media - 4] == b"\0\0\0\x08free", "the wide header takes its place"
    header = wide_box(b"mdat", size=4 * GIB)
    start = data[: media - 12] + header + pictures
    end = media - 12 + 4 * GIB
    return sparse(tmp_path / "large.mp4", (0, start), (end, moov), size=end + len(moov))


@pytest.mark.parametrize("name", ["h264.mp4", "hevc.mp4"])
def test_a_video_of_4_gb_costs_little(made: Path, tmp_path: Path, prober: Prober, name: str) -> None:
    held, small = large(made, tmp_path, name), Held(made / name).probed(prober)
    tracemalloc.start()
    facts = held.probed(prober)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (facts.width, facts.duration_s, facts.fps) == (small.width, small.duration_s, small.fps)
    assert (facts.moov_first, facts.missing, facts.flaw) == (False, 0, None)
    assert held.fetched <= 2 * BLOCK
    assert len(held.opened) == 1
    assert peak < 4 * 1024 * 1024
    assert (prober.pid is None) == (name == "h264.mp4")
    if prober.pid:
        used = Path(f"/proc/{prober.pid}/status").read_text(encoding="ascii")
        assert int(used.split("VmHWM:")[1].split()[0]) < 200_000, "kB"


@pytest.mark.parametrize(
    "start",
    [
        FTYP,
        FTYP + os.urandom(5000),
        FTYP + wide_box(b"mdat", size=4 * GIB - 24),
        FTYP + wide_box(b"mdat", size=3 * GIB),
        FTYP + box(b"mdat", size=0),
        b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\0\0\1\0\0\0\0",
        b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + os.urandom(5000),
        b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        b"RIFF\0\0\0\x40WEBPVP8 ",
    ],
)
def test_a_bad_file_of_4_gb_costs_little(tmp_path: Path, prober: Prober, start: bytes) -> None:
    held = sparse(tmp_path / "bad", (0, start), size=4 * GIB)
    facts = held.probed(prober)
    assert facts.flaw or facts.width is None
    assert held.fetched <= 100_000
    assert len(held.opened) <= 2


def test_a_small_file_is_not_opened_again(made: Path, prober: Prober) -> None:
    for name in NAMES:
        held = Held(made / name)
        held.probed(prober)
        if held.size <= HEAD_SIZE:
            assert held.opened == [], name


def test_the_head_is_not_fetched_again(made: Path, tmp_path: Path, prober: Prober) -> None:
    for held in (Held(made / "prores.mov"), Held(made / "mpeg2.ts"), large(made, tmp_path)):
        held.probed(prober)
        assert held.opened
        assert min(held.opened) >= HEAD_SIZE


def test_a_short_head_is_enough(made: Path, prober: Prober) -> None:
    whole = Held(made / "h264.mp4")
    cut = Held(made / "h264.mp4")
    cut.head = cut.head[:100]
    assert cut.probed(prober) == whole.probed(prober)
    assert cut.fetched == cut.size - 100
    assert len(cut.opened) == 2, "to the index at the end, and back"


def test_an_unknown_size_is_found_or_does_not_matter(made: Path, prober: Prober) -> None:
    held = Held(made / "prores.mov")
    known = held.probed(prober)
    assert prober.probe(held.head, None, held.media_type, held.reopen) == known
    small = Held(made / "h264.mp4")
    known, small.opened = small.probed(prober), []
    assert prober.probe(small.head, None, small.media_type, small.reopen) == known
    assert small.opened == []


def scattered(count: int, step: int) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Boxes at a distance."""
    header = FTYP + box(b"moov", box(b"mvex"))
    return header, [(len(header) + number * step, box(b"moof", size=step)) for number in range(count)]


def test_a_too_scattered_file_is_unread(tmp_path: Path, prober: Prober) -> None:
    step = 2 * SKIP
    header, pieces = scattered(2 * MAX_OPENED, step)
    held = sparse(tmp_path / "scattered.mp4", (0, header), *pieces, size=len(header) + len(pieces) * step)
    facts = held.probed(prober)
    assert (facts.unread, facts.container, facts.fragmented, facts.moov_first) == (
        FRAGMENTS,
        "mp4",
        True,
        True,
    )
    assert (facts.missing, facts.duration_s) == (None, None)
    assert len(held.opened) <= MAX_OPENED
    assert held.fetched <= MAX_FETCHED


def test_a_too_large_index_is_unread(tmp_path: Path, prober: Prober) -> None:
    held = sparse(tmp_path / "large.mp4", (0, FTYP + box(b"moov", size=GIB)), size=2 * GIB)
    assert held.probed(prober).unread == INDEX
    assert held.fetched <= MAX_FETCHED


def test_a_too_distant_index_is_unread(tmp_path: Path, prober: Prober) -> None:
    """After more boxes than the limit."""
    steps = [(24 + number * SKIP // 2, box(b"free", size=SKIP // 2)) for number in range(300)]
    held = sparse(tmp_path / "far.mp4", (0, FTYP), *steps, size=2 * GIB)
    assert held.probed(prober).unread == INDEX
    assert held.fetched <= MAX_FETCHED


def test_a_photo_with_an_endless_header_is_unread(tmp_path: Path, prober: Prober) -> None:
    steps = [(2 + number * 60_002, b"\xff\xe2" + (60_000).to_bytes(2, "big")) for number in range(500)]
    held = sparse(tmp_path / "long.jpg", (0, b"\xff\xd8"), *steps, size=32 * 1024 * 1024)
    assert held.probed(prober) == Facts(container="jpeg", unread=INDEX)
    assert held.fetched <= MAX_FETCHED


class Endless:
    def read(self, size: int, /) -> bytes:
        return bytes(size)


@contextmanager
def endless(_: int) -> Iterator[Reader]:
    yield Endless()


@pytest.mark.scale
@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (FTYP + box(b"moov", size=0), "video/mp4"),
        (FTYP + box(b"mdat", size=0), "video/mp4"),
        (FTYP + wide_box(b"free", size=1 << 62), "video/mp4"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm"),
        (b"\x47" + bytes(187), "video/mp2t"),
        (b"FLV\1\5\0\0\0\x09", "video/x-flv"),
        (b"OggS", "video/ogg"),
        (b"\0\0\1\xba", "video/mpeg"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 ", "image/webp"),
    ],
)
def test_an_endless_stream_is_unread(prober: Prober, head: bytes, media_type: str) -> None:
    facts = prober.probe(head.ljust(HEAD_SIZE, b"\0"), None, media_type, endless)
    assert facts.flaw or facts.unread
    assert facts.width is None


class Broken:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, _: int, /) -> bytes:
        raise self._error


@pytest.mark.parametrize("where", ["open", "read"])
@pytest.mark.parametrize(
    "error", [SourceChanged("another one"), SourceError("lost", transient=True), KeyError()]
)
@pytest.mark.parametrize("name", ["h264.mp4", "h264.mkv", "h264.ts"])
def test_an_error_of_the_source_is_passed_on_unchanged(
    made: Path, prober: Prober, name: str, error: Exception, where: str
) -> None:
    """While the layout is read or while libav reads; and the next file is not affected."""

    @contextmanager
    def reopen(_: int) -> Iterator[Reader]:
        if where == "open":
            raise error
        yield Broken(error)

    held = Held(made / name)
    good = held.probed(prober)
    with pytest.raises(type(error)) as raised:
        prober.probe(held.head[:4000], held.size, held.media_type, reopen)
    assert raised.value is error
    assert held.probed(prober) == good


def test_a_stream_that_ends_early_is_an_error() -> None:
    data = bytes(100_000)
    held = Held(data)
    with (
        Window(held.head, held.size + 1, held.reopen) as window,
        pytest.raises(SourceError, match="100000 of 100001") as raised,
    ):
        window.read(99_000, 5000)
    assert (raised.value.code, raised.value.transient) == ("source.cut", True)


def test_a_window_gives_any_part() -> None:
    data = os.urandom(900_000)
    held = Held(data)
    with Window(held.head, held.size, held.reopen) as window:
        for offset, size in (
            (0, 10),
            (65_530, 20),
            (100_000, 50_000),
            (899_990, 100),
            (99_999, 3),
            (70_000, 0),
        ):
            assert window.read(offset, size) == data[offset : offset + size]
        assert window.read(900_000, 5) == b""
        before = held.fetched
        assert window.read(100_001, 10_000) == data[100_001:110_001]
        assert held.fetched == before, "nothing is fetched twice"
        assert window.read(300_000, 10) == data[300_000:300_010]
    assert len(held.opened) == 3, "forward where it is near"


def test_a_continued_read_is_fetched_in_growing_pieces() -> None:
    """Each look starts again, so there must be few; other reads fetch only the requested bytes."""
    data = os.urandom(HEAD_SIZE + 200 * BLOCK)
    held = Held(data)
    with Window(held.head, held.size, held.reopen) as window:
        at, times = HEAD_SIZE, 0
        while at < HEAD_SIZE + 100 * BLOCK:
            assert window.held(at, BLOCK) is None
            assert window.fetch(at, BLOCK)
            times += 1
            while (piece := window.held(at, BLOCK)) is not None:
                assert piece == data[at : at + BLOCK]
                at += BLOCK
        assert times < 15
        assert held.fetched < 115 * BLOCK
        before = held.fetched
        assert window.fetch(HEAD_SIZE + 190 * BLOCK, 10)
        assert held.fetched == before + BLOCK
        assert window.fetch(held.size - 5, 10)
        assert window.held(held.size - 5, 10) == data[-5:]


def test_a_failed_fetch_is_reported() -> None:
    with Window(bytes(HEAD_SIZE), None, endless) as window:
        assert not window.fetch(0, 2 * MAX_FETCHED)
        assert window.fetch(0, MAX_FETCHED)


def test_a_window_respects_its_limits() -> None:
    with Window(bytes(HEAD_SIZE), None, endless) as window:
        with pytest.raises(Spent):
            window.read(0, 2 * MAX_FETCHED)
        assert window.fetched == MAX_FETCHED
    with Window(bytes(HEAD_SIZE), 1 << 40, endless) as window:
        for number in range(1, MAX_OPENED + 1):
            assert window.read(number * 10 * SKIP, 1) == b"\0"
        with pytest.raises(Spent):
            window.read(1 << 39, 1)
