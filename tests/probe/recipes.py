"""Recipes of the test files: by ffmpeg from its own test pictures, or from other test files."""

from __future__ import annotations

import struct
from collections.abc import Callable


def pictures(rate: str = "25", size: str = "128x96", seconds: float = 1) -> str:
    return f"-f lavfi -i testsrc=size={size}:rate={rate}:duration={seconds}"


SOUND = "-f lavfi -i sine=duration=1:sample_rate=44100"
X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
H264 = f"{pictures()} {X264}"
BOTH = f"{pictures()} {SOUND} {X264} -bf 2 -c:a aac"
X265 = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params log-level=none"
VP8 = "-c:v libvpx -deadline realtime -cpu-used 8"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"
AV1 = "-c:v libaom-av1 -usage realtime -cpu-used 8"
UNEVEN = r"-vf 'select=lt(n\,8)+not(mod(n\,3))' -vsync vfr"
SHORT = "-g 5 -movflags"

RECIPES = {
    "h264.mp4": BOTH,
    "faststart.mp4": f"{BOTH} -movflags +faststart",
    "silent.mp4": f"{H264} -movflags +faststart",
    "ten-bit.mp4": f"{pictures()} -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le",
    "hevc.mp4": f"{pictures()} {X265} -tag:v hvc1",
    "hevc.mov": f"{pictures()} {SOUND} {X265} -tag:v hvc1 -c:a aac",
    "mpeg4.mp4": f"{pictures()} -c:v mpeg4",
    "vp9.mp4": f"{pictures()} {VP9}",
    "av1.mp4": f"{pictures()} {AV1}",
    "prores.mov": f"{pictures()} {SOUND} -c:v prores -c:a pcm_s16le",
    "mjpeg.mov": f"{pictures()} -c:v mjpeg -pix_fmt yuvj420p",
    "h264.mov": BOTH,
    "vp8.webm": f"{pictures()} {SOUND} {VP8} -c:a libvorbis",
    "vp9.webm": f"{pictures()} {SOUND} {VP9} -c:a libopus",
    "av1.webm": f"{pictures()} {AV1}",
    "live.webm": f"{pictures()} {VP8} -live 1",
    "h264.mkv": BOTH,
    "hevc.mkv": f"{pictures()} {X265}",
    "h264.ts": BOTH,
    "mpeg2.ts": f"{pictures()} {SOUND} -c:v mpeg2video -c:a mp2",
    "mpeg4.avi": f"{pictures()} {SOUND} -c:v mpeg4 -c:a libmp3lame",
    "flv1.flv": f"{pictures()} {SOUND} -c:v flv -c:a libmp3lame",
    "mpeg2.mpg": f"{pictures()} -c:v mpeg2video",
    "theora.ogv": f"{pictures()} {SOUND} -c:v libtheora -c:a libvorbis",
    "wmv2.wmv": f"{pictures()} -c:v wmv2",
    "h263.3gp": f"{pictures(size='176x144')} -c:v h263",
    "fragmented.mp4": f"{BOTH} {SHORT} +frag_keyframe+empty_moov",
    "dash.mp4": f"{BOTH} {SHORT} +dash",
    "indexed.mp4": f"{BOTH} {SHORT} +frag_keyframe+empty_moov+default_base_moof+global_sidx",
    "delayed-index.mp4": f"{BOTH} {SHORT} +frag_keyframe+delay_moov",
    "half-fragmented.mp4": f"{BOTH} {SHORT} +frag_keyframe",
    "variable.mp4": f"{pictures()} {UNEVEN} {X264}",
    "variable.webm": f"{pictures()} {UNEVEN} {VP8}",
    "ntsc.mp4": f"{pictures(rate='30000/1001')} {X264}",
    "film.mov": f"{pictures(rate='24000/1001')} {X264}",
    "fast.mp4": f"{pictures(rate='60')} {X264}",
    "slow.webm": f"{pictures(rate='12', seconds=2)} {VP9}",
    "odd.mp4": f"{pictures(size='97x53')} -c:v libx264 -preset ultrafast -pix_fmt yuv444p",
    "stretched.mp4": f"{pictures()} -vf setsar=2/1 {X264}",
    "sound.mp4": f"{SOUND} -c:a aac",
    "sound.webm": f"{SOUND} -c:a libopus",
    "cover.mp4": f"{SOUND} {pictures(seconds=0.04)} -c:a aac -c:v mjpeg -disposition:v attached_pic",
    "late-sound.mp4": f"{pictures()} -itsoffset 0.5 {SOUND} {X264} -c:a aac",
    "late-picture.mp4": "-itsoffset 0.4 -i {silent.mp4} -i {sound.mp4} -map 0 -map 1 -c copy",
    "cut-in.mp4": "-ss 0.5 -i {h264.mp4} -c copy",
}


def _turned(degrees: int) -> Callable[[bytes], bytes]:
    """Turns a video by the display matrix of its first track."""
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    matrix = struct.pack(">9i", *(each << 16 for each in (cosine, sine, 0, -sine, cosine, 0, 0, 0)), 1 << 30)

    def turn(data: bytes) -> bytes:
        at = data.index(b"tkhd") + 4 + 40
        return data[:at] + matrix + data[at + 36 :]

    return turn


def _cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * share)]


def _damaged(name: bytes) -> Callable[[bytes], bytes]:
    """Noise after the name of a box."""

    def damage(data: bytes) -> bytes:
        at = data.index(name) + 40
        return data[:at] + bytes(byte ^ 0x5A for byte in data[at : at + 400]) + data[at + 400 :]

    return damage


CHANGED = {
    "turned-90.mp4": ("silent.mp4", _turned(90)),
    "turned-180.mov": ("h264.mov", _turned(180)),
    "turned-270.mp4": ("hevc.mp4", _turned(270)),
    "cut-media.mp4": ("faststart.mp4", _cut(0.6)),
    "cut-fragments.mp4": ("fragmented.mp4", _cut(0.6)),
    "cut-index.mp4": ("h264.mp4", _cut(0.5)),
    "cut-in-index.mp4": ("h264.mp4", _cut(0.98)),
    "cut.webm": ("vp9.webm", _cut(0.6)),
    "cut.ts": ("h264.ts", _cut(0.6)),
    "damaged-media.mp4": ("faststart.mp4", _damaged(b"mdat")),
    "damaged-media.webm": ("vp8.webm", _damaged(b"\x1f\x43\xb6\x75")),
    "damaged-index.mp4": ("faststart.mp4", _damaged(b"trak")),
}
"""The file to start from, and the change of its bytes."""

NAMES = (*RECIPES, *CHANGED)
