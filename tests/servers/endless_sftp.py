"""An SFTP server with endless listings. A real sshd runs it as its subsystem, and the argument is the kind:

deep    each folder has a file and another folder
circle  a folder lists the same names again and again
more    a folder lists new names for ever
crawl   a folder lists a new name every 1.2 seconds, for ever
empty   a folder sends endless answers without a name
slash   a folder lists a name with a slash in it
"""

from __future__ import annotations

import struct
import sys
import time
from collections.abc import Iterator
from itertools import count

INIT, VERSION, CLOSE, LSTAT, OPENDIR, READDIR, REALPATH, STAT = 1, 2, 4, 7, 11, 12, 16, 17
STATUS, HANDLE, NAME, ATTRS = 101, 102, 104, 105
FOLDER, FILE = 0o040755, 0o100644
END, UNSUPPORTED = 1, 8


def text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def attributes(mode: int) -> bytes:
    return struct.pack(">IQIII", 0x1 | 0x4 | 0x8, 3, mode, 1_700_000_000, 1_700_000_000)


def names(*entries: tuple[bytes, int]) -> bytes:
    listed = (text(name) + text(name) + attributes(mode) for name, mode in entries)
    return struct.pack(">I", len(entries)) + b"".join(listed)


def answers(kind: str) -> Iterator[bytes]:
    """The answers to READDIR of one folder; after the last one, the listing is complete."""
    if kind == "deep":
        yield names((b"clip.mp4", FILE), (b"d", FOLDER))
    elif kind == "circle":
        while True:
            yield names((b"a.mp4", FILE), (b"b.mp4", FILE))
            yield names((b"c.mp4", FILE))
    elif kind == "more":
        for number in count():
            yield names(*((b"%d-%d.mp4" % (number, each), FILE) for each in range(500)))
    elif kind == "crawl":
        for number in count():
            time.sleep(1.2)
            yield names((b"%d.mp4" % number, FILE))
    elif kind == "empty":
        while True:
            yield names()
    else:
        yield names((b"../../etc/passwd", FILE))


def talk(kind: str) -> None:
    listing: Iterator[bytes] = iter(())
    while size := sys.stdin.buffer.read(4):
        packet = sys.stdin.buffer.read(struct.unpack(">I", size)[0])
        request, number, rest = packet[0], packet[1:5], packet[9:]
        if request == INIT:
            answer = bytes([VERSION]) + struct.pack(">I", 3)
        elif request == REALPATH:
            answer = bytes([NAME]) + number + names((rest, FOLDER))
        elif request in (STAT, LSTAT):
            answer = bytes([ATTRS]) + number + attributes(FILE if rest.endswith(b".mp4") else FOLDER)
        elif request == OPENDIR:
            listing = answers(kind)
            answer = bytes([HANDLE]) + number + text(b"1")
        elif request == READDIR and (found := next(listing, None)) is not None:
            answer = bytes([NAME]) + number + found
        else:
            code = {READDIR: END, CLOSE: 0}.get(request, UNSUPPORTED)
            answer = bytes([STATUS]) + number + struct.pack(">I", code) + text(b"") + text(b"")
        sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    talk(sys.argv[1])
