"""What the laws in `contracts/test_destination*.py` need to know of one kind of destination.

A rig file is `rigs/destination_KIND.py` with one context manager `rig(request)`, which gives a `Rig` whose
destination is empty and asks for its servers with `request.getfixturevalue`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncer.destinations import Store


@dataclass(frozen=True)
class Visit:
    """What an anonymous visitor of the web server gets."""

    body: bytes
    media_type: str | None


@dataclass(frozen=True)
class Rig:
    config: Store
    visit: Callable[[str], Visit | None]
    """A GET of a public path by an anonymous visitor; `None` if there is nothing."""
    names: Callable[[], list[str]]
    """All that is there, seen with other eyes than ours: files, folders (ending in /), unfinished uploads."""
    keeps_media_type: bool
    """Whether the visitor gets the media type that was staged, whatever the name's ending."""
    has_folders: bool
    """Whether `a` and `a/b` stand in each other's way."""
    litter_is_ours: bool = True
    """Whether what is staged is certainly ours: an unfinished upload in a bucket may be another program's."""
