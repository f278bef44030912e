"""Which small changes of the modules that decide would no test notice? `python -m tests.mutants [MODULE…]`.

Each mutant is a fork in which the functions of one module have other code, and runs those of the tests below
that need no server and execute the changed statement. Exits with 1 if one survives that `mutants.toml` does
not explain, or if it explains one that does not survive.
"""

from __future__ import annotations

import ast
import builtins
import copy
import json
import os
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from inspect import isclass, isfunction, unwrap
from itertools import compress, zip_longest
from pathlib import Path
from types import FunctionType, ModuleType
from typing import IO, NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
FAST = ("transitions", "ledger", "counted", "notices", "heads", "asked", "other_tree", "run", "lost", "gone")
SLOW = ("swapped", "withheld", "whose", "given_up", "replaced", "undeleted", "put_back", "moving", "trials")
RUNS = [f"laws/test_{name}" for name in (*FAST, *SLOW, "deletes", "time")]
TAKEN = ("swapped", "given_up", "gone", "ledger", "whose", "moving", "deletes")
PLAN = "sync/test_plan"
DELETES = ("delete_outcomes", "counted", "undeleted", "put_back", "whose", "deletes")
PARTS = ("", "_heads", "_looks", "_uploads", "_errors", "_taken", "_doubts", "_deletes", "_kinds")
TRANSFER = (*(f"laws/test_transfer{part}" for part in PARTS), "laws/test_grip")
TESTS: dict[str, tuple[str, ...]] = {
    "sync.plan": (PLAN, "sync/test_max_delete", *RUNS),
    **dict.fromkeys(("sync.transitions", "sync.conductor", "sync.ledger"), (*RUNS, PLAN)),
    **dict.fromkeys(("sync.handover", "sync.leaving"), tuple(f"laws/test_{name}" for name in TAKEN)),
    "sync.in_use": ("laws/test_transfer_taken",),
    "sync.notices": ("laws/test_notices", "laws/test_counted"),
    "sync.streaks": ("laws/test_ledger", "laws/test_counted", "laws/test_trials"),
    **dict.fromkeys(("sync.transfer", "sync.storing", "sync.looks", "sync.rules"), TRANSFER),
    "sync.owner": ("laws/test_owner_doubts", "laws/test_owner", "laws/test_owner_earlier", "laws/test_grip"),
    "sync.grip": ("laws/test_grip", "laws/test_owner"),
    "sync.deletes": tuple(f"laws/test_{name}" for name in DELETES),
    "origin.ownership.property": ("origin/test_property",),
    "origin.ownership.reach": ("origin/test_reach", "laws/test_reach"),
    "origin.ownership.dns": ("laws/test_domain",),
    "origin.ownership.record": ("laws/test_domain",),
    "origin.ownership.file": (
        "origin/test_ownership",
        "laws/test_signature",
        "origin/test_shapes",
        "origin/check/test_reasons",
    ),
}
"""By module, the files whose tests are run, in this order: those first that notice most."""
SERVERS = {"tests.servers.nginx", "tests.servers.knot"}
"""Tests with a fixture from there are left out."""
NOTE = "note_line"
"""A built-in function while it is noted what each test executes."""
LONGEST = 100
"""Characters of code in the name of a mutant."""
SECONDS = 20  # of CPU, for one test: a mutant that takes more never ends, which is noticed too
PAIRS = ["Eq NotEq", "Lt LtE", "Gt GtE", "In NotIn", "Is IsNot", "And Or", "Add Sub", "Mult Div"]
BOTH = [[getattr(ast, name) for name in pair.split()[::step]] for pair in PAIRS for step in (1, -1)]
SWAPS: dict[type[ast.AST], type[ast.AST]] = dict(BOTH)


def changes(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901 - one case for each kind of node
    """What could stand in place of the node."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield _with(node, ops=[SWAPS[type(op)]()])
        case ast.BoolOp() | ast.BinOp() | ast.AugAssign() if type(node.op) in SWAPS:
            yield _with(node, op=SWAPS[type(node.op)]())
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.If():
            yield from (_with(node, test=ast.Constant(value=each)) for each in (True, False))
        case ast.Delete(targets=[ast.Name()]):
            return  # of an argument: only says that it is not used
        case ast.Expr(value=ast.Call() | ast.YieldFrom()) | ast.Delete():
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(value=ast.Constant(value=None))
        case ast.Call(keywords=[*keywords]):
            yield from (_with(node, keywords=[k for k in keywords if k is not left]) for left in keywords)


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    vars(changed).update(fields)
    return changed


class Mutant(NamedTuple):
    name: str
    """Holds no line number."""
    text: str
    """Of the whole module."""
    line: int
    """Where the innermost statement begins that has changed, in the module's own text."""


def mutants(source: str) -> Iterator[Mutant]:
    """Changes of what functions do."""
    names: Counter[str] = Counter()
    for mutant in _mutants(ast.parse(source)):
        names[mutant.name] += 1
        count = names[mutant.name]
        yield mutant if count == 1 else mutant._replace(name=f"{mutant.name} ({count})")


def _mutants(tree: ast.Module) -> Iterator[Mutant]:
    lines = {
        id(node): statement.lineno
        for statement in ast.walk(tree)  # the outer ones first
        if isinstance(statement, ast.stmt)
        for node in ast.walk(statement)
    }
    for function in outer(tree):
        for parent in (part for statement in function.body for part in ast.walk(ast.Module([statement], []))):
            for name, value in ast.iter_fields(parent):
                place = function if isinstance(parent, ast.Module) else parent
                siblings, listed = (function.body if place is function else value), isinstance(value, list)
                for node in value if listed else [value]:
                    for changed in changes(node) if isinstance(node, ast.AST) else ():
                        swapped = [changed if n is node else n for n in siblings] if listed else changed
                        setattr(place, name, swapped)
                        text = ast.unparse(ast.fix_missing_locations(tree))
                        yield Mutant(f"{function.name}: {_described(node, changed)}", text, lines[id(node)])
                        setattr(place, name, siblings)


def _described(node: ast.AST, changed: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(changed, ast.Call):
        (left,) = (keyword.arg for keyword in node.keywords if keyword not in changed.keywords)
        return f"{ast.unparse(node.func)} without {left}"
    old, new = (_shortened(ast.unparse(each).splitlines()[0]) for each in (node, changed))
    return f"{old} -> {new}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def outer(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    """Functions and methods, not those within them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield node
        else:
            yield from outer(node)


def functions(space: dict[str, object], module: str) -> Iterator[tuple[str, FunctionType]]:
    """Those that the module defines, methods and properties too, by their names; without their decorators."""
    for made in [*space.values()]:
        if getattr(made, "__module__", "") != module:
            continue
        for member in vars(made).values() if isclass(made) else [made]:
            function = unwrap(getattr(member, "fget", member))  # type: ignore[arg-type]
            if isfunction(function):
                yield function.__qualname__, function


def mutate(module: str, text: str) -> None:
    """Every function of the module gets the code of its namesake in the text, wherever it was imported."""
    real, space = sys.modules[module], ModuleType(module)
    sys.modules[module] = space  # where dataclasses look their module up
    exec(compile(text, module, "exec"), vars(space))  # noqa: S102 - our own module, changed
    sys.modules[module] = real
    new = dict(functions(vars(space), module))
    for name, function in functions(vars(real), module):
        if function.__code__.co_freevars == new[name].__code__.co_freevars:
            function.__code__ = new[name].__code__


@dataclass
class Hunt:
    """A plugin that runs the collected tests once for each mutant."""

    modules: Sequence[str]
    wrong: int = 0
    """Survivors that nobody explained, and explanations of none."""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        explained = tomllib.loads((ROOT / "tests/mutants.toml").read_text(encoding="utf-8"))
        for name in self.modules:
            files = [ROOT / f"tests/{test}.py" for test in TESTS[name]]
            items = [item for item in session.items if item.path in files and not _needs_server(item)]
            items.sort(key=lambda item: files.index(item.path))
            self._hunt(name, items, explained.get(name, {}))
        return True

    def _hunt(self, name: str, items: Sequence[pytest.Item], explained: dict[str, str]) -> None:
        module, begun = f"syncer.{name}", time.monotonic()
        source = Path(str(import_module(module).__file__)).read_text("utf-8")
        executed = executed_lines(items, module, source)
        if executed is None:
            pytest.exit(f"the tests of {name} fail without any change", 1)
        count, survivors = 0, set()
        for mutant in mutants(source):
            count += 1
            near = [mutant.line in lines for lines in executed]
            if survives([*compress(items, near)], module, mutant.text):
                survivors.add(mutant.name)
                if mutant.name not in explained:
                    print(f"\n{name}: {mutant.name}", flush=True)  # noqa: T201 - what was asked for
        for lost in explained.keys() - survivors:
            print(f"\n{name}: is explained and does not survive: {lost}", flush=True)  # noqa: T201
        self.wrong += len(explained.keys() ^ survivors)
        took = time.monotonic() - begun
        print(f"\n{name}: {count} mutants, {len(survivors)} survive, {took:.0f} s", flush=True)  # noqa: T201


def _needs_server(item: pytest.Item) -> bool:
    fixtures = getattr(item, "_fixtureinfo").name2fixturedefs.values()  # noqa: B009 - no other name for it
    return any(found[-1].func.__module__ in SERVERS for found in fixtures)


def executed_lines(items: Sequence[pytest.Item], module: str, source: str) -> list[set[int]] | None:
    """By test, the lines where the statements begin that it executes; `None` if a test fails."""
    with tempfile.TemporaryFile("w+") as file:
        passed = survives(items, module, noting(source), file)
        file.seek(0)
        return [set(json.loads(line)) for line in file] if passed else None


def noting(source: str) -> str:
    """The module, with a note of its line before each statement of a function."""
    tree = ast.parse(source)
    for node in [each for function in outer(tree) for each in ast.walk(function)]:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                notes = (ast.parse(f"{NOTE}({statement.lineno})").body[0] for statement in value)
                setattr(node, name, [each for pair in zip(notes, value, strict=True) for each in pair])
    return ast.unparse(ast.fix_missing_locations(tree))


def survives(items: Sequence[pytest.Item], module: str, text: str, lines: IO[str] | None = None) -> bool:
    """Whether all tests pass with this text of the module. `lines` gets those that each test notes."""
    if child := os.fork():
        return os.waitpid(child, 0)[1] == 0
    try:
        executed: set[int] = set()
        vars(builtins)[NOTE] = executed.add
        mutate(module, text)
        for item, following in zip_longest(items, items[1:]):
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            _forget_results(sys.modules[module])
            executed.clear()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if item.session.testsfailed:
                os._exit(1)
            if lines:
                print(json.dumps([*executed]), file=lines, flush=True)
        os._exit(0)
    finally:
        os._exit(2)


def _forget_results(module: ModuleType) -> None:
    """The results that a test left in a cache hide from the next one what has changed."""
    for made in vars(module).values():
        if hasattr(made, "cache_clear"):
            made.cache_clear()


def main(modules: Sequence[str]) -> bool:
    hunt = Hunt(modules)
    options = ["-o", "addopts=", "-s", "-p", "no:cacheprovider", "-p", "no:terminal"]
    tests = dict.fromkeys(f"tests/{test}.py" for name in modules for test in TESTS[name])
    if code := pytest.main([*options, *tests], plugins=[hunt]):
        print(f"pytest ends with {code!r}: run the tests of the module by themselves")  # noqa: T201
    return bool(code) or hunt.wrong > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [*TESTS]))
