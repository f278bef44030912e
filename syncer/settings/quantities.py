"""Quantities in a config: durations, sizes, rates and shares."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|[smhdw])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LONGEST = timedelta(days=36525)
"""The limit lets a duration be subtracted from any date."""
_SIZE = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*(?:([kmgt])(i?))?b?", re.IGNORECASE | re.ASCII)
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_POWER = {None: 0, "k": 1, "m": 2, "g": 3, "t": 4}


def duration(value: object) -> timedelta:
    """`7d`, `90s`, `1.5h`, `200ms`: one number and one of ms s m h d w."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("must be a duration such as 90s, 15m, 12h, 7d or 2w")
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError("is longer than 100 years")
    return timedelta(seconds=seconds)


def _some_time(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("must be longer than 0s")
    return value


def parse_size(value: object) -> int:
    """Bytes: `500`, `20MB` (10⁶), `4GiB` (2³⁰)."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("must be a size such as 500KB, 20MB or 4GiB")
    unit = (1024 if found[3] else 1000) ** _POWER[found[2] and found[2].lower()]
    return int(Decimal(found[1]) * unit)


def rate(value: object) -> int:
    """Bytes per second: `50MB/s`."""
    try:
        bytes_a_second = parse_size(value.strip().removesuffix("/s") if isinstance(value, str) else value)
    except ValueError:
        raise ValueError("must be a rate such as 500KB/s or 50MB/s") from None
    if bytes_a_second <= 0:
        raise ValueError("must be more than 0, such as 50MB/s; leave it out for no limit")
    return bytes_a_second


def share(value: object) -> float:
    """`10%` is 0.1."""
    part = -1.0
    if isinstance(value, str) and (found := _SHARE.fullmatch(value.strip())):
        part = float(found[1]) / 100
    elif isinstance(value, float) or (value == 0 and value is not False):
        part = float(value)
    if not 0 <= part <= 1:
        raise ValueError("must be a share from 0% to 100%, such as 10%")
    return part


def _text(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


def _amount(pattern: str, *examples: str) -> WithJsonSchema:
    number = {"type": "integer", "minimum": 0}
    return WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": pattern}, number], "examples": list(examples)}
    )


_SIZE_TEXT = r"^\s*[0-9]+(\.[0-9]+)?\s*([kKmMgGtT][iI]?)?[bB]?\s*"

_DURATION_TEXT = r"^\s*[0-9]+(\.[0-9]+)?\s*(ms|[smhdw])\s*$"

Duration = Annotated[timedelta, BeforeValidator(duration), _text(_DURATION_TEXT, "90s", "12h", "7d")]
Wait = Annotated[
    timedelta, BeforeValidator(duration), AfterValidator(_some_time), _text(_DURATION_TEXT, "10s", "500ms")
]
Size = Annotated[int, BeforeValidator(parse_size), _amount(_SIZE_TEXT + "$", "20MB", "4GiB")]
Rate = Annotated[int, BeforeValidator(rate), _amount(_SIZE_TEXT + r"(/s)?\s*$", "50MB/s")]
SHARE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": r"^\s*0*(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)\s*%\s*$"},
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    ],
    "examples": ["10%"],
}
Share = Annotated[float, BeforeValidator(share), WithJsonSchema(SHARE_SCHEMA)]
