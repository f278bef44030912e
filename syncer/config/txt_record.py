"""The value of the TXT record as the portal shows it. Pure."""

from __future__ import annotations

import re

from syncer.origin.ownership import shapes
from syncer.settings.masked import value_parts


def portal_record(value: str) -> str:
    """The value, without the quotes of a zone file. Raises `ValueError` with what to write."""
    value = value.strip().removeprefix('"').removesuffix('"').strip()
    if "<meta" in value.lower():
        token = shapes.meta_token(value)
        mended = f": write {shapes.RECORD_PREFIX}{token}" if token else ""
        raise ValueError(
            f"must be the value of a TXT record, not a meta tag, which TikTok does not read{mended}"
        )
    if _PORTALS.search(value) and not _PORTALS.fullmatch(value):
        raise ValueError(f"must be the value alone: write {_alone(value)}")
    if not value_parts(value).is_plain:
        raise ValueError("must be the value as the portal shows it, which has no @, ? or # in it")
    if not value or not value.isascii() or not value.isprintable():
        raise ValueError("must be the value as the portal shows it, in one line of plain characters")
    if not _PORTALS.fullmatch(value):
        raise ValueError(
            f"must begin as the portal's value does: write {shapes.RECORD_PREFIX}… with the token behind it"
        )
    return _alone(value)


_PORTALS = re.compile(re.escape(shapes.RECORD_PREFIX) + r"([^\s\"';]+)", re.IGNORECASE)
"""The value of the record, wherever it stands; what precedes the token should be in lower case."""


def _alone(value: str) -> str:
    found = _PORTALS.search(value)
    return f"{shapes.RECORD_PREFIX}{found[1]}" if found else value
