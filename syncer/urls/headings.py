"""Names of columns, keys and files for messages: such a "name" may be a signed link. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from syncer.settings.masked import masked
from syncer.settings.spelling import named_first
from syncer.settings.terminal import visible

LONGEST = 60
"""Characters of a column's name that a message shows."""

_QUERY = re.compile(r"\?.*|[#&][^=]*=.*", re.DOTALL)
_LINKED = re.compile(r"[:=?&#]")
"""In a link or a piece of one; hardly in the name of a column."""


def without_query(text: str) -> str:
    """What a user calls a file or a column, fit for a message: without user info and query."""
    return visible(masked(_QUERY.sub("?…", text)))


def have_links(names: Iterable[str]) -> bool:
    return any("://" in name for name in names)


def told_names(names: Sequence[str]) -> str:
    """The names in a row; of those that may be pieces of a link only how many there are."""
    shown = [name for name in names if len(name) <= LONGEST and not _LINKED.search(name)]
    hidden = len(names) - len(shown)
    more = f"{hidden} that may be links and are not shown" if hidden else ""
    return " and ".join(filter(None, [named_first(shown) if shown or not hidden else "", more]))
