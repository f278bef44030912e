"""The settings for deletes: when files that left their source are deleted, and how many in one run."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from syncer.config.complaints import shown_value
from syncer.settings.fields import Settings
from syncer.settings.quantities import SHARE_SCHEMA, Share, duration, share

AT_ONCE = timedelta(0)
AT_LEAST = 3
"""Files that a run may always delete by default, even from a small mirror."""


def _delete(value: object) -> timedelta | None:
    if value == "never" or value is None:
        return None
    if value == "mirror":
        return AT_ONCE
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, dict) or set(value) != {"after"}:
        raise ValueError("must be never, mirror or {after: 30d}")
    try:
        return duration(value["after"])
    except ValueError as error:
        raise ValueError(f"after {error}; found {shown_value(value['after'])}") from None


Delete = Annotated[
    timedelta | None,
    BeforeValidator(_delete),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["never", "mirror"]},
                {
                    "type": "object",
                    "properties": {
                        "after": {
                            "type": "string",
                            "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*(ms|[smhdw])\s*$",
                            "description": "How long after the file left its source.",
                        }
                    },
                    "required": ["after"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class DeleteLimit(Settings):
    """How many of the published files one run may delete: a share of them, or a few if that is more."""

    share: Share = Field(default=0.1, description="The largest share of the published files.")
    at_least: int = Field(
        default=AT_LEAST, ge=0, description="So many files may be deleted even if the share is smaller."
    )


def delete_limit(value: object) -> object:
    """`10%` alone also allows a few files of a small mirror; `0%` allows none."""
    if isinstance(value, dict | DeleteLimit):
        return value
    part = share(value)
    return {"share": part, "at_least": AT_LEAST if part else 0}


def one_limit(text: str) -> DeleteLimit:
    """The limit for one run: a share such as `20%`, or a number of files. Raises `ValueError`."""
    if text.isascii() and text.isdigit():
        return DeleteLimit(share=0.0, at_least=int(text))
    return DeleteLimit.model_validate(delete_limit(text))


MaxDelete = Annotated[
    DeleteLimit,
    BeforeValidator(delete_limit),
    WithJsonSchema(
        {
            "anyOf": [
                *SHARE_SCHEMA["anyOf"],
                {
                    "type": "object",
                    "properties": {
                        "share": SHARE_SCHEMA | {"description": "The largest share of the published files."},
                        "at_least": {
                            "type": "integer",
                            "minimum": 0,
                            "default": AT_LEAST,
                            "description": "So many files may be deleted even if the share is smaller.",
                        },
                    },
                    "additionalProperties": False,
                },
            ],
            "examples": ["10%", "{share: 10%, at_least: 3}"],
        }
    ),
]
