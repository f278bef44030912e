"""The small files of checks that were killed: they stay public until they are removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile

from syncer.connect.retry import retry
from syncer.doctor.probefile import FIRST, NAME, SAYS, probe_video
from syncer.errors import DestinationError
from syncer.model import Stored
from syncer.protocols import Destination, Pace

LIVE = timedelta(hours=1)
"""A younger one may be in use: `syncer doctor` takes no lock."""
LARGEST = 4 * 1024
"""Bytes; its path is the longest part of its text, with 1024 bytes at most."""
_NAME = re.compile(rf"(?:^|/)({re.escape(NAME)}[0-9a-f]{{16}}\.mp4)\Z")
_GONE = ("destination.missing", "destination.changed")


def probe_name(path: str) -> str | None:
    """The name of a probe file; `None` for the path of any other file."""
    found = _NAME.search(path)
    return found[1] if found else None


def left_probes(destination: Destination, pace: Pace, older_than: timedelta | None) -> Iterator[str]:
    """The paths of probe files that are older than `older_than`, or else than `LIVE`."""
    before = datetime.now(UTC) - (LIVE if older_than is None else older_than)
    files = takewhile(lambda _: not pace.stopped(), destination.listing())
    for path in [each.path for each in files if probe_name(each.path) and each.size <= LARGEST]:
        found = retry(partial(destination.stat, path), pace, pace.patience.retry)
        if found and found.modified and found.modified <= before and _is_probe(destination, found, pace):
            yield path


def _is_probe(destination: Destination, stored: Stored, pace: Pace) -> bool:
    """Whether it has the bytes that only syncer writes, and only to a file of this name."""
    body = retry(partial(_bytes, destination, stored), pace, pace.patience.retry)
    text = body.partition(b"free")[2].decode("utf-8", "replace")
    # The root may have been another folder when the text was written.
    ours = text == FIRST or text.endswith(f"{probe_name(stored.path)}{SAYS}")
    return ours and body == probe_video(text)


def _bytes(destination: Destination, stored: Stored) -> bytes:
    """Empty if the file was removed or replaced meanwhile."""
    body = bytearray()
    try:
        with destination.open(stored) as reader:
            while len(body) <= LARGEST and (chunk := reader.read(LARGEST)):
                body += chunk
    except DestinationError as error:
        if error.code not in _GONE:
            raise
        return b""
    return bytes(body)
