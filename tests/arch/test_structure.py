"""What the code may not do, wherever it stands."""

import ast
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "memosd"
MODULES = sorted(SRC.rglob("*.py"))
MAX_LINES = 400


def _calls_environment(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
            yield node.lineno


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        path.relative_to(SRC).as_posix() for path in MODULES if [*_calls_environment(ast.parse(path.read_text()))]
    ]
    assert readers == ["children.py"]  # which passes some on; pydantic-settings does it for settings.py


def test_there_are_two_broad_excepts_in_the_program() -> None:
    broad = [
        path.relative_to(SRC).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
    ]
    assert sorted(broad) == ["http/edge.py", "worker.py"]


def test_files_stay_small() -> None:
    long = {p.relative_to(SRC).as_posix(): n for p in MODULES if (n := len(p.read_text().splitlines())) > MAX_LINES}
    assert long == {}


def test_no_module_does_anything_when_imported() -> None:
    """At the top level: imports, definitions, constants, and nothing that opens, starts or prints."""
    allowed = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Assign,
        ast.AnnAssign,
    )
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            guarded = isinstance(node, ast.If | ast.Try | ast.For)
            assert isinstance(node, allowed) or docstring or guarded, f"{path.name}:{node.lineno}"
