"""The words for the counts of a run, the same in each summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from syncer.cli.console import human_size

_WORDS = {
    "found": "there already",
    "in_place": "published in place",
    "kept": "unchanged",
    "unpublished": "unpublished by hand",
    "rechecked": "rechecked",
    "rejected": "rejected by the checks",
    "marked": "published though the checks reject them",
    "stored": "stored but not seen at their URL",
    "unseen": "not seen at their URL",
    "unknown": "unknown to the checks",
    "failed": "failed",
    "deleted": "deleted",
    "gone": "no longer there",
    "stays": "gone from the source and still public",
}


def told_counts(counts: Mapping[str, int], nothing: str) -> str:
    """The counts in a row; `nothing` comes first if nothing was copied."""
    unseen = counts.get("unseen", 0)
    counts = {**counts, "stored": counts.get("stored", 0) - unseen}  # a file in place is not stored by us
    copied = counts.get("copied")
    first = f"{copied} copied ({human_size(counts.get('bytes', 0))})" if copied else nothing
    return " · ".join(filter(None, [first, *_rest(counts)]))


def _rest(counts: Mapping[str, int]) -> Iterator[str]:
    for word, name in _WORDS.items():
        if counts.get(word):
            yield f"{counts[word]} {name}"
