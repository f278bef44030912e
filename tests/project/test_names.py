"""One word, one meaning: each name means one thing in the whole package."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "syncer"
ONE_CONTRACT = {
    "command": "what a file in cli/ offers to click: each is called by its file's name",
    "configure": "the webservers' table: each writes a `Site` in the language of one kind",
    "main": "where a process begins: of the console script, of the command line, of the prober's child",
}
"""Functions that have one name because their callers know no other difference than the module; and why."""


def classes(module: ast.Module) -> Iterator[str]:
    """Also those with an underscore: a search finds them all."""
    yield from (node.name for node in module.body if isinstance(node, ast.ClassDef))


def functions(module: ast.Module) -> Iterator[str]:
    defined = (node for node in module.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    yield from (node.name for node in defined if not node.name.startswith("_"))


def homes(sources: dict[str, str]) -> dict[str, list[str]]:
    """For each name, the paths of the modules that define it; `sources` has their texts by path."""
    found = defaultdict(list)
    for path, text in sources.items():
        module = ast.parse(text)
        for name in (*classes(module), *functions(module)):
            found[name].append(path)
    return found


def shared(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: paths for name, paths in found.items() if len(paths) > 1}


@pytest.fixture(scope="module")
def package() -> dict[str, list[str]]:
    return homes({str(file.relative_to(PACKAGE)): file.read_text() for file in sorted(PACKAGE.rglob("*.py"))})


def test_a_class_or_public_function_has_a_name_of_its_own(package: dict[str, list[str]]) -> None:
    assert {name: paths for name, paths in shared(package).items() if name not in ONE_CONTRACT} == {}


def test_every_exception_is_needed(package: dict[str, list[str]]) -> None:
    assert shared(package).keys() == ONE_CONTRACT.keys()


def test_only_commands_have_the_name_command(package: dict[str, list[str]]) -> None:
    assert {Path(path).parts[0] for path in package["command"]} == {"cli"}
    assert {str(Path(path).parent) for path in package["configure"]} == {"origin/webservers"}


@pytest.mark.parametrize(
    ("texts", "named"),
    [
        (("class Place: ...", "class Place: ..."), ["Place"]),
        (("class _File: ...", "import io\n\n\nclass _File(io.RawIOBase): ..."), ["_File"]),
        (("def look(): ...", "async def look(): ..."), ["look"]),
        (("def place(): ...", "class place: ..."), ["place"]),
        (("def _look(): ...", "def _look(): ..."), []),
        (("class A:\n    def look(self): ...", "class B:\n    def look(self): ..."), []),
        (("class A:\n    class Config: ...", "class B:\n    class Config: ..."), []),
        (("def look(): ...", "from a import look"), []),
    ],
)
def test_the_search_finds_only_names_that_two_modules_define(
    texts: tuple[str, str], named: list[str]
) -> None:
    assert [*shared(homes(dict(zip(("a.py", "b.py"), texts, strict=True))))] == named
