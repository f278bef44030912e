"""The sample entries of ordinary tracks: H.264 and AAC. Pure; all else raises `Unusual`."""

from __future__ import annotations

from syncer.probe import h264
from syncer.probe.exact import inside, need, uint

VIDEO = 86
"""Bytes of a video's entry before its boxes."""
SOUND = 36
"""The same for sound; version 1 of QuickTime has more."""
MORE = 16
SIZES = {b"pasp": 8, b"btrt": 12, b"fiel": 2}
"""Bytes of boxes in a video's entry."""
RANGE = 10
"""The place of the range in a `colr` box."""
MONO, STEREO = (bytes(4) + layout + bytes(8) for layout in (b"\0\x64\0\1", b"\0\x65\0\2"))
"""The `chan` box of QuickTime."""
FRMA, TERMINATOR = b"\0\0\0\x0cfrmamp4a", b"\0\0\0\x08" + bytes(4)
AAC, AAC_LC = b"\x40", 2


def read_video(entry: bytes) -> h264.CodecConfig:
    """Libav takes the size from the sequence, so it must be that of the entry."""
    _check(entry, b"avc1", VIDEO)
    need(entry[82:84] == b"\0\x18" and b"Planar" not in entry[:VIDEO])  # libav takes this name for a codec's
    boxes = inside(entry[VIDEO:], b"avcC", also=b"pasp colr btrt fiel")
    need(all(len(body) == SIZES.get(kind, len(body)) for kind, body in boxes.items()))
    colours = boxes.get(b"colr", b"nclc" + bytes(RANGE - 4))
    need((colours[:4], len(colours)) in ((b"nclc", RANGE), (b"nclx", RANGE + 1)))
    need(not any(colours[RANGE:]))  # limited range
    config = h264.config(boxes[b"avcC"])
    need((uint(entry, 32, 2), uint(entry, 34, 2)) == (config.sequence.width, config.sequence.height))
    return config


def check_sound(entry: bytes, *, quicktime: bool) -> None:
    _check(entry, b"mp4a", SOUND)
    version = uint(entry, 16, 2)
    if version == 0:
        boxes = inside(entry[SOUND:], b"esds", also=b"btrt")
        need(len(boxes.get(b"btrt", bytes(SIZES[b"btrt"]))) == SIZES[b"btrt"])
        _check_aac(boxes[b"esds"])
        return
    need(version == 1 and quicktime)
    boxes = inside(entry[SOUND + MORE :], b"wave", also=b"chan")
    need(boxes.get(b"chan", MONO) in (MONO, STEREO))
    wave = boxes[b"wave"]
    need(wave.startswith(FRMA) and wave.endswith(TERMINATOR))
    fields = inside(wave[len(FRMA) : -len(TERMINATOR)], b"mp4a esds")
    need(fields[b"mp4a"] == bytes(4))
    _check_aac(fields[b"esds"])


def _check(entry: bytes, kind: bytes, least: int) -> None:
    """The only entry of a track whose data is in this file."""
    need(len(entry) >= least and uint(entry, 0) == len(entry) and entry[4:8] == kind)
    need(entry[8:16] == bytes(7) + b"\1")


def _check_aac(esds: bytes) -> None:
    need(esds[:4] == bytes(4))
    stream = _descriptor(esds[4:], 3)
    need(stream[2:3] == b"\0")
    decoder = _descriptor(stream[3:], 4)
    need(decoder[:1] == AAC)
    fixed = uint(_descriptor(decoder[13:], 5).ljust(2, b"\xff"), 0, 2)
    rate, channels = fixed >> 7 & 15, fixed >> 3 & 15
    need(fixed >> 11 == AAC_LC and rate <= 12 and 1 <= channels <= 7 and not fixed & 7)  # noqa: PLR2004 - as in its table


def _descriptor(data: bytes, tag: int) -> bytes:
    """The body of the descriptor at the start. Its size has seven bits in each of up to four bytes."""
    need(data[:1] == bytes((tag,)))
    size, at = 0, 1
    for byte in data[1:5]:
        size, at = size << 7 | byte & 0x7F, at + 1
        if byte < 0x80:  # noqa: PLR2004 - the last one
            break
    need(0 < size <= len(data) - at and data[at - 1] < 0x80)  # noqa: PLR2004 - as above
    return data[at : at + size]
