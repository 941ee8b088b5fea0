"""Mutants of the engine's source: one statement is left out, swapped with the next one, or asks nothing any more.

The code of one function is compiled anew and put in the place of its own, so it is the same function for everybody
who imported it. No rule knows the engine's functions by name; only `ORDERS` does.
"""

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import replay_engine

ENGINE = Path(replay_engine.__file__).parent
#: Where the protocol stands: what is left out here reads, plans, shows, or talks to the outside.
MODULES = (
    "attribution",
    "backups",
    "consumer_lag",
    "context",
    "journal",
    "lease",
    "lifecycle",
    "locks",
    "publisher_offsets",
    "recall",
    "runner",
    "sink_files",
    "sink_segments",
    "verified_copy",
)
#: What only waits, shows, counts or tidies up: nothing is lost when it is left out.
_NOT_PROTOCOL = frozenset(
    {
        "_show",
        "said",
        "saw",
        "taking",
        "progressed",
        "_tell",
        "govern",
        "rested",
        "_note",
        "_note_counts",
        "close",
        "waiting",
    }
    | {"sleep", "add", "discard", "pop", "update", "_close_if_done", "ask_to_stop", "_asked_to_stop"}
)


#: What only asks, and raises.
_GUARDS = frozenset({"before_act", "check_held", "check_cancelled", "check"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change. ``made`` is a context in which the engine, or its world, is changed so.

    ``at`` says where it tells: the lines of a file, the first that is reached at all; or a method of the stores.
    """

    name: str
    kind: str
    made: Callable[[], AbstractContextManager[object]]
    at: tuple[tuple[str, int], ...] | str


@dataclass(frozen=True, slots=True)
class _Place:
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
def _modules() -> tuple[str, ...]:
    """Wherever in the engine they stand: those of `MODULES`, and every step."""
    paths = sorted(path.relative_to(ENGINE.parent).with_suffix("") for path in ENGINE.rglob("*.py"))
    wanted = [path for path in paths if path.name in MODULES or (path.parent.name == "steps" and path.name[0] != "_")]
    return tuple(".".join(path.parts) for path in wanted)


@cache
def files() -> frozenset[str]:
    """The files of those modules, as their code names them."""
    return frozenset(inspect.getfile(importlib.import_module(module)) for module in _modules())


def _short(module: str) -> str:
    return module.removeprefix(f"{ENGINE.name}.")


def _parse(module: str) -> ast.Module:
    return ast.parse(Path(inspect.getfile(importlib.import_module(module))).read_text())


def _places(module: str, tree: ast.Module) -> Iterator[_Place]:
    """Every statement in every function, in order: the same order for every parse of the same source."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield from _inside(module, node.name, node)
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    yield from _inside(module, f"{node.name}.{method.name}", method)


def _inside(module: str, function: str, node: ast.AST) -> Iterator[_Place]:
    for child in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(child, name, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                yield from (_Place(module, function, body, index) for index in range(len(body)))


def _drop(place: _Place) -> None:
    place.body[place.index] = ast.copy_location(ast.Pass(), place.statement)


def _swap(place: _Place) -> None:
    body, index = place.body, place.index
    body[index], body[index + 1] = body[index + 1], body[index]


def _called(statement: ast.stmt) -> str:
    """The name of what an expression statement calls."""
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return ""
    function = statement.value.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _refuses(statement: ast.stmt) -> bool:
    """``if …: raise …`` and nothing else."""
    return (
        isinstance(statement, ast.If)
        and not statement.orelse
        and isinstance(statement.body[-1], ast.Raise)
        and statement.body[-1].exc is not None
    )


def _swappable(place: _Place) -> bool:
    """Two calls in a row of which the second does not need what the first gives."""
    if place.index + 1 >= len(place.body):
        return False
    one, two = place.body[place.index : place.index + 2]
    if not _called(two) or not (_called(one) or (isinstance(one, ast.Assign) and isinstance(one.value, ast.Call))):
        return False
    if {_called(one), _called(two)} & _NOT_PROTOCOL or (isinstance(one, ast.Assign) and _called(two) in _GUARDS):
        return False
    given = {n.id for n in ast.walk(one) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return not given & {n.id for n in ast.walk(two) if isinstance(n, ast.Name)}


def _etags(statement: ast.stmt) -> list[ast.Compare]:
    """Comparisons of ETags in the head of a statement, not in the statements inside it."""
    heads = [node for node in ast.iter_child_nodes(statement) if not isinstance(node, ast.stmt)]
    return [
        node
        for head in heads
        for node in ast.walk(head)
        if isinstance(node, ast.Compare) and "etag" in ast.unparse(node).lower()
    ]


class _Equal(ast.NodeTransformer):
    """Every comparison of an ETag finds what it wants."""

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if "etag" not in ast.unparse(node).lower():
            return node
        wanted = not isinstance(node.ops[0], ast.NotEq | ast.NotIn)
        return ast.copy_location(ast.Constant(wanted), node)


def _assume_equal(place: _Place) -> None:
    place.body[place.index] = _Equal().visit(place.statement)


def _last(place: _Place) -> None:
    """The statement is done last of its block."""
    place.body.append(place.body.pop(place.index))


def _proof_first(place: _Place) -> None:
    """What is done when a ``try`` went well is done before it."""
    block = place.statement
    if isinstance(block, ast.Try) and block.orelse:
        place.body[place.index : place.index] = [*ast.parse("facts = {}").body, *block.orelse]
        block.orelse = [ast.Pass()]


#: Changes of order that no rule finds: module, function, what is done, and to which statement.
ORDERS: tuple[tuple[str, str, str, str, Callable[[_Place], None]], ...] = (
    ("runner", "_take", "the intent is journaled after the act", "Kind.INTENT", _last),
    ("runner", "_take", "the proof is journaled before the act", "try:", _proof_first),
    ("sink_files", "SinkFiles._set_aside", "what is set aside is deleted before it is copied", "try:", _last),
    ("steps.clear", "clear", "the backup is looked at after the delete", "check_copies", _last),
)


def _rule(place: _Place) -> Iterator[tuple[str, str, Callable[[_Place], None]]]:
    """Every change that the rules make of a statement: its kind, its sentence, and how."""
    called = _called(place.statement)
    if called and called not in _NOT_PROTOCOL:
        kind = "guard" if called in _GUARDS else "call"
        yield kind, f"without `{place.text}`", _drop
    if _refuses(place.statement):
        yield "refusal", f"without `{place.text} raise …`", _drop
    if _etags(place.statement):
        yield "etag", f"ETags are not compared in `{place.text}`", _assume_equal
    if _swappable(place):
        following = ast.unparse(place.body[place.index + 1]).split("\n")[0]
        yield "order", f"`{following}` before `{place.text}`", _swap


def of_source() -> Iterator[Mutant]:
    """The mutants that the rules make of every statement."""
    seen: dict[str, int] = {}
    for module in _modules():
        for number, place in enumerate(_places(module, _parse(module))):
            for kind, sentence, change in _rule(place):
                name = f"{_short(module)}.{place.function}: {sentence}"
                seen[name] = seen.get(name, 0) + 1
                name += f" ({seen[name]})" if seen[name] > 1 else ""
                yield Mutant(name, kind, _making(module, number, change), place.lines)


def of_orders() -> Iterator[Mutant]:
    """The mutants of `ORDERS`, as far as there are such places."""
    for wanted_module, function, sentence, wanted, change in ORDERS:
        for module in _modules():
            if module.endswith(f".{wanted_module}"):
                places = enumerate(_places(module, _parse(module)))
                found = [
                    (number, place.lines)
                    for number, place in places
                    if place.function == function and _is_wanted(place, wanted)
                ]
                for number, lines in found[:1]:
                    name = f"{_short(module)}.{function}: {sentence}"
                    yield Mutant(name, "order", _making(module, number, change), lines)


def _is_wanted(place: _Place, text: str) -> bool:
    return text in place.text and not isinstance(place.statement, ast.With)


def _making(module: str, number: int, change: Callable[[_Place], None]) -> Callable[[], AbstractContextManager[object]]:
    return lambda: _changed(module, number, change)


@contextmanager
def _changed(module: str, number: int, change: Callable[[_Place], None]) -> Iterator[None]:
    """The function's code is that of the changed source."""
    tree = _parse(module)
    place = next(place for index, place in enumerate(_places(module, tree)) if index == number)
    change(place)
    ast.fix_missing_locations(tree)
    function = _function(importlib.import_module(module), place.function)
    code = _code(compile(tree, inspect.getfile(function), "exec"), place.function)
    real, function.__code__ = function.__code__, code
    try:
        yield
    finally:
        function.__code__ = real


def _function(module: object, qualified: str) -> FunctionType:
    found: Any = module
    for name in qualified.split("."):
        found = vars(found)[name]
    found = getattr(found, "fget", found)
    found = inspect.unwrap(getattr(found, "__func__", found))
    assert isinstance(found, FunctionType)
    return found


def _code(code: CodeType, qualified: str) -> CodeType:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_qualname == qualified:
                return inner
            if qualified.startswith(f"{inner.co_qualname}."):
                return _code(inner, qualified)
    raise LookupError(qualified)
