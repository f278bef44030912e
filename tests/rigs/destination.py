"""The facts about one kind of destination that the laws in `contracts/test_destination*.py` need.

A rig file is `rigs/destination_KIND.py` with one context manager `rig(request)`. It yields a `Rig` whose
destination is empty, and gets its servers by `request.getfixturevalue`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncer.destinations import Store


@dataclass(frozen=True)
class Visit:
    """The answer to an anonymous visitor of the web server."""

    body: bytes
    media_type: str | None


@dataclass(frozen=True)
class Rig:
    config: Store
    visit: Callable[[str], Visit | None]
    """A GET of a public path by an anonymous visitor; `None` if there is nothing."""
    names: Callable[[], list[str]]
    """All that is there, by a second client: files, folders (with a final /), unfinished uploads."""
    keeps_media_type: bool
    """Whether the visitor gets the staged media type, whatever the name's ending."""
    has_folders: bool
    """Whether `a` and `a/b` exclude each other."""
    litter_is_ours: bool = True
    """Whether staged files are certainly ours: an unfinished upload in a bucket may be another program's."""
