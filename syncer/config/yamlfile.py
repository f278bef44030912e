"""YAML text as plain data, with the place of each key and value.

The data has only JSON's types: text, numbers, true, false, null, tuples, and dicts whose keys are text. `no`,
`on`, `1:30`, `2024-01-01` and `010`, which YAML 1.1 converts, stay text. A key given twice is refused; YAML
silently keeps the last. Anchors and merge keys work, within limits.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from syncer.config.yamlnodes import NO_SPACE, TAG, Position, compose, tight_pair, yaml_error
from syncer.errors import ConfigError
from syncer.pipes import open_input
from syncer.settings import fields
from syncer.settings.masked import masked
from syncer.settings.terminal import shorten

MAX_BYTES = 4 * 1024 * 1024
LONGEST_KEY = 60
MAX_NODES = 100_000
"""Values after aliases are expanded: enough for a long list, too few for an alias bomb."""

_NO_TAGS = "has a tag (!…), which is not supported; a text that begins with ! needs quotes"

Loc = tuple[str | int, ...]
"""The keys and indices that lead to a value."""


Pairs = dict[str, tuple[yaml.Node, yaml.Node]]
"""The nodes of key and value, by the key."""


@dataclass(frozen=True, slots=True)
class YamlDocument:
    name: str
    """The file's name, as the user gave it."""
    data: Any
    keys: dict[Loc, Position] = field(default_factory=dict)
    values: dict[Loc, Position] = field(default_factory=dict)

    def key(self, loc: Loc) -> Position:
        """The place of the key (or the item of a list); if there is none, of the nearest part around it."""
        while loc and loc not in self.keys:
            if loc in self.values:
                return self.values[loc]
            loc = loc[:-1]
        return self.keys.get(loc, Position(1, 1))

    def value(self, loc: Loc) -> Position:
        return self.values.get(loc) or self.key(loc)


def read_yaml(path: Path) -> YamlDocument:
    """The file's data. Raises `ConfigError` with one sentence."""
    name = os.fsencode(path).decode(errors="replace")
    try:
        with open_input(path) as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        if not path.is_absolute() and fields.is_nowhere():
            raise ConfigError(
                f"the current folder was deleted, so {masked(name)} can't be found in it",
                code="config.missing",
                hint="go to another folder, or give the config's absolute path",
            ) from None
        raise ConfigError(
            f"there is no config file {masked(name)}",
            code="config.missing",
            hint=_spelled_else(path)
            or "copy config.example.yaml there and adapt it, or name another file with --config",
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name has a NUL character"
        raise ConfigError(
            f"the config file {masked(name)!r} can't be read: {reason}", code="config.unreadable"
        ) from None
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{name}: is larger than 4 MiB, too large for a config", code="config.unreadable")
    return parse(_decode(content, name), name)


def _spelled_else(path: Path) -> str | None:
    """What to do where the file has the other of YAML's two endings."""
    other = path.with_suffix({".yaml": ".yml", ".yml": ".yaml"}.get(path.suffix, path.suffix))
    if other == path or not os.path.lexists(other):
        return None
    return f"there is {masked(other.name)} beside it: rename it, or name it with -c {masked(str(other))}"


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(errors="replace")
        place = Position.at(before, len(before))
        raise yaml_error(
            name, place, f"byte 0x{content[error.start]:02x} is not UTF-8; save it as UTF-8"
        ) from None


def parse(text: str, name: str) -> YamlDocument:
    """The data of one YAML document with a mapping. Raises `ConfigError`."""
    node = compose(text, name)
    if node is None or node.tag == TAG + "null":
        raise yaml_error(name, Position(1, 1), "is empty; config.example.yaml shows what belongs here")
    if not isinstance(node, yaml.MappingNode):
        raise yaml_error(
            name, Position.of(node.start_mark), 'must hold lines of "key: value", such as "origin:"'
        )
    walk = _Walk(name)
    return YamlDocument(name, walk.build(node, ()), walk.keys, walk.values)


class _Walk:
    """Builds data from nodes, and notes the places."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys: dict[Loc, Position] = {}
        self.values: dict[Loc, Position] = {}
        self._nodes = 0
        self._open: set[int] = set()

    def build(self, node: yaml.Node, loc: Loc) -> Any:
        self.values[loc] = Position.of(node.start_mark)
        with self._inside(node, loc):
            if isinstance(node, yaml.ScalarNode):
                return self._scalar(node, loc)
            if node.tag not in (TAG + "map", TAG + "seq"):
                raise self._error(node, loc, _NO_TAGS)
            if isinstance(node, yaml.SequenceNode):
                return tuple(self.build(item, (*loc, index)) for index, item in enumerate(node.value))
            return self._mapping(node, loc)

    def _mapping(self, node: yaml.Node, loc: Loc) -> dict[str, Any]:
        built = {}
        for key, (key_node, value_node) in self._pairs(node, loc).items():
            here = (*loc, key)
            self.keys[here] = Position.of(key_node.start_mark)
            built[key] = self.build(value_node, here)
        return built

    def _pairs(self, node: yaml.Node, loc: Loc) -> Pairs:
        """The pairs of a mapping: first those that it merges in by `<<`, then its own."""
        own: Pairs = {}
        merged: Pairs = {}
        for key_node, value_node in node.value:
            key = self._key(key_node, loc)
            if colon := tight_pair(node, key_node, value_node):
                raise yaml_error(self.name, colon, f"is not valid as a key: {NO_SPACE}")
            if key in own:
                first = Position.of(own[key][0].start_mark).line
                raise self._error(key_node, (*loc, key), f"is given twice; the first time in line {first}")
            own[key] = (key_node, value_node)
            if key_node.tag == TAG + "merge":
                merged = self._merged(value_node, (*loc, key))
        return merged | {key: pair for key, pair in own.items() if pair[0].tag != TAG + "merge"}

    def _merged(self, node: yaml.Node, loc: Loc) -> Pairs:
        """If several mappings have a key, the first one counts."""
        with self._inside(node, loc):
            if isinstance(node, yaml.MappingNode):
                return self._pairs(node, loc)
            if not isinstance(node, yaml.SequenceNode):
                raise self._error(node, loc, "must name a mapping, as in <<: *anchor")
            merged: Pairs = {}
            for part in reversed(node.value):
                merged |= self._merged(part, loc)
            return merged

    def _key(self, node: yaml.Node, loc: Loc) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, loc, "has a list or a mapping as a key; a key must be a word")
        return self._whole(node, node.value, loc)

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> Any:
        read_as = _SCALARS.get(node.tag)
        if read_as is None:
            raise self._error(node, loc, _NO_TAGS)
        try:
            value = read_as(node.value)
        except (ValueError, KeyError):
            kind = node.tag.removeprefix(TAG)
            raise self._error(node, loc, f"can't be read as {kind}: it is too long or invalid") from None
        return self._whole(node, value, loc) if isinstance(value, str) else value

    def _whole(self, node: yaml.Node, text: str, loc: Loc) -> str:
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise self._error(node, loc, "has half a character (a lone surrogate)")
        return text

    @contextmanager
    def _inside(self, node: yaml.Node, loc: Loc) -> Iterator[None]:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._error(node, loc, f"is too large: with its aliases it has over {MAX_NODES} values")
        if id(node) in self._open:
            raise self._error(node, loc, "has an anchor that contains itself")
        self._open.add(id(node))
        yield
        self._open.remove(id(node))

    def _error(self, node: yaml.Node, loc: Loc, problem: str) -> ConfigError:
        where = Position.of(node.start_mark)
        return yaml_error(self.name, where, f"{label(loc)}: {problem}" if loc else problem)


def _bool(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_SCALARS: dict[str, Callable[[str], Any]] = {
    TAG + "str": str,
    TAG + "null": lambda _: None,
    TAG + "bool": _bool,
    TAG + "int": int,
    TAG + "float": _float,
    TAG + "merge": str,
}


def label(loc: Loc, *, beside: bool = False) -> str:
    """`sources.clips.include[0]`; `beside` if the last key is next to keys of secrets, as for `masked`."""
    last = len(loc) - 1
    words = (
        f"[{part}]" if isinstance(part, int) else f".{_word(part, beside=beside and at == last)}"
        for at, part in enumerate(loc)
    )
    return "".join(words).removeprefix(".")


def _word(key: str, *, beside: bool) -> str:
    """The key on one line, without what may be a secret."""
    short = shorten(masked(key, beside=beside), LONGEST_KEY)
    return short if short.isprintable() and short else json.dumps(short)
