"""The settings of any kind of a table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Annotated, Any, Union

from pydantic import Field, GetJsonSchemaHandler, TypeAdapter, ValidationError, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from syncer.settings.kinds import load_kind


class OneOf:
    """The settings of one kind of a table, as an annotation for pydantic; their `kind` says which.

    Right settings load their own kind only. What is wrong, and the JSON schema, need all kinds.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table

    def __get_pydantic_core_schema__(self, *_: object) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(self._settings)

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(self._all.core_schema)

    def _settings(self, value: Any, info: ValidationInfo) -> Any:
        kind = value.get("kind") if isinstance(value, Mapping) else getattr(value, "kind", None)
        if isinstance(kind, str) and kind in self._table:
            with suppress(ValidationError):
                return load_kind(self._table, kind).Config.model_validate(value, context=info.context)
        return self._all.validate_python(value, context=info.context)

    @cached_property
    def _all(self) -> TypeAdapter[Any]:
        settings = tuple(load_kind(self._table, kind).Config for kind in self._table)
        union: Any = Annotated[Union[settings], Field(discriminator="kind")]  # noqa: UP007 - made from the table
        return TypeAdapter(union)
