"""The JSON Schema of the config file, with names and shapes that people and editors can use. Pure."""

from __future__ import annotations

from typing import Any

OPTIONAL = ("sources", "check", "timeouts", "retry", "migrate", "tiktok")
"""Parts that may be empty: all lines below their key may be commented out."""


def readable_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Pydantic's schema, but the kinds of a union have names such as `s3-source`."""
    unions = {
        "source": schema["properties"]["sources"]["additionalProperties"],
        "destination": schema["$defs"]["Origin"]["properties"]["destination"],
    }
    names: dict[str, str] = {}
    for part, union in unions.items():
        for kind, reference in union["discriminator"]["mapping"].items():
            settings = schema["$defs"].pop(reference.rpartition("/")[2])
            settings["title"] = f"{kind} {part}"
            settings["properties"]["kind"]["description"] = f"The kind of {part}."
            schema["$defs"][f"{kind}-{part}"] = settings
            names[reference] = f"#/$defs/{kind}-{part}"
    schema = _renamed(schema, names)
    for name in OPTIONAL:
        part = schema["properties"][name]
        about = {word: part.pop(word) for word in ("title", "description", "default") if word in part}
        schema["properties"][name] = {"anyOf": [part, {"type": "null"}], **about}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _renamed(part: Any, names: dict[str, str]) -> Any:
    """The part of a schema, with its references renamed."""
    if isinstance(part, dict):
        return {key: _renamed(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_renamed(value, names) for value in part]
    return names.get(part, part) if isinstance(part, str) else part
