"""The facts about one kind of source that the laws in `contracts/test_source.py` need.

A rig file is `rigs/source_KIND.py` with one context manager `rig(request)`. It yields a `Rig` whose source
is empty, and gets its servers by `request.getfixturevalue`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from syncer.sources.listing import Listing


@dataclass(frozen=True)
class Rig:
    config: Listing
    put: Callable[[str, bytes], None]
    """Make or replace an object by a second client."""
    remove: Callable[[str], None]
    broken: Mapping[str, tuple[Listing, str]]
    """By a fault: settings with it, and the code of the error that a listing raises then."""
    names_any_key: bool
    """Whether keys such as `a//b` and `../up` are possible."""
    prefix: str = ""
    """The start of all keys, before the name of the object."""
