"""The kinds of values that a config file holds, and the model that every part of it is made of."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, WithJsonSchema


class Settings(BaseModel):
    """A part of the config: frozen, picklable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_POWER = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def duration(value: object) -> timedelta:
    """`7d`, `90s`, `1.5h`: one number and one of s m h d w."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("must be a duration such as 90s, 15m, 12h, 7d or 2w")
    try:
        return timedelta(seconds=float(found[1]) * _SECONDS[found[2]])
    except OverflowError:
        raise ValueError("is longer than a duration can be") from None


def size(value: object) -> int:
    """Bytes: `500`, `20MB` (10⁶), `4GiB` (2³⁰)."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError("must be a size such as 500KB, 20MB or 4GiB")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** _POWER[found[2].lower()])


def rate(value: object) -> int:
    """Bytes per second: `50MB/s`."""
    bytes_a_second = size(value.strip().removesuffix("/s")) if isinstance(value, str) else size(value)
    if bytes_a_second <= 0:
        raise ValueError("must be more than 0, such as 50MB/s; leave it out for no limit")
    return bytes_a_second


def share(value: object) -> float:
    """A part of the whole: `10%` is 0.1."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        part = float(text.removesuffix("%")) / 100 if text.endswith("%") else math.nan
    except ValueError:
        part = math.nan
    if isinstance(value, float) and not math.isnan(value):
        part = value
    if not 0 <= part <= 1:
        raise ValueError("must be a share from 0% to 100%, such as 10%")
    return part


def _path(value: object, info: ValidationInfo) -> Path:
    """Relative to the config file's folder, with `~` for the home folder."""
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("must be a path")
    if "\0" in str(value):
        raise ValueError("must be a path without NUL characters")
    try:
        expanded = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("starts with ~ but the home folder is not known") from None
    folder: Path = (info.context or {}).get("folder", Path.cwd())
    return folder / expanded


def _secret(value: object, info: ValidationInfo) -> str:
    """A reference; never the secret itself, so the value is not echoed."""
    if not isinstance(value, str) or not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+", value):
        raise ValueError("must be a reference, env:NAME or file:PATH, not the secret itself (it would leak)")
    if value.startswith("file:"):
        return f"file:{_path(value.removeprefix('file:'), info)}"
    return value


def _text(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


Duration = Annotated[timedelta, BeforeValidator(duration), _text(r"^\d+(\.\d+)?\s*[smhdw]$", "7d")]
Size = Annotated[
    int,
    BeforeValidator(size),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 0, "examples": ["20MB", "4GiB"]}),
]
Rate = Annotated[
    int,
    BeforeValidator(rate),
    WithJsonSchema({"type": ["integer", "string"], "examples": ["50MB/s"]}),
]
Share = Annotated[float, BeforeValidator(share), _text(r"^\d+(\.\d+)?\s*%$", "10%")]
FilePath = Annotated[Path, BeforeValidator(_path), WithJsonSchema({"type": "string"})]
SecretRef = Annotated[str, BeforeValidator(_secret), _text(r"^(env|file):.+$", "env:NAME", "file:PATH")]
