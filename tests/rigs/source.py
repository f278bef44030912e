"""What the laws in `contracts/test_source.py` need to know of one kind of source.

A rig file is `rigs/source_KIND.py` with one context manager `rig(request)`, which gives a `Rig` whose source
is empty and asks for its servers with `request.getfixturevalue`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from syncer.sources.listing import Listing


@dataclass(frozen=True)
class Rig:
    config: Listing
    put: Callable[[str, bytes], None]
    """Make or replace an object, with other eyes than ours."""
    remove: Callable[[str], None]
    broken: Mapping[str, tuple[Listing, str]]
    """What is wrong with some settings → those, and the code of the error that listing then raises."""
    names_any_key: bool
    """Whether keys such as `a//b` and `../up` can be."""
    prefix: str = ""
    """What the source puts before the name of each object."""
