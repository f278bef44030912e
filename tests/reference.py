"""Writes the tables of the docs that the program knows better: `python -m tests.reference`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from syncer.config import json_schema
from syncer.origin.check import RULES
from syncer.preflight import Limit, Limits, load_limits
from syncer.push.tiktok_codes import MEANINGS

DOCS = Path(__file__).parent.parent / "docs"
PAGE, PUSH, RULES_PAGE = DOCS / "config.md", DOCS / "push.md", DOCS / "rules.md"

_TABLE = re.compile(r"(<!-- table: (\S+?)(?: but (\S+))? -->\n).*?(<!-- end -->)", re.DOTALL)


def written(page: str) -> str:
    """The page with each of its tables made anew. `but X` leaves out what the table of X has said already."""
    schema = json_schema()

    def table(found: re.Match[str]) -> str:
        properties = _properties(schema, found[2])
        said = _properties(schema, found[3]) if found[3] else {}
        required = _part(schema, found[2]).get("required", ())
        rows = [
            _row(name, part, required=name in required)
            for name, part in properties.items()
            if part != said.get(name) and name != "kind"
        ]
        head = "| key | what it is | default |\n| --- | --- | --- |\n"
        return f"{found[1]}{head}{''.join(rows)}{found[4]}"

    return _TABLE.sub(table, page)


_RULES = re.compile(r"(<!-- (rules|limits): (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def ruled(page: str) -> str:
    """The page with each of its tables of rules and limits made anew."""

    def table(found: re.Match[str]) -> str:
        rows = _rules(found[3]) if found[2] == "rules" else _limits(load_limits(found[3]))
        return f"{found[1]}{''.join(rows)}{found[4]}"

    return _RULES.sub(table, page)


def _rules(area: str) -> Iterator[str]:
    yield "| rule | speaks when | limits |\n| --- | --- | --- |\n"
    for rule in {rule.id: rule for rule in RULES}.values():
        if rule.id.startswith(f"{area}."):
            yield f"| `{rule.id}` | {rule.about} | {', '.join(f'`{limit}`' for limit in rule.limits)} |\n"


def _limits(limits: Limits) -> Iterator[str]:
    yield "| limit | value | how sure | where it stands | read |\n| --- | --- | --- | --- | --- |\n"
    for field in fields(limits):
        limit = getattr(limits, field.name)
        if isinstance(limit, Limit):
            value = ", ".join(map(str, limit.value)) if isinstance(limit.value, tuple) else limit.value
            where = (
                f"[{limit.source.rpartition('/')[2]}]({limit.source})"
                if "://" in limit.source
                else limit.source
            )
            yield f"| `{field.name}` | {value} | {limit.certainty} | {where} | {limit.checked} |\n"


def coded(page: str) -> str:
    """The page with its table of TikTok's codes made anew."""
    names = {"host": "the host", "verify": "the host or its domain"}
    rows = [f"| `{code}` | {said.what} | {said.hint} |\n".format(**names) for code, said in MEANINGS.items()]
    head = "| code | what it means | what to do |\n| --- | --- | --- |\n"
    return re.sub(
        r"(<!-- table: codes -->\n).*?(<!-- end -->)",
        lambda found: found[1] + head + "".join(rows) + found[2],
        page,
        flags=re.DOTALL,
    )


def tables(page: str) -> set[str]:
    """The parts of the schema that the page has a table of."""
    return {found[2] for found in _TABLE.finditer(page)}


def _part(schema: dict[str, Any], name: str) -> dict[str, Any]:
    part: dict[str, Any] = schema if name == "Config" else schema["$defs"][name]
    return part


def _properties(schema: dict[str, Any], name: str) -> dict[str, Any]:
    properties: dict[str, Any] = _part(schema, name)["properties"]
    return properties


def _row(name: str, part: dict[str, Any], *, required: bool) -> str:
    about = [part["description"]]
    first = part["anyOf"][0] if "anyOf" in part else {}
    if choices := part.get("enum", first.get("enum")):
        about.append("One of " + ", ".join(f"`{choice}`" for choice in choices) + ".")
    if "maximum" in part:
        about.append(f"{part['minimum']} to {part['maximum']}.")
    if examples := part.get("examples", first.get("examples")):
        about.append("Such as " + " or ".join(f"`{_text(example)}`" for example in examples) + ".")
    return f"| `{name}` | {' '.join(about)} | {'**required**' if required else _default(part)} |\n"


def _default(part: dict[str, Any]) -> str:
    default = part.get("default")
    return "" if default in (None, "", [], {}) or isinstance(default, dict) else f"`{_text(default)}`"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    RULES_PAGE.write_text(ruled(RULES_PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    PUSH.write_text(coded(PUSH.read_text(encoding="utf-8")), encoding="utf-8")
