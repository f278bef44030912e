"""What a failure concerns: one file, or maybe its whole source or the destination. Pure.

A failure of one file never ends anything. The others do, if nothing else works either (`trials.py`).
"""

from __future__ import annotations

from enum import Enum


class Scope(Enum):
    FILE = "one file: the next one may be fine"
    PLACE = "maybe the whole source, or the destination"
    NONE = "no file: a listing that fails, or a warning"


_FILE, _PLACE, _NONE = Scope.FILE, Scope.PLACE, Scope.NONE

SOURCE: dict[str, Scope] = {
    # The file itself.
    **dict.fromkeys(("abusive", "archive", "archived", "changed", "corrupt", "digest", "document"), _FILE),
    **dict.fromkeys(("large", "max_size", "missing", "name", "quota", "range", "refused"), _FILE),
    # The target of a link: the next link has another one.
    **dict.fromkeys(("not_asked", "page", "private", "redirect", "signature"), _FILE),
    # Access: a policy may concern one folder or all, a disk may have one bad sector or be gone.
    **dict.fromkeys(("bucket", "clock", "credentials", "denied", "disabled", "expired", "host_key"), _PLACE),
    **dict.fromkeys(("io", "key", "region", "tls"), _PLACE),
    # The connection.
    **dict.fromkeys(("answer", "busy", "conflict", "cut", "data", "failed", "full", "given_up"), _PLACE),
    **dict.fromkeys(("limit", "lost", "timeout", "unavailable", "unreachable", "unsupported"), _PLACE),
    **dict.fromkeys(
        ("empty", "endless", "etag", "exclude", "gone", "incomplete", "junk", "left_out", "list"), _NONE
    ),
    **dict.fromkeys(
        ("include", "irregular", "narrowed", "over", "prefix", "replaced", "stays", "stopped", "unmatched"),
        _NONE,
    ),
}
"""By the second word of a code that begins with `source.`."""

DESTINATION: dict[str, Scope] = {
    **dict.fromkeys(("absent", "archived", "changed", "conflict", "corrupt", "in_the_way", "kept"), _FILE),
    **dict.fromkeys(("large", "missing", "outside", "path", "range", "refused", "size", "taken"), _FILE),
    **dict.fromkeys(("answer", "bucket", "busy", "clock", "credentials", "cut", "data"), _PLACE),
    **dict.fromkeys(("denied", "expired"), _PLACE),
    **dict.fromkeys(("failed", "full", "given_up", "host_key", "key", "lost", "region", "root"), _PLACE),
    **dict.fromkeys(
        ("replace", "timeout", "tls", "unavailable", "unreachable", "unsupported", "vanished"), _PLACE
    ),
    **dict.fromkeys(("emptied", "endless", "found", "moved", "owner", "unmarked", "unread"), _NONE),
}
"""By the second word of a code that begins with `destination.`."""


DEAD_LINK = frozenset({"source.denied", "source.expired", "source.missing", "source.page"})
"""Codes of a link that worked once: what was copied then is still right."""

UNANSWERED = ("origin.unreachable", "origin.tls", "origin.protocol", "origin.dns")
"""Codes that concern the whole origin, and say nothing about one URL."""

NOT_OF_A_TYPE = (*UNANSWERED, "origin.incomplete")
"""Codes that say nothing about all files of a media type."""


def failure_scope(source: str, code: str) -> str | None:
    """The place that the failure of one file counts against: its source, the destination (empty), or `None`.
    A code without a row may concern the whole destination.
    """
    where, _, word = code.partition(".")
    rows = {"source": SOURCE, "destination": DESTINATION}.get(where)
    if rows is None or rows.get(word, _PLACE) is not _PLACE:
        return None
    return source if where == "source" else ""
