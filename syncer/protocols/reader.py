"""The contract of a reader."""

from __future__ import annotations

from typing import Protocol


class Reader(Protocol):
    """An open object. `read(n)` gives between 1 and `n` bytes, and `b""` only at the end.

    A stream that ends too early, or turns out to be of another version, raises an error.
    """

    def read(self, size: int, /) -> bytes: ...
