"""Bytes that are read."""

from __future__ import annotations

from typing import Protocol


class Reader(Protocol):
    """An open object. `read(n)` gives between 1 and `n` bytes, and `b""` only at the end.

    A stream that ends early or of another version raises, it never just ends.
    """

    def read(self, size: int, /) -> bytes: ...
