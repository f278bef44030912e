"""The lines of a folder's listing over FTP, which has no pages: the whole of it has limits."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from syncer.connect.course import LONGEST_PAGE
from syncer.connect.ftp.control import NotFtpError
from syncer.model import MOST_NAMES
from syncer.protocols.patience import Patience

MOST_LINE = 16 * 1024
"""Bytes of one line; names have at most 255 bytes."""


class EndlessListing(OSError):  # noqa: N818 - reads as what happened
    """The listing of a folder passed a limit; the text says which."""


def bounded_lines(chunks: Iterable[bytes], folder: str, patience: Patience) -> Iterator[str]:
    """Raises `EndlessListing` after too many lines or too long a time; `NotFtpError` for an endless line."""
    begun, left, count = time.monotonic(), b"", 0
    for chunk in chunks:
        *lines, left = (left + chunk).split(b"\n")
        if len(left) > MOST_LINE:
            raise NotFtpError("a line of its listing does not end")
        count += len(lines)
        took = time.monotonic() - begun
        if took > LONGEST_PAGE * patience.give_up:
            raise EndlessListing(f"{folder!a} does not end: it gave {count:,} names in {took:.0f} s")
        if count > MOST_NAMES:
            raise EndlessListing(f"{folder!a} has more than {MOST_NAMES:,} names")
        yield from (line.rstrip(b"\r").decode("utf-8", "surrogateescape") for line in lines)
