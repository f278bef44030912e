"""The problems of a config, one sentence each: the place, the problem, what to do about it.

This module rewrites pydantic's messages and paths for the reader. A message repeats the value, unless it is a
secret or may be one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from syncer.config.yamlfile import Loc, YamlDocument, label
from syncer.config.yamlnodes import Position, begins_tight
from syncer.errors import ConfigError
from syncer.settings.fields import SECRET
from syncer.settings.masked import masked, without
from syncer.settings.spelling import did_you_mean
from syncer.settings.terminal import shorten

MOST = 10
"""Problems in one error."""

LONGEST = 80
"""Characters of a value in a message."""

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    place: Position
    text: str


def config_error(
    document: YamlDocument, problems: Iterable[Problem], code: str = "config.invalid"
) -> ConfigError:
    """One error for all problems, a line each, in the order of the file."""
    ordered = sorted(set(problems))
    lines = [f"{document.name}:{line}:{column}: {text}" for (line, column), text in _pairs(ordered[:MOST])]
    if len(ordered) > MOST:
        lines.append(f"{document.name}: and {len(ordered) - MOST} more")
    return ConfigError("\n".join(lines), code=code)


def problem(document: YamlDocument, loc: Loc, sentence: str) -> Problem:
    """A problem with a value that has the right form."""
    loc, _ = _locate(loc, document.data)
    return _told(document, loc, document.value(loc), sentence)


def _told(document: YamlDocument, loc: Loc, place: Position, sentence: str) -> Problem:
    """Every sentence passes here, so that it contains no secret of the values near it."""
    holder, value = _locate(loc[:-1], document.data)[1], _locate(loc, document.data)[1]
    beside = _has_secrets(holder)
    if loc and loc[-1] not in _PUBLIC:
        near = holder.values() if isinstance(holder, dict) else ()
        for text in (*_texts(value), *(each for each in near if isinstance(each, str))):
            sentence = without(sentence, text, beside=beside and text == value)
    return Problem(place, f"{label(loc, beside=beside)}: {sentence}")


_PUBLIC = ("txt_record", "signature_files")
"""Settings whose values look random, and are public."""
_SECRETS = re.compile(r"(?:^|_)(?:pass(?:word|phrase)?|secret|token|credentials?|(?:access|api)_key)(?:$|_)")
"""Parts of the names of settings with secrets."""


def _has_secrets(holder: object) -> bool:
    """Whether another line of this mapping may contain a secret by mistake."""
    return isinstance(holder, dict) and any(map(_SECRETS.search, holder))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _texts(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)


def problems(error: ValidationError, document: YamlDocument, schema: Schema) -> Iterator[Problem]:
    """`schema` is the JSON Schema of the config: it has the allowed keys and kinds."""
    for detail in error.errors(include_url=False):
        yield _problem(detail, document, schema)


def _pairs(found: list[Problem]) -> Iterator[tuple[Position, str]]:
    return ((problem.place, problem.text) for problem in found)


def _problem(detail: ErrorDetails, document: YamlDocument, schema: Schema) -> Problem:
    kind = detail["type"]
    loc, seen = _locate(detail["loc"], document.data)
    holder = _locate(loc[:-1], document.data)[1]
    match kind:
        case "extra_forbidden":
            sentence = _unknown_key(str(loc[-1]), _keys(schema, detail["loc"][:-1]) - set(holder))
            return _told(document, loc, document.key(loc), sentence)
        case "missing":
            return _told(document, loc, document.key(loc), "is required, but missing")
        case "union_tag_not_found" | "union_tag_invalid" if isinstance(seen, dict):
            known = list(_at(schema, detail["loc"])["discriminator"]["mapping"])
            beside = _has_secrets(seen)
            loc, seen = _locate((*loc, "kind"), document.data)
            sentence = _unknown_kind(shown_value(seen, beside=beside), seen, known)
            return _told(document, loc, document.value(loc), sentence)
    if "[key]" in detail["loc"] or (kind == "value_error" and isinstance(seen, dict)):
        return _told(document, loc, document.key(loc), _sentence(detail))
    found = _found(detail, seen, beside=_has_secrets(holder))
    told = _told(document, loc, document.value(loc), _sentence(detail))
    return Problem(told.place, told.text + found)


def _locate(loc: tuple[Any, ...], data: Any) -> tuple[Loc, Any]:
    """The keys and indices on pydantic's path, and the value there.

    The result leaves out the kinds on the path, and the 0 of a list that is written as its only item.
    """
    found: list[str | int] = []
    for part in loc:
        if isinstance(data, dict):
            if part == "[key]" or isinstance(part, int) or (part not in data and part == data.get("kind")):
                continue
            data = data.get(part)
        elif isinstance(part, int):
            if not isinstance(data, tuple):
                continue
            data = data[part]
        else:
            data = None
        found.append(part)
    return tuple(found), data


_NOT_A_MAPPING = ("union_tag_not_found", "dict_type", "model_type", "model_attributes_type")
_SENTENCES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list, such as [a, b]",
    **dict.fromkeys(_NOT_A_MAPPING, 'must hold lines of "key: value"'),
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "string_pattern_mismatch": "must look like {pattern}",
    "value_error": "{error}",
}


def _sentence(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "string_too_short" and context["min_length"] == 1:
        return "must not be empty"
    if kind == "literal_error":
        return f"must be {context['expected']}".replace("'", "")
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    return detail["msg"].replace("Input should", "must").replace("must be a valid", "must be a")


def _unknown_key(key: str, known: set[str]) -> str:
    meant = did_you_mean(key, known)
    if meant:
        return f'unknown key; did you mean "{meant}"?'
    return f"unknown key; other keys here: {', '.join(sorted(known)) or 'none'}"


_OTHER_NAMES = {
    **dict.fromkeys(("ssh", "scp", "rsync", "openssh"), "sftp"),
    **dict.fromkeys(("ftp", "ftpes", "ftptls"), "ftps"),
    **dict.fromkeys(("gdrive", "googledrive", "google"), "drive"),
    **dict.fromkeys(("googletakeout", "zip", "tgz"), "takeout"),
    **dict.fromkeys(("minio", "r2", "b2", "wasabi", "aws", "amazons3", "ceph", "spaces", "bucket"), "s3"),
    **dict.fromkeys(("folder", "dir", "directory", "file", "disk", "filesystem", "path"), "local"),
    **dict.fromkeys(("url", "urls", "http", "https", "csv", "list"), "links"),
}
"""What people call a kind, in small letters without spaces, `_` and `-`."""


def _unknown_kind(told: str, seen: object, known: list[str]) -> str:
    kinds = f"the kinds are {', '.join(known)}"
    if seen is None:
        return f"is required, but missing; {kinds}"
    other = _OTHER_NAMES.get(re.sub(r"[\s_-]", "", str(seen).lower()))
    meant = other if other in known else did_you_mean(str(seen), known)
    return f"unknown kind {told}; " + (f'did you mean "{meant}"?' if meant else kinds)


def _found(detail: ErrorDetails, seen: object, *, beside: bool) -> str:
    kind, told = detail["type"], shown_value(seen, beside=beside)
    if kind == SECRET:
        return ""
    if kind in _NOT_A_MAPPING and isinstance(seen, str):
        tight = "; a space is missing after its colon" if begins_tight(seen) else ""
        return f"; found text{tight}"  # maybe a secret that belongs one level below
    if kind == "string_type" and isinstance(seen, bool | int | float):
        return f'; found {told}, put it in quotes: "{told}"'
    meant = _meant(seen, detail.get("ctx", {}).get("expected", "")) if kind == "literal_error" else ""
    return f"; found {told}{meant}"


def _meant(seen: object, expected: str) -> str:
    meant = did_you_mean(seen, re.findall(r"'([^']*)'", expected)) if isinstance(seen, str) else None
    return f'; did you mean "{meant}"?' if meant else ""


def shown_value(value: object, *, beside: bool = False) -> str:
    """The value on one short line, without parts that may be secret. `beside` as for `masked`."""
    if isinstance(value, dict | tuple):
        return "a list" if isinstance(value, tuple) else "a mapping"
    if value is None:
        return "no value"
    if not isinstance(value, str):
        return shorten(json.dumps(value), LONGEST)
    text = shorten(masked(value, beside=beside), LONGEST)
    return json.dumps(text, ensure_ascii=not text.isprintable())


# The allowed keys and kinds, from the JSON Schema.


def _keys(schema: Schema, loc: tuple[Any, ...]) -> set[str]:
    return set(_at(schema, loc)["properties"])


def _at(schema: Schema, loc: tuple[Any, ...]) -> Schema:
    """The part of the schema at pydantic's path, which names the kinds that it passes through."""
    here = schema
    for part in loc:
        mapping = here.get("discriminator", {}).get("mapping", {})
        if isinstance(part, int):
            here = here.get("items", here)
        elif part in mapping:
            here = {"$ref": mapping[part]}
        else:
            here = here.get("properties", {}).get(part) or here["additionalProperties"]
        here = here["anyOf"][0] if "anyOf" in here else here
        if "$ref" in here:
            here = schema["$defs"][here["$ref"].rpartition("/")[2]]
    return here
