"""The text of `schema.sql`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

APPLICATION_ID = 0x53594E43
"""`SYNC`: tells a catalogue from any other SQLite file."""


@cache
def sql_schema() -> str:
    text = files("syncer.catalogue").joinpath("schema.sql").read_text(encoding="utf-8")
    return f"PRAGMA application_id = {APPLICATION_ID};\n{text}"
