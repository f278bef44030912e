"""The model of every part of a config, and its paths and secrets."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from syncer.settings.masked import has_login
from syncer.settings.pasted import pasted
from syncer.settings.secret import Reference


class Settings(BaseModel):
    """A part of the config: frozen, picklable, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _no_value_is_left_out(cls, data: Any) -> Any:
        """`check:` with nothing below it means the defaults. `null` stays where it is a value."""
        if not isinstance(data, dict):
            return data
        defaults = {
            name
            for name, field in cls.model_fields.items()
            if not field.is_required() and type(None) not in get_args(field.annotation)
        }
        return {name: value for name, value in data.items() if value is not None or name not in defaults}


def one_or_many(value: object) -> object:
    """A list of one may be written as its item."""
    return (value,) if isinstance(value, str) else value


SECRET = "secret"  # noqa: S105 - a name
"""The type of pydantic's error about a secret: messages must not show its input."""


def path(value: object, info: ValidationInfo) -> Path:
    """Relative to the config file's folder, with `~` for the home folder."""
    if not isinstance(value, str | Path) or not str(value):
        raise ValueError("must be a path")
    if "\0" in str(value):
        raise ValueError("must be a path without NUL characters")
    if _CONTENT.search(str(value)):
        raise PydanticCustomError(
            SECRET, "must be the path of a file, not the file's content (it would leak)"
        )
    try:
        expanded = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("starts with ~, but the home folder is unknown") from None
    whole = expanded if expanded.is_absolute() else _folder(info) / expanded
    if _is_pipe(whole):
        raise ValueError("is a pipe, which may wait for ever; name a file or a folder")
    if (flaw := pasted(str(value)) or _flaw(str(value))) and not _exists(whole):
        raise ValueError(flaw)
    return whole


def _flaw(value: str) -> str | None:
    """Why it is not a path on this machine; the text does not repeat the value."""
    if re.match("[A-Za-z][A-Za-z0-9+.-]*://", value) or has_login(value):
        return "must be a path on this machine, not a URL"
    return None


def as_text(file: Path) -> str:
    """The path for JSON and the catalogue; bytes that are not UTF-8 become escapes."""
    return os.fsencode(file).decode("utf-8", "backslashreplace")


_CONTENT = re.compile(
    r"-----BEGIN |PuTTY-User-Key-File|\"private_key\"|^(ssh-[a-z0-9]+|ecdsa-[a-z0-9-]+) AAAA"
)
"""The start of files that a user may paste instead of their path: keys, and credentials as JSON."""


def _folder(info: ValidationInfo) -> Path:
    """The config file's folder. The current folder may be gone, so it is used only if needed."""
    said: Path | None = (info.context or {}).get("folder")
    return said or Path.cwd()


def is_nowhere() -> bool:
    """Whether the current folder was deleted."""
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
    """Opening a pipe waits until another program opens it too."""
    try:
        return stat.S_ISFIFO(file.stat().st_mode)
    except (OSError, ValueError):
        return False


def _secret(value: object, info: ValidationInfo) -> str:
    """The reference. The value may be the secret itself, so no error repeats it."""
    if not isinstance(value, str) or not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*|file:[^\0]+", value):
        raise PydanticCustomError(
            SECRET, "must be a reference, env:NAME or file:PATH, not the secret itself (it would leak)"
        )
    if value.startswith("file:"):
        return f"file:{path(value.removeprefix('file:'), info)}"
    return value


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
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$",
            "examples": ["env:NAME", "file:PATH"],
        }
    ),
]
