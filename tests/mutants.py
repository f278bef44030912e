"""Which small changes of the modules that decide would no test notice? `python -m tests.mutants [MODULE…]`.

Each mutant runs the tests below, which need no server, in a fork of its own. Exits with 1 if one survives
that `mutants.toml` does not explain.
"""

from __future__ import annotations

import ast
import copy
import importlib
import os
import signal
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
MODULES = ("plan", "remember", "ledger", "run")
TESTS = [f"tests/laws/test_{name}.py" for name in ("remember", "moving", "deletes", "ledger", "time")]
TESTS = ["tests/test_plan.py", *TESTS]
SECONDS = 120
"""A mutant that takes longer never ends, which is noticed too."""
PAIRS = "Eq NotEq, Lt LtE, Gt GtE, In NotIn, Is IsNot, And Or, Add Sub, Mult Div"
SWAPS: dict[type[ast.AST], type[ast.AST]] = {}
for one, other in (pair.split() for pair in PAIRS.split(", ")):
    SWAPS |= {getattr(ast, one): getattr(ast, other), getattr(ast, other): getattr(ast, one)}


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
            yield node.body
            yield node.orelse
        case ast.If():
            yield _with(node, test=ast.Constant(value=True))
            yield _with(node, test=ast.Constant(value=False))
        case ast.Expr(value=ast.Call() | ast.YieldFrom()) | ast.Delete():
            yield ast.Pass()
        case ast.Return(value=ast.expr()):
            yield ast.Return(value=ast.Constant(value=None))
        case ast.Call(keywords=[*keywords]):
            for keyword in keywords:
                yield _with(node, keywords=[each for each in keywords if each is not keyword])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Its name, which holds no line number, and the whole module's text."""
    tree = ast.parse(source)
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            for index, node in enumerate(value if isinstance(value, list) else [value]):
                for changed in changes(node) if isinstance(node, ast.AST) else ():
                    old, new = (ast.unparse(each).splitlines()[0] for each in (node, changed))
                    siblings = (
                        [*value[:index], changed, *value[index + 1 :]] if isinstance(value, list) else None
                    )
                    setattr(parent, name, siblings or changed)
                    yield f"{old} -> {new}", ast.unparse(ast.fix_missing_locations(tree))
                    setattr(parent, name, value)


class Mutated(MetaPathFinder, Loader):
    def __init__(self, module: str, text: str) -> None:
        self.module, self.text = module, text

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: object = None) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name == self.module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.text, self.module, "exec"), module.__dict__)  # noqa: S102 - our own module, changed


def survives(module: str, text: str) -> bool:
    """Whether all tests pass with this text of the module."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        sys.meta_path.insert(0, Mutated(f"syncer.{module}", text))
        options = ["-qx", "-p", "no:cacheprovider", "--no-header", "-p", "tests.mutants"]
        os._exit(int(pytest.main([*options, *TESTS])))
    return os.waitpid(child, 0)[1] == 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """As a plugin: what needs a web server is left out, and so is what draws at random."""
    slow = {"home", "small", "published", "tmp_path_factory"}
    items[:] = [item for item in items if not slow & set(getattr(item, "fixturenames", ()))]


def main(modules: Sequence[str]) -> int:
    os.chdir(ROOT)
    for name in ("boto3", "httpx", "paramiko", "pydantic", "yaml"):
        importlib.import_module(name)  # once, not in each fork
    explained = tomllib.loads((ROOT / "tests/mutants.toml").read_text(encoding="utf-8"))
    found = 0
    for module in modules:
        known, count = explained.get(module, {}), 0
        source = (ROOT / f"syncer/{module}.py").read_text(encoding="utf-8")
        if not survives(module, source):
            sys.exit("the tests fail without any change")
        for name, text in mutants(source):
            count += 1
            if survives(module, text) and name not in known:
                found += 1
                print(f"{module}: {name}", flush=True)  # noqa: T201 - what is asked for
        print(f"{module}: {count} mutants, {len(known)} of them explained", flush=True)  # noqa: T201
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or MODULES))
