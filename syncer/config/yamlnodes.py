"""YAML text as nodes: the syntax, with errors in plain words."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from syncer.errors import ConfigError

TAG = "tag:yaml.org,2002:"
MAX_DEPTH = 50


class Position(NamedTuple):
    """A place in the file; both numbers count from 1."""

    line: int
    column: int

    @classmethod
    def of(cls, mark: yaml.Mark) -> Position:
        return cls(mark.line + 1, mark.column + 1)

    @classmethod
    def at(cls, text: str, index: int) -> Position:
        return cls(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


def yaml_error(name: str, place: Position, problem: str) -> ConfigError:
    return ConfigError(f"{name}:{place.line}:{place.column}: {problem}", code="config.yaml")


_PLAINLY = {
    r"character '\\t' that cannot start": "a tab, where only spaces are allowed",
    r"mapping values are not allowed": (
        'a second ": " in one line, or a wrong indentation; a text with ": " in it needs quotes'
    ),
    r"scanning an alias|undefined alias": (
        'an alias without its anchor; a text that begins with * needs quotes, as in "*.mp4"'
    ),
    r"expected <block end>": "the indentation does not fit the lines above",
    r"could not find expected ':'": 'a line that is not "key: value"',
    r"expected a single document": "a second document (after ---); a file must have only one",
    r"quoted scalar found unexpected end": "a quote that is never closed",
    r"expected ',' or '[\]}]'": "a bracket that is not closed, or a comma is missing",
    r"flow node.*'<stream end>'": "a bracket that is never closed",
}
"""PyYAML's messages, and the words for the reader."""


class _Loader(yaml.SafeLoader):
    """Reads only unambiguous words as numbers, booleans and null."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own way

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="it is nested too deeply", problem_mark=self.get_mark())
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(TAG + _name, re.compile(f"(?:{_pattern})$"), list(_first))


def compose(text: str, name: str) -> yaml.Node | None:
    """The node at the root; `None` if the file is empty. Raises `ConfigError`."""
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        place = Position.at(text, error.position)
        raise yaml_error(name, place, f"has a control character, U+{ord(text[error.position]):04X}") from None
    try:
        node: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or loader.get_mark()
        found = f"{error.context or ''} {error.problem or ''}".strip()
        if (colon := _tight_colon(text, mark.line)) and re.search(_TIGHT, found):
            raise yaml_error(name, colon, f"is not valid YAML: {NO_SPACE}") from None
        problem = _plainly(found)
        raise yaml_error(name, Position.of(mark), f"is not valid YAML: {problem}") from None
    except (ValueError, OverflowError):
        place = Position.of(loader.get_mark())
        raise yaml_error(name, place, "has an escape that is not a Unicode character") from None
    finally:
        loader.dispose()
    return node


NO_SPACE = "a space is missing after this colon"
_TIGHT = r"mapping values are not allowed|could not find expected ':'"
"""What PyYAML says, one line too late, where a space is missing after the colon of a key."""


def _tight_colon(text: str, line: int) -> Position | None:
    """The colon of a `key:value` in that line (counted from 0), or in the last one with content before it."""
    lines = text.splitlines()
    above = [at for at, each in enumerate(lines[:line]) if each.split("#")[0].strip()]
    for at in (line, *above[-1:]):
        if at < len(lines) and (found := re.match(rf"\s*(?:- )?{_KEY_AND_COLON}", lines[at])):
            return Position(at + 1, found.start(1) + 1)
    return None


_KEY_AND_COLON = r"[\w-]+(:)(?!//)[^\s:]"


def begins_tight(text: str) -> bool:
    """Whether it is `key:value`, which YAML reads as one text."""
    return re.match(_KEY_AND_COLON, text) is not None


def tight_pair(mapping: yaml.Node, key: yaml.Node, value: yaml.Node) -> Position | None:
    """The colon of `{kind:local}`, which YAML reads as the key `kind:local` without a value."""
    plain = isinstance(key, yaml.ScalarNode) and key.style is None
    flow = isinstance(mapping, yaml.CollectionNode) and mapping.flow_style
    if not plain or not flow or value.start_mark.index != value.end_mark.index:
        return None
    found = re.match(_KEY_AND_COLON, key.value)
    start = Position.of(key.start_mark)
    return start._replace(column=start.column + found.start(1)) if found else None


def _plainly(problem: str) -> str:
    for pattern, meaning in _PLAINLY.items():
        if re.search(pattern, problem):
            return meaning
    return re.sub(r"'[^'<>]{3,}'", "…", problem)  # a word of the file may be a secret
