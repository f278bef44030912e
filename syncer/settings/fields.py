"""The kinds of values that a config file holds, and the model that every part of it is made of."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Union, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from syncer.settings.kinds import load_kind
from syncer.settings.masked import has_login
from syncer.settings.pasted import pasted
from syncer.settings.secret import Reference


class Settings(BaseModel):
    """A part of the config: frozen, picklable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _no_value_is_left_out(cls, data: Any) -> Any:
        """`check:` with nothing below it means the defaults. Where `null` has a meaning, it stays."""
        if not isinstance(data, dict):
            return data
        defaults = {
            name
            for name, field in cls.model_fields.items()
            if not field.is_required() and type(None) not in get_args(field.annotation)
        }
        return {name: value for name, value in data.items() if value is not None or name not in defaults}


def one_of(kinds: Mapping[str, str]) -> Any:
    """The settings of one kind of a table, told by their `kind`."""
    settings = tuple(load_kind(kinds, kind).Config for kind in kinds)
    return Annotated[Union[settings], Field(discriminator="kind")]  # noqa: UP007 - made from the table


def one_or_many(value: object) -> object:
    """A list of one may be written as its item."""
    return (value,) if isinstance(value, str) else value


_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|[smhdw])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
LONGEST = timedelta(days=36525)
"""So that a duration can be taken from any date."""
_SIZE = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*(?:([kmgt])(i?))?b?", re.IGNORECASE | re.ASCII)
_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")
_POWER = {None: 0, "k": 1, "m": 2, "g": 3, "t": 4}

AT_LEAST = 3
"""Files that a run may delete by default, whatever share of a small mirror they are."""

SECRET = "secret"  # noqa: S105 - a name
"""The type of pydantic's error about a secret: its input is not to be shown."""


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
    """A part of the whole: `10%` is 0.1."""
    part = -1.0
    if isinstance(value, str) and (found := _SHARE.fullmatch(value.strip())):
        part = float(found[1]) / 100
    elif isinstance(value, float) or (value == 0 and value is not False):
        part = float(value)
    if not 0 <= part <= 1:
        raise ValueError("must be a share from 0% to 100%, such as 10%")
    return part


def path(value: object, info: ValidationInfo) -> Path:
    """Relative to the config file's folder, with `~` for the home folder."""
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("must be a path")
    if "\0" in str(value):
        raise ValueError("must be a path without NUL characters")
    if _CONTENT.search(str(value)):
        raise PydanticCustomError(
            SECRET, "must be the path of a file, not what the file holds (it would leak)"
        )
    try:
        expanded = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("starts with ~ but the home folder is not known") from None
    whole = expanded if expanded.is_absolute() else _folder(info) / expanded
    if _is_pipe(whole):
        raise ValueError("is a pipe, which may wait for ever; name a file or folder")
    if (flaw := pasted(str(value)) or _flaw(str(value))) and not _exists(whole):
        raise ValueError(flaw)
    return whole


def _flaw(value: str) -> str | None:
    """Why it is no path of this machine, in words that don't repeat it."""
    if re.match("[A-Za-z][A-Za-z0-9+.-]*://", value) or has_login(value):
        return "must be a path on this machine, not a URL"
    return None


def as_text(file: Path) -> str:
    """For JSON and the catalogue: bytes that are not UTF-8 are spelled out."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")


_CONTENT = re.compile(
    r"-----BEGIN |PuTTY-User-Key-File|\"private_key\"|^(ssh-[a-z0-9]+|ecdsa-[a-z0-9-]+) AAAA"
)
"""What stands in the files that a path leads to: keys, and credentials as JSON."""


def _folder(info: ValidationInfo) -> Path:
    """Of the config file. The current one may be gone, so it is asked for only where it counts."""
    said: Path | None = (info.context or {}).get("folder")
    return said or Path.cwd()


def is_nowhere() -> bool:
    """Whether the current folder was deleted, so that relative paths lead to nothing."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _is_pipe(file: Path) -> bool:
    """Opening one waits until somebody else opens it too."""
    try:
        return stat.S_ISFIFO(file.stat().st_mode)
    except (OSError, ValueError):
        return False


def _secret(value: object, info: ValidationInfo) -> str:
    """A reference; never the secret itself, so the value is not echoed."""
    if not isinstance(value, str) or not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*|file:[^\0]+", value):
        raise PydanticCustomError(
            SECRET, "must be a reference, env:NAME or file:PATH, not the secret itself (it would leak)"
        )
    if value.startswith("file:"):
        return f"file:{path(value.removeprefix('file:'), info)}"
    return value


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
_SHARE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": r"^\s*0*(100(\.0+)?|[0-9]{1,2}(\.[0-9]+)?)\s*%\s*$"},
        {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    ],
    "examples": ["10%"],
}
Share = Annotated[float, BeforeValidator(share), WithJsonSchema(_SHARE_SCHEMA)]


class DeleteLimit(Settings):
    """How many of the published files one run may delete: a share of them, and some in any case."""

    share: Share = Field(default=0.1, description="The largest share of what is published.")
    at_least: int = Field(
        default=AT_LEAST, ge=0, description="As many files as this may go, whatever the share."
    )


def delete_limit(value: object) -> object:
    """`10%` alone leaves a small mirror some files to lose; `0%` is nothing at all."""
    if isinstance(value, dict | DeleteLimit):
        return value
    part = share(value)
    return {"share": part, "at_least": AT_LEAST if part else 0}


def one_limit(text: str) -> DeleteLimit:
    """For one run: a share such as `20%`, or a number of files. Raises `ValueError`."""
    if text.isascii() and text.isdigit():
        return DeleteLimit(share=0.0, at_least=int(text))
    return DeleteLimit.model_validate(delete_limit(text))


MaxDelete = Annotated[
    DeleteLimit,
    BeforeValidator(delete_limit),
    WithJsonSchema(
        {
            "anyOf": [
                *_SHARE_SCHEMA["anyOf"],
                {
                    "type": "object",
                    "properties": {
                        "share": _SHARE_SCHEMA | {"description": "The largest share of what is published."},
                        "at_least": {
                            "type": "integer",
                            "minimum": 0,
                            "default": AT_LEAST,
                            "description": "As many files as this may go, whatever the share.",
                        },
                    },
                    "additionalProperties": False,
                },
            ],
            "examples": ["10%", "{share: 10%, at_least: 3}"],
        }
    ),
]
FilePath = Annotated[
    Path,
    BeforeValidator(path),
    PlainSerializer(as_text, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "minLength": 1}),
]
FilePaths = Annotated[
    tuple[FilePath, ...],
    BeforeValidator(one_or_many),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
SecretRef = Annotated[
    str,
    BeforeValidator(_secret),
    AfterValidator(Reference),
    _text(r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$", "env:NAME", "file:PATH"),
]
