"""Of what a failure speaks: of one file, or maybe of its whole source or of the destination. Pure.

Failures of one file never end anything. The others do, where nothing else works either (`trials.py`).
"""

from __future__ import annotations

from enum import Enum


class Scope(Enum):
    FILE = "one file: the next one may be fine"
    PLACE = "maybe the whole source, or the destination"
    NONE = "no file: a listing that fails, or a warning"


_FILE, _PLACE, _NONE = Scope.FILE, Scope.PLACE, Scope.NONE

SOURCE: dict[str, Scope] = {
    # What the file is, or became.
    **dict.fromkeys(("abusive", "archive", "archived", "changed", "corrupt", "digest", "document"), _FILE),
    **dict.fromkeys(("large", "max_size", "missing", "name", "quota", "range", "refused"), _FILE),
    # What a link leads to: the next link leads elsewhere.
    **dict.fromkeys(("not_asked", "page", "private", "redirect", "signature"), _FILE),
    # Who asks, and whom: a policy may concern one folder or all, a disk may have one bad sector or be gone.
    **dict.fromkeys(("bucket", "clock", "credentials", "denied", "disabled", "expired", "host_key"), _PLACE),
    **dict.fromkeys(("io", "key", "region", "tls"), _PLACE),
    # The way there.
    **dict.fromkeys(("answer", "busy", "conflict", "cut", "failed", "full", "given_up", "limit"), _PLACE),
    **dict.fromkeys(("lost", "timeout", "unavailable", "unreachable", "unsupported"), _PLACE),
    **dict.fromkeys(
        ("empty", "endless", "etag", "exclude", "gone", "incomplete", "junk", "left_out", "list"), _NONE
    ),
    **dict.fromkeys(
        ("include", "irregular", "narrowed", "over", "prefix", "stays", "stopped", "unmatched"), _NONE
    ),
}
"""By the second word of a code that begins with `source.`."""

DESTINATION: dict[str, Scope] = {
    **dict.fromkeys(("absent", "archived", "changed", "conflict", "corrupt", "in_the_way", "kept"), _FILE),
    **dict.fromkeys(("large", "missing", "outside", "path", "range", "refused", "size", "taken"), _FILE),
    **dict.fromkeys(("answer", "bucket", "busy", "clock", "credentials", "cut", "denied", "expired"), _PLACE),
    **dict.fromkeys(("failed", "full", "given_up", "host_key", "key", "lost", "region", "root"), _PLACE),
    **dict.fromkeys(
        ("replace", "timeout", "tls", "unavailable", "unreachable", "unsupported", "vanished"), _PLACE
    ),
    **dict.fromkeys(("emptied", "endless", "moved", "owner"), _NONE),
}
"""By the second word of a code that begins with `destination.`."""


def failure_scope(source: str, code: str) -> str | None:
    """What the failure of one file of the source counts against: that source, the destination (empty), or
    nothing. A code without a row may speak of all.
    """
    where, _, word = code.partition(".")
    rows = {"source": SOURCE, "destination": DESTINATION}.get(where)
    if rows is None or rows.get(word, _PLACE) is not _PLACE:
        return None
    return source if where == "source" else ""
