"""Mutants of the engine's source: one statement is left out, swapped with the next one, or asks nothing any more.

The code of one function is compiled anew and put in the place of its own, so it is the same function for everybody
who imported it. No rule knows the engine's functions by name; only `ORDERS` does.
"""

import ast
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from tests.simulation.mutants.changes import assume_equal, do_last, drop, prove_first, swap
from tests.simulation.mutants.compiling import changed
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.statements import Place, modules, parse, places_in, short_name

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
    | {"sleep", "add", "discard", "pop", "update", "_close_if_done", "_leave_receipt", "ask_to_stop", "asked_to_stop"}
)
#: What only asks, and raises.
_GUARDS = frozenset({"before_act", "check_held", "check_cancelled", "check"})


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


def _swappable(place: Place) -> bool:
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


#: Changes of order that no rule finds: module, function, what is done, and to which statement.
ORDERS: tuple[tuple[str, str, str, str, Callable[[Place], None]], ...] = (
    ("runner", "_take", "the intent is journaled after the act", "Kind.INTENT", do_last),
    ("runner", "_take", "the proof is journaled before the act", "try:", prove_first),
    ("sink_files", "SinkFiles._set_aside", "what is set aside is deleted before it is copied", "try:", do_last),
    ("steps.clear", "clear", "the backup is looked at after the delete", "check_copies", do_last),
)


def _rule(place: Place) -> Iterator[tuple[str, str, Callable[[Place], None]]]:
    """Every change that the rules make of a statement: its kind, its sentence, and how."""
    called = _called(place.statement)
    if called and called not in _NOT_PROTOCOL:
        kind = "guard" if called in _GUARDS else "call"
        yield kind, f"without `{place.text}`", drop
    if _refuses(place.statement):
        yield "refusal", f"without `{place.text} raise …`", drop
    if _etags(place.statement):
        yield "etag", f"ETags are not compared in `{place.text}`", assume_equal
    if _swappable(place):
        following = ast.unparse(place.body[place.index + 1]).split("\n")[0]
        yield "order", f"`{following}` before `{place.text}`", swap


def of_source() -> Iterator[Mutant]:
    """The mutants that the rules make of every statement."""
    seen: dict[str, int] = {}
    for module in modules():
        for number, place in enumerate(places_in(module, parse(module))):
            for kind, sentence, change in _rule(place):
                name = f"{short_name(module)}.{place.function}: {sentence}"
                seen[name] = seen.get(name, 0) + 1
                name += f" ({seen[name]})" if seen[name] > 1 else ""
                yield Mutant(name, kind, _making(module, number, change), place.lines)


def of_orders() -> Iterator[Mutant]:
    """The mutants of `ORDERS`, as far as there are such places."""
    for wanted_module, function, sentence, wanted, change in ORDERS:
        for module in modules():
            if module.endswith(f".{wanted_module}"):
                places = enumerate(places_in(module, parse(module)))
                found = [
                    (number, place.lines)
                    for number, place in places
                    if place.function == function and _is_wanted(place, wanted)
                ]
                for number, lines in found[:1]:
                    name = f"{short_name(module)}.{function}: {sentence}"
                    yield Mutant(name, "order", _making(module, number, change), lines)


def _is_wanted(place: Place, text: str) -> bool:
    return text in place.text and not isinstance(place.statement, ast.With)


def _making(module: str, number: int, change: Callable[[Place], None]) -> Callable[[], AbstractContextManager[object]]:
    return lambda: changed(module, number, change)
