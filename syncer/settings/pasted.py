"""Values that were pasted with quotes or spaces around them, and what to write instead."""

from __future__ import annotations

import json

from syncer.settings.masked import masked
from syncer.settings.spelling import around, bare_value


def pasted(value: str) -> str | None:
    """What was pasted around a value, and what to write instead; `None` if nothing was."""
    what, inner = around(value), bare_value(value)
    if what and masked(inner) != inner:
        return f"{what}; write it without them"
    return f"{what}; write {json.dumps(inner, ensure_ascii=False)}" if what else None
