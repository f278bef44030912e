"""Values of `Facts.unread`: what is too much to read of a file."""

from __future__ import annotations

INDEX = "its index is too large or too scattered to read"
END = "the end of its picture is too far away to read"
FRAGMENTS = "it has too many fragments to read each, and no index of them"
PICTURES = "no picture was found in the part that is read"
TOO_MUCH = frozenset({INDEX, END, FRAGMENTS, PICTURES})
"""No reader of ours gets further, wherever it reads the file."""
