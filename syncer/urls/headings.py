"""Names of columns and keys in messages. Such a "name" may be a signed link. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from syncer.settings.spelling import named_first

LONGEST = 60
"""Characters of a column's name that a message shows."""

_LINKED = re.compile(r"[:=?&#]")
"""Characters of a link or a piece of one. The name of a column rarely has them."""


def have_links(names: Iterable[str]) -> bool:
    return any("://" in name for name in names)


def told_names(names: Sequence[str]) -> str:
    """A list of the names. Names that may be pieces of a link are only counted."""
    shown = [name for name in names if len(name) <= LONGEST and not _LINKED.search(name)]
    hidden = len(names) - len(shown)
    more = f"{hidden} that may be links and are not shown" if hidden else ""
    return " and ".join(filter(None, [named_first(shown) if shown or not hidden else "", more]))
