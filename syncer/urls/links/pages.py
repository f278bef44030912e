"""Links that people share: they open a web page, or redirect to the bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncer.urls.links.expiry import Query
from syncer.urls.links.shares import HTML as HTML  # noqa: PLC0414 - they are imported from here
from syncer.urls.links.shares import LARGE as LARGE  # noqa: PLC0414 - as above
from syncer.urls.links.shares import ROWS


@dataclass(frozen=True, slots=True)
class Page:
    kind: str
    store: str
    answers: str | None
    """What the link returns instead of the bytes; `None` if it returns the bytes."""
    identity: str | None
    """Host and id; `None` if no id was found."""
    needs: tuple[str, ...]
    """Names of parameters without which it does not open."""
    file: bool
    """Whether the link is for one file."""
    holds: bool
    """Whether people store files at this service, so that the link may be for one."""
    idle: str
    """Pattern of the names of parameters that do not name the object."""


def share_page(host: str, path: str, query: Query) -> Page | None:
    """`None` for any other URL."""
    place = host + path
    for row, pattern in _PATTERNS:
        found = pattern.match(place)
        if not found or (row.given and not any(query.get(name, "0") != "0" for name in row.given)):
            continue
        needs = tuple(name for name in row.needs if query.get(name))
        name = found.groupdict().get("id") or _id(row.ids, query)
        identity = f"{row.home or host}/{name}" if name else None
        file = row.file and (name is not None or not (row.ids or "?P<id>" in row.pattern))
        return Page(row.kind, row.store, row.answers, identity, needs, file, row.holds, row.idle)
    return None


def _id(names: tuple[str, ...], query: Query) -> str | None:
    """The first value that looks like an id. Other values may be secrets and are not repeated."""
    values = (query.get(name, "") for name in names)
    return next((value for value in values if re.fullmatch("[A-Za-z0-9_-]{1,200}", value)), None)


_PATTERNS = tuple((row, re.compile(row.pattern)) for row in ROWS)
