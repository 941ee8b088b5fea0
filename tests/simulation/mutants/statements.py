"""The statements of the engine's functions, as places where something can be changed."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import replay_engine

ENGINE = Path(replay_engine.__file__).parent
#: Where the protocol stands: what is left out here reads, plans, shows, or talks to the outside.
MODULES = (
    "attribution",
    "backups",
    "canary",
    "consumer_lag",
    "context",
    "journal",
    "lag_limit",
    "landing_proof",
    "lease",
    "lifecycle",
    "locks",
    "publisher_offsets",
    "recall",
    "runner",
    "sink_files",
    "sink_segments",
    "store_time",
    "verified_copy",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A statement of a function: ``body[index]``. ``function`` is the outermost function or method around it."""

    module: str
    function: str
    body: list[ast.stmt]
    index: int

    @property
    def statement(self) -> ast.stmt:
        return self.body[self.index]

    @property
    def text(self) -> str:
        return ast.unparse(self.statement).split("\n")[0]

    @property
    def lines(self) -> tuple[tuple[str, int], ...]:
        """Where it tells that the statement is changed: where it refuses, or else where it stands."""
        file = inspect.getfile(importlib.import_module(self.module))
        refusal = [(file, self.statement.body[-1].lineno)] if isinstance(self.statement, ast.If) else []
        return (*refusal, (file, self.statement.lineno))


@cache
def modules() -> tuple[str, ...]:
    """Wherever in the engine they stand: those of `MODULES`, and every step."""
    paths = sorted(path.relative_to(ENGINE.parent).with_suffix("") for path in ENGINE.rglob("*.py"))
    wanted = [path for path in paths if path.name in MODULES or (path.parent.name == "steps" and path.name[0] != "_")]
    return tuple(".".join(path.parts) for path in wanted)


@cache
def files() -> frozenset[str]:
    """The files of those modules, as their code names them."""
    return frozenset(inspect.getfile(importlib.import_module(module)) for module in modules())


def short_name(module: str) -> str:
    return module.removeprefix(f"{ENGINE.name}.")


def parse(module: str) -> ast.Module:
    return ast.parse(Path(inspect.getfile(importlib.import_module(module))).read_text())


def places_in(module: str, tree: ast.Module) -> Iterator[Place]:
    """Every statement in every function, in order: the same order for every parse of the same source."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield from _inside(module, node.name, node)
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    yield from _inside(module, f"{node.name}.{method.name}", method)


def _inside(module: str, function: str, node: ast.AST) -> Iterator[Place]:
    for child in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(child, name, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                yield from (Place(module, function, body, index) for index in range(len(body)))
