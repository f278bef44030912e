"""Which small changes of the modules that decide would no test notice? `python -m tests.mutants [MODULE…]`.

Each mutant is a fork in which the functions of one module have other code, and runs those of the tests below
that need no server. Exits with 1 if one survives that `mutants.toml` does not explain.
"""

from __future__ import annotations

import ast
import copy
import os
import signal
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from inspect import isclass, isfunction
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

ROOT = Path(__file__).parent.parent
MODULES = ("plan", "remember", "ledger", "run")
LAWS = ("remember", "ledger", "run", "moving", "deletes", "time")
TESTS = ["test_plan", *(f"laws/test_{name}" for name in LAWS)]
SECONDS = 60  # of CPU: a mutant that takes more never ends, which is noticed too
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


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Of what functions do: a name, which holds no line number, and the whole module's text."""
    tree = ast.parse(source)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for parent in (part for statement in function.body for part in ast.walk(ast.Module([statement], []))):
            for name, value in ast.iter_fields(parent):
                place = function if isinstance(parent, ast.Module) else parent
                siblings, listed = (function.body if place is function else value), isinstance(value, list)
                for node in value if listed else [value]:
                    for changed in changes(node) if isinstance(node, ast.AST) else ():
                        old, new = (ast.unparse(each).splitlines()[0] for each in (node, changed))
                        swapped = [changed if n is node else n for n in siblings] if listed else changed
                        setattr(place, name, swapped)
                        yield f"{function.name}: {old} -> {new}", ast.unparse(ast.fix_missing_locations(tree))
                        setattr(place, name, siblings)


def functions(space: dict[str, object], module: str) -> Iterator[tuple[str, FunctionType]]:
    """Those that the module defines, methods and properties too, by their names."""
    for made in [*space.values()]:
        if isclass(made) and made.__module__ == module:
            members = [getattr(member, "fget", member) for member in vars(made).values()]
            yield from ((member.__qualname__, member) for member in members if isfunction(member))
        elif isfunction(made) and made.__module__ == module:
            yield made.__qualname__, made


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
    unexplained: int = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = [item for item in session.items if "nginx" not in getattr(item, "fixturenames", ())]
        explained = tomllib.loads((ROOT / "tests/mutants.toml").read_text(encoding="utf-8"))
        for name in self.modules:
            source, known, count = (ROOT / f"syncer/{name}.py").read_text("utf-8"), explained.get(name, {}), 0
            __import__(f"syncer.{name}")
            if not survives(items, f"syncer.{name}", source):
                pytest.exit("the tests fail without any change", 1)
            for mutant, text in mutants(source):
                count += 1
                if survives(items, f"syncer.{name}", text) and mutant not in known:
                    self.unexplained += 1
                    print(f"\n{name}: {mutant}", flush=True)  # noqa: T201 - what was asked for
            print(f"\n{name}: {count} mutants, {len(known)} survivors explained", flush=True)  # noqa: T201
        return True


def survives(items: Sequence[pytest.Item], module: str, text: str) -> bool:
    """Whether all tests pass with this text of the module."""
    if child := os.fork():
        return os.waitpid(child, 0)[1] == 0
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        mutate(module, text)
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if item.session.testsfailed:
                os._exit(1)
        os._exit(0)
    finally:
        os._exit(2)


def main(modules: Sequence[str]) -> bool:
    hunt = Hunt(modules)
    options = ["-o", "addopts=", "-s", "-p", "no:cacheprovider", "-p", "no:terminal"]
    pytest.main([*options, *(f"tests/{name}.py" for name in TESTS)], plugins=[hunt])
    return hunt.unexplained > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or MODULES))
